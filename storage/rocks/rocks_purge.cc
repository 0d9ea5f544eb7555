// Making old rows unreadable: rewriting a table and waiting until the files it was in are gone.
#include <rocksdb/metadata.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "storage/rocks/rocks_database.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr auto kReadersWait = std::chrono::minutes(1);
constexpr auto kLookAgain = std::chrono::milliseconds(20);

template <typename Done>
bool wait_for(Done done) {
  const auto end = std::chrono::steady_clock::now() + kReadersWait;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

// Logs that hold something: the newest one stays, empty, when nothing was written since.
std::set<fs::path> logs_in(const fs::path& directory) {
  std::set<fs::path> logs;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".log" && it->file_size(error) > 0) logs.insert(it->path());
  }
  return logs;
}

bool none_is_left(const std::set<fs::path>& files) {
  std::error_code error;
  for (const fs::path& file : files) {
    if (fs::exists(file, error) || error) return false;
  }
  return true;
}

}  // namespace

Status RocksStore::purge(Table table) {
  const std::scoped_lock one_at_a_time(purging_);
  // RocksDB keeps what a snapshot may still ask for.
  const rocksdb::SequenceNumber now = db_->GetLatestSequenceNumber();
  const auto no_old_snapshot = [&] {
    std::uint64_t oldest = 0;
    return db_->GetIntProperty(family(table), rocksdb::DB::Properties::kOldestSnapshotSequence,
                               &oldest) &&
           (oldest == 0 || oldest >= now);
  };
  if (!wait_for(no_old_snapshot))
    return {Status::Code::kBusy, "cannot purge: a reader has held old rows for a minute"};

  std::set<fs::path> old_files = logs_in(path_);
  std::vector<rocksdb::ColumnFamilyHandle*> all(families_.begin(), families_.end());
  all.push_back(unused_family_);
  if (Status s = to_status(db_->Flush(rocksdb::FlushOptions(), all), "flush before purging"); !s)
    return s;
  rocksdb::ColumnFamilyMetaData tree;
  db_->GetColumnFamilyMetaData(family(table), &tree);
  for (const rocksdb::LevelMetaData& level : tree.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files)
      old_files.insert(fs::path(path_) / fs::path(file.name).relative_path());
  }
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (Status s =
          to_status(db_->CompactRange(options, family(table), nullptr, nullptr), "rewrite a table");
      !s)
    return s;
  // An iterator keeps the files it began with.
  if (!wait_for([&] { return none_is_left(old_files); }))
    return {Status::Code::kBusy, "cannot purge: a reader has held old files for a minute"};
  return {};
}

}  // namespace casewheel::storage
