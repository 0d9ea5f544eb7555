// Reading and writing through an open RocksDB. Opening is in rocks_open.cc.
#include <rocksdb/write_batch.h>
#include <sys/statvfs.h>

#include <charconv>

#include "storage/rocks/rocks_database.h"

namespace casewheel::storage {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Journal scans (replay, history) read each block once: they must not push the state out of the
// cache.
rocksdb::ReadOptions scan_options(Table table, const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.fill_cache = table == Table::kState;
  return options;
}

Status get_row(const RocksStore& store, Table table, const rocksdb::Snapshot* snapshot,
               std::string_view key, std::string* value) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const rocksdb::Status status = store.db().Get(options, store.family(table), slice(key), value);
  if (status.ok()) return Status::ok();
  if (status.IsNotFound()) return Status(Status::Code::kNotFound, {});
  store.damage().note(status);
  return to_status(status, "read a row");
}

Status scan_rows(const RocksStore& store, Table table, const rocksdb::Snapshot* snapshot,
                 std::string_view begin, std::string_view end, const RowVisitor& visit) {
  rocksdb::ReadOptions options = scan_options(table, snapshot);
  const rocksdb::Slice upper = slice(end);
  if (!end.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(store.db().NewIterator(options, store.family(table)));
  for (it->Seek(slice(begin)); it->Valid(); it->Next()) {
    if (!visit(view(it->key()), view(it->value()))) break;
  }
  store.damage().note(it->status());
  return to_status(it->status(), "scan rows");
}

Status scan_rows_reverse(const RocksStore& store, Table table, const rocksdb::Snapshot* snapshot,
                         std::string_view begin, std::string_view end, const RowVisitor& visit) {
  rocksdb::ReadOptions options = scan_options(table, snapshot);
  const rocksdb::Slice lower = slice(begin);
  const rocksdb::Slice upper = slice(end);
  options.iterate_lower_bound = &lower;
  if (!end.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(store.db().NewIterator(options, store.family(table)));
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    if (!visit(view(it->key()), view(it->value()))) break;
  }
  store.damage().note(it->status());
  return to_status(it->status(), "scan rows");
}

class RocksSnapshot final : public Snapshot {
 public:
  explicit RocksSnapshot(const RocksStore& store)
      : store_(store), snapshot_(store.db().GetSnapshot()) {}
  ~RocksSnapshot() override { store_.db().ReleaseSnapshot(snapshot_); }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;

  Status get(Table table, std::string_view key, std::string* value) const override {
    return get_row(store_, table, snapshot_, key, value);
  }
  Status scan(Table table, std::string_view begin, std::string_view end,
              const RowVisitor& visit) const override {
    return scan_rows(store_, table, snapshot_, begin, end, visit);
  }
  Status scan_reverse(Table table, std::string_view begin, std::string_view end,
                      const RowVisitor& visit) const override {
    return scan_rows_reverse(store_, table, snapshot_, begin, end, visit);
  }

 private:
  const RocksStore& store_;
  const rocksdb::Snapshot* snapshot_;
};

}  // namespace

Status to_status(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return Status::ok();
  Status::Code code = Status::Code::kUnknown;
  if (status.IsNoSpace()) {
    code = Status::Code::kNoSpace;
  } else if (status.IsCorruption()) {
    code = Status::Code::kCorruption;
  } else if (status.IsNotFound() || status.IsPathNotFound()) {
    code = Status::Code::kNotFound;
  } else if (status.IsBusy() || status.IsTryAgain()) {
    code = Status::Code::kBusy;
  } else if (status.IsInvalidArgument() || status.IsNotSupported()) {
    code = Status::Code::kInvalid;
  } else if (status.IsIOError()) {
    code = Status::Code::kIoError;
  }
  return Status(code, "cannot " + std::string(doing) + ": " + status.ToString());
}

RocksStore::~RocksStore() {
  std::vector<std::thread> stoppers;
  {
    const std::scoped_lock lock(stopping_);
    closing_ = true;
    stoppers.swap(stoppers_);
  }
  for (std::thread& stopper : stoppers) stopper.join();
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    if (family != nullptr) db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  if (unused_family_ != nullptr)
    db_->DestroyColumnFamilyHandle(unused_family_).PermitUncheckedError();
  // Every acknowledged write is in the synced log already: a failing close loses nothing.
  db_->Close().PermitUncheckedError();
}

Status RocksStore::get(Table table, std::string_view key, std::string* value) const {
  return get_row(*this, table, nullptr, key, value);
}

Status RocksStore::scan(Table table, std::string_view begin, std::string_view end,
                        const RowVisitor& visit) const {
  return scan_rows(*this, table, nullptr, begin, end, visit);
}

