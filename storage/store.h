// The Store: bytes in order, written in atomic batches. It knows nothing of cases. Two twins stand
// behind it: RocksDB (storage/rocks) and memory (storage/memory, which can lose unsynced writes the
// way a power cut does). Everything here may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace casewheel::storage {

// Rows that live and die alike share a table (a RocksDB column family).
enum class Table : std::uint8_t {
  kState = 0,    // case, clock, look-up, dedupe and meta rows: overwritten often
  kJournal = 1,  // append-only, large, compressed hard
};
inline constexpr int kTableCount = 2;

// A list of changes that takes effect as a whole or not at all, in the order given.
class Batch {
 public:
  struct Change {
    Table table;
    bool erase;
    std::string key;
    std::string value;
  };

  void put(Table table, std::string key, std::string value) {
    bytes_ += key.size() + value.size();
    changes_.push_back({table, false, std::move(key), std::move(value)});
  }
  void erase(Table table, std::string key) {
    bytes_ += key.size();
    changes_.push_back({table, true, std::move(key), {}});
  }
  const std::vector<Change>& changes() const { return changes_; }
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return changes_.empty(); }
  void clear() {
    changes_.clear();
    bytes_ = 0;
  }

 private:
  std::vector<Change> changes_;
  std::size_t bytes_ = 0;
};

// Called for each row of a scan; return false to stop. The views live only during the call.
using RowVisitor = std::function<bool(std::string_view key, std::string_view value)>;

// The store as it was at one moment; later writes do not show. Release it soon: it holds old rows.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // kNotFound when there is no such row.
  virtual Status get(Table table, std::string_view key, std::string* value) const = 0;
  // Visits rows with begin <= key < end in key order; an empty end means "to the table's end".
  virtual Status scan(Table table, std::string_view begin, std::string_view end,
                      const RowVisitor& visit) const = 0;
  // The same, last row first.
  virtual Status scan_reverse(Table table, std::string_view begin, std::string_view end,
                              const RowVisitor& visit) const = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Status get(Table table, std::string_view key, std::string* value) const = 0;
  virtual Status scan(Table table, std::string_view begin, std::string_view end,
                      const RowVisitor& visit) const = 0;
  virtual std::unique_ptr<Snapshot> snapshot() const = 0;

  // Applies the batch and returns only when it would survive a power cut. On any error the fate of
  // the batch is unknown until the store is opened again: the caller must stop, never retry.
  virtual Status write(const Batch& batch) = 0;

  // Makes what was overwritten or erased in the table before this call unreadable: returns when no file
  // of the store holds it any more, the write-ahead log included. Rewrites the whole table beside
  // readers and writers, so it takes as long as that; waits for snapshots taken before, and answers
  // kBusy when one is still held after a minute. Copies elsewhere (backups) are not its.
  virtual Status purge(Table table) = 0;

  // Bytes free to the store on its device. The partition refuses work below a reserve, so that a
  // full disk never meets a half-written log.
  virtual std::uint64_t free_bytes() const = 0;

  // Name and value of what an operator watches (sizes, stalls, compaction debt), for metrics.
  virtual std::vector<std::pair<std::string, std::uint64_t>> health() const = 0;

  // Names of the files in which a read or the store's own work has met damage since it was opened.
  virtual std::vector<std::string> damaged_files() const { return {}; }
};

// The smallest key greater than every key that starts with `prefix`; empty when there is none.
std::string prefix_end(std::string_view prefix);

}  // namespace casewheel::storage
