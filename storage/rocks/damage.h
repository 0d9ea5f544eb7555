// What RocksDB finds damaged while it serves. A block whose checksum does not match, or a sector that
// cannot be read, hides the rows in it: who asks for them is told. It must not stop anything else.
//
// RocksDB 7.8 treats a compaction that meets damage as a reason to take no write any more (severity
// kUnrecoverableError with paranoid_checks), though nothing acknowledged is at risk: the compaction's inputs
// stay, its output is thrown away. Listeners may take that back. DB::Resume and max_bgerror_resume_count
// would not help, since the same compaction meets the same block again at once; so the table is not
// compacted by itself any more until it is opened again. It is read more slowly as files gather, and RocksDB
// does not hold writes back for those files while compactions are off.
// Any other background error (flush, manifest, write-ahead log) keeps its meaning: writes stop.
// Thread-safe.
#pragma once

#include <rocksdb/listener.h>

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace casewheel::storage {

class DamageLog {
 public:
  // Remembers the table file the status names, where it is one of damage.
  void note(const rocksdb::Status& status);
  std::vector<std::string> files() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> files_;
};

// Whether reading failed on what is stored.
bool is_unreadable(const rocksdb::Status& status);

class DamageListener final : public rocksdb::EventListener {
 public:
  // `stop_compacting` gets the name of a column family; it must return at once, and not on RocksDB's own
  // locks.
  DamageListener(DamageLog& damage, std::function<void(const std::string&)> stop_compacting)
      : damage_(damage), stop_compacting_(std::move(stop_compacting)) {}

  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;

 private:
  DamageLog& damage_;
  const std::function<void(const std::string&)> stop_compacting_;
};

}  // namespace casewheel::storage