std::unique_ptr<Snapshot> RocksStore::snapshot() const {
  return std::make_unique<RocksSnapshot>(*this);
}

Status RocksStore::write(const Batch& batch) {
  // RocksDB may heal itself after a failed write (a full disk) and take the next one, while nobody
  // knows what became of the first. So the first failure is the last write.
  if (write_failed_.load(std::memory_order_relaxed)) {
    return Status(Status::Code::kIoError, "an earlier write failed; open the store again");
  }
  // Tag, table and two lengths a change; 12 bytes of header.
  constexpr std::size_t kChangeBytes = 1 + 1 + 5 + 5;
  rocksdb::WriteBatch writes(12 + batch.bytes() + batch.changes().size() * kChangeBytes);
  rocksdb::Status status;
  for (const Batch::Change& change : batch.changes()) {
    status = change.erase ? writes.Delete(family(change.table), change.key)
                          : writes.Put(family(change.table), change.key, change.value);
    if (!status.ok()) break;
  }
  if (status.ok()) {
    rocksdb::WriteOptions options;
    options.sync = true;
    status = db_->Write(options, &writes);
  }
  if (status.ok()) return Status::ok();
  write_failed_ = true;
  return to_status(status, "write a batch");
}

void RocksStore::stop_compacting(const std::string& family_name) {
  const std::scoped_lock lock(stopping_);
  if (closing_ || !not_compacted_.insert(family_name).second) return;
  if (serving_) start_stopper(family_name);
}

void RocksStore::start_stopper(const std::string& family_name) {
  stoppers_.emplace_back([this, family_name] {
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      if (family->GetName() != family_name) continue;
      // Where it fails the compaction is tried again and again, once a second: slow, and harmless.
      db_->SetOptions(family, {{"disable_auto_compactions", "true"}}).PermitUncheckedError();
    }
  });
}

void RocksStore::begin_serving() {
  const std::scoped_lock lock(stopping_);
  serving_ = true;
  for (const std::string& family_name : not_compacted_) start_stopper(family_name);
}

std::vector<std::string> RocksStore::damaged_files() const { return damage_.files(); }

std::uint64_t RocksStore::free_bytes() const {
  if (free_bytes_probe_) return free_bytes_probe_();
  struct statvfs device {};
  // A device that does not answer has no room: work is refused until it does.
  if (statvfs(path_.c_str(), &device) != 0) return 0;
  return static_cast<std::uint64_t>(device.f_bavail) * device.f_frsize;
}

std::vector<std::pair<std::string, std::uint64_t>> RocksStore::health() const {
  std::vector<std::pair<std::string, std::uint64_t>> figures;
  const auto add = [&](std::string name, Table table, const std::string& property) {
    std::uint64_t value = 0;
    if (db_->GetIntProperty(family(table), property, &value))
      figures.emplace_back(std::move(name), value);
  };
  using Properties = rocksdb::DB::Properties;
  const auto of_database = [&](const char* name, const std::string& property) {
    add(name, Table::kState, property);
  };
  of_database("compactions_running", Properties::kNumRunningCompactions);
  of_database("flushes_running", Properties::kNumRunningFlushes);
  of_database("background_errors", Properties::kBackgroundErrors);
  of_database("write_stopped", Properties::kIsWriteStopped);
  of_database("write_delayed_bytes_per_second", Properties::kActualDelayedWriteRate);
  of_database("snapshots_open", Properties::kNumSnapshots);
  of_database("block_cache_used_bytes", Properties::kBlockCacheUsage);  // shared by the tables
  for (const auto& [prefix, table] :
       {std::pair("state_", Table::kState), std::pair("journal_", Table::kJournal)}) {
    const auto of_table = [&, prefix = std::string(prefix), table = table](
                              const char* name, const std::string& property) {
      add(prefix + name, table, property);
    };
    of_table("compaction_pending_bytes", Properties::kEstimatePendingCompactionBytes);
    of_table("memtables_immutable", Properties::kNumImmutableMemTable);
    of_table("memtable_bytes", Properties::kCurSizeAllMemTables);
    of_table("sst_live_bytes", Properties::kLiveSstFilesSize);
    of_table("rows_estimated", Properties::kEstimateNumKeys);
    std::string files;  // this one RocksDB gives only as text
    if (db_->GetProperty(family(table), Properties::kNumFilesAtLevelPrefix + "0", &files)) {
      std::uint64_t count = 0;
      std::from_chars(files.data(), files.data() + files.size(), count);
      figures.emplace_back(std::string(prefix) + "level0_files", count);
    }
  }
  return figures;
}

}  // namespace casewheel::storage
