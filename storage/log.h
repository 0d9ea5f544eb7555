// The Log: one partition's ordered entries. Local today (the entry is a row of the journal table,
// written in the same atomic batch as the rows it explains); a replicated log comes behind the same
// interface later, which is why append names the sequence it expects and may answer `unknown`.
// Used by one partition thread for append; read from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/ids.h"
#include "storage/store.h"

namespace casewheel::storage {

inline constexpr std::size_t kPartitionCountMax =
    64;  // a case number has two digits for it, 00 to 63

enum class AppendOutcome : std::uint8_t {
  kOk,        // durable
  kConflict,  // not the next entry: another writer has been here, stop
  kUnknown,   // may or may not be durable: the process must end and look again after restart
};

struct AppendResult {
  AppendOutcome outcome = AppendOutcome::kOk;
  std::string message;
};

class Log {
 public:
  virtual ~Log() = default;
  // Appends the entry with sequence `expected_seq` and applies `rows` with it, all or nothing,
  // durable on kOk.
  virtual AppendResult append(PartitionId partition, std::uint64_t expected_seq,
                              std::string_view entry, Batch rows) = 0;
  // Visits entries from `from_seq` in order; return false to stop. kCorruption when one is missing
  // in between. Sequences start at 1.
  virtual Status read(
      PartitionId partition, std::uint64_t from_seq,
      const std::function<bool(std::uint64_t seq, std::string_view entry)>& visit) const = 0;
  // One entry; kNotFound when there is none.
  virtual Status read_one(PartitionId partition, std::uint64_t seq, std::string* entry) const = 0;
};

// The journal table of a Store as a Log. Does not own the store. All partitions may share one: each
// partition's thread touches only that partition's slot.
class LocalLog final : public Log {
 public:
  explicit LocalLog(Store& store) : store_(store) {}
  AppendResult append(PartitionId partition, std::uint64_t expected_seq, std::string_view entry,
                      Batch rows) override;
  Status read(PartitionId partition, std::uint64_t from_seq,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  Status read_one(PartitionId partition, std::uint64_t seq, std::string* entry) const override;

 private:
  Store& store_;
  // Last sequence appended through this object; 0: not known, ask the store.
  std::array<std::uint64_t, kPartitionCountMax> last_seq_{};
};

}  // namespace casewheel::storage
