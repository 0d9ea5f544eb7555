// The Store kept by RocksDB: one column family a table, one write-ahead log for all, every write
// synced. Only storage/rocks and its tests include this; the rest of the house sees a Store.
// Any thread may call it, as RocksDB itself.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "storage/rocks/damage.h"
#include "storage/rocks/wal_guard.h"
#include "storage/store.h"

namespace casewheel::storage {

// RocksDB's answer as ours. `doing` says what was tried, e.g. "open /var/lib/casewheel".
Status to_status(const rocksdb::Status& status, std::string_view doing);

// RocksDB's lock of a data directory, held while this object lives.
class DirectoryLock {
 public:
  DirectoryLock() = default;
  ~DirectoryLock() { release(); }
  DirectoryLock(DirectoryLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;

  // kBusy when this or another process holds it.
  Status acquire(const std::string& directory);
  void release();

 private:
  rocksdb::FileLock* lock_ = nullptr;
};

class RocksStore final : public Store {
 public:
  ~RocksStore() override;

  Status get(Table table, std::string_view key, std::string* value) const override;
  Status scan(Table table, std::string_view begin, std::string_view end,
              const RowVisitor& visit) const override;
  std::unique_ptr<Snapshot> snapshot() const override;
  Status write(const Batch& batch) override;
  Status purge(Table table) override;
  std::uint64_t free_bytes() const override;
  std::vector<std::pair<std::string, std::uint64_t>> health() const override;
  std::vector<std::string> damaged_files() const override;

  // Of everything this object reads.
  DamageLog& damage() const { return damage_; }

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Table table) const {
    return families_[static_cast<std::size_t>(table)];
  }

 private:
  friend Status open_rocks(const struct RocksOptions& options, std::unique_ptr<Store>* store);
  RocksStore() = default;
  // From RocksDB's own thread: a thread of ours does it, since changing an option waits for writers.
  void stop_compacting(const std::string& family_name);
  void start_stopper(const std::string& family_name);  // under the lock
  // The database is open: RocksDB may have met damage before its Open() returned.
  void begin_serving();

  std::string path_;
  std::function<std::uint64_t()> free_bytes_probe_;
  DirectoryLock lock_;  // read-only only: otherwise RocksDB holds it
  WalContinuity wal_continuity_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kTableCount> families_{};
  rocksdb::ColumnFamilyHandle* unused_family_ = nullptr;  // "default", which RocksDB insists on
  std::atomic<bool> write_failed_{false};
  std::mutex purging_;
  mutable DamageLog damage_;
  std::mutex stopping_;
  bool serving_ = false;
  bool closing_ = false;
  std::set<std::string> not_compacted_;  // column families, by name
  std::vector<std::thread> stoppers_;    // at most one a column family
};

}  // namespace casewheel::storage
