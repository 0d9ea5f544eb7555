// The Store in memory, for unit tests and the simulation: loses or keeps a write the way a power
// cut does, and forgets nothing else. Owned by the test; any thread may call it.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "storage/store.h"

namespace casewheel::storage {

class MemoryStore final : public Store {
 public:
  // What a write that ends in kIoError left behind. The caller cannot tell, that is the point.
  enum class Fault : std::uint8_t {
    kNone,
    kLost,               // nothing
    kAppliedButUnknown,  // all of it
  };

  MemoryStore();
  ~MemoryStore() override;

  Status get(Table table, std::string_view key, std::string* value) const override;
  Status scan(Table table, std::string_view begin, std::string_view end,
              const RowVisitor& visit) const override;
  std::unique_ptr<Snapshot> snapshot() const override;
  Status write(const Batch& batch) override;
  Status purge(Table) override { return {}; }  // keeps no old rows
  std::uint64_t free_bytes() const override { return free_bytes_; }
  std::vector<std::pair<std::string, std::uint64_t>> health() const override;

  // The fault strikes once, after `writes_before` more good writes. From then on every call answers
  // kIoError until reopen(), as after the end of the process.
  void arm(Fault fault, std::uint64_t writes_before = 0);
  // Starts again with the durable rows; disarms.
  void reopen();
  void set_free_bytes(std::uint64_t bytes) { free_bytes_ = bytes; }
  std::uint64_t writes() const { return writes_; }  // applied so far

 private:
  struct Tables;
  class MemorySnapshot;

  mutable std::shared_mutex mutex_;  // guards what follows up to the atomics
  std::shared_ptr<Tables> tables_;   // copied on write while a snapshot looks at it
  Fault fault_ = Fault::kNone;
  std::uint64_t writes_before_fault_ = 0;
  bool failed_ = false;
  std::atomic<std::uint64_t> writes_{0};
  std::atomic<std::uint64_t> free_bytes_{std::numeric_limits<std::uint64_t>::max()};
};

}  // namespace casewheel::storage
