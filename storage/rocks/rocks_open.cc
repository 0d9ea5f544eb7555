// Opens or creates a data directory: RocksDB's options and what must hold before it may replay the
// write-ahead log. Runs on the thread that starts the process.
#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "storage/private_directory.h"
#include "storage/rocks/rocks_database.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

// RocksDB's own log would be written into a directory we were asked only to look at.
class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

rocksdb::CompressionType first_supported(std::initializer_list<rocksdb::CompressionType> wanted) {
  const std::vector<rocksdb::CompressionType> supported = rocksdb::GetSupportedCompressions();
  for (const rocksdb::CompressionType type : wanted) {
    if (std::find(supported.begin(), supported.end(), type) != supported.end()) return type;
  }
  return rocksdb::kNoCompression;
}

rocksdb::DBOptions database_options(const RocksOptions& from) {
  rocksdb::DBOptions options;
  options.create_if_missing = from.create_if_missing && !from.read_only;
  options.create_missing_column_families = !from.read_only;
  // Point in time, the default, would drop everything behind damage and open. See wal_guard.h.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.recycle_log_file_num = 0;
  options.max_total_wal_size = from.wal_bytes_max;
  options.max_background_jobs = 2;
  options.max_open_files = 512;  // below systemd's usual limit of 1,024 with room for connections
  options.bytes_per_sync = 1 << 20;  // no burst of dirty pages for the log's fsync to wait behind
  options.avoid_unnecessary_blocking_io = true;
  if (from.read_only) {
    options.info_log = std::make_shared<SilentLogger>();
  } else {
    options.info_log_level =
        rocksdb::InfoLogLevel::WARN_LEVEL;  // names files and options, never rows
    options.keep_log_file_num = 4;
    options.max_log_file_size = 1 << 20;
    // Lets RocksDB go on by itself when a flush or compaction met a full disk and room came back.
    options.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default()));
  }
  return options;
}

rocksdb::ColumnFamilyOptions family_options(Table table, const RocksOptions& from,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = from.write_buffer_bytes;
  options.level_compaction_dynamic_level_bytes = true;
  // Case, clock and journal keys rise within their kind and partition: the place of the last one is
  // where the next one goes. Keys are storage/keys.h's: kind (1 byte), partition (2).
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(3));
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  // Indexes and filters grow with the data: inside the cache they have a bound.
  blocks.cache_index_and_filter_blocks = true;
  blocks.pin_l0_filter_and_index_blocks_in_cache = true;
  if (table == Table::kState) {
    options.compression = first_supported({rocksdb::kLZ4Compression, rocksdb::kSnappyCompression});
    blocks.filter_policy.reset(
        rocksdb::NewBloomFilterPolicy(10));  // most dedupe look-ups find nothing
    blocks.optimize_filters_for_memory = true;
    options.memtable_whole_key_filtering = true;  // ... in memory too
    options.memtable_prefix_bloom_size_ratio = 0.02;
  } else {
    // Lightly while it is young and in the way of lodging, hard where it comes to rest.
    options.compression = first_supported({rocksdb::kLZ4Compression, rocksdb::kSnappyCompression});
    options.bottommost_compression =
        first_supported({rocksdb::kZSTD, rocksdb::kZlibCompression, rocksdb::kSnappyCompression});
    blocks.block_size = 32 * 1024;  // entries are large, alike and read in order
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return options;
}

// What RocksDB leaves of a first opening that was cut short, and what a file system brings along.
bool may_lie_in_a_new_directory(const std::string& name) {
  for (const char* prefix : {"LOCK", "LOG", "IDENTITY", "MANIFEST-", "OPTIONS-"}) {
    if (name.rfind(prefix, 0) == 0) return true;
  }
  return name == "lost+found" || name.ends_with(".dbtmp") || name.ends_with(".log");
}

// RocksDB takes a directory without CURRENT for an empty one, makes a new database in it and
// deletes the files it does not know. So: whether there is a database, nothing, the remains of
// one, or something else that is not ours to build in.
Status look_at(const RocksOptions& options) {
  const fs::path path(options.path);
  std::error_code error;
  if (fs::exists(path / "CURRENT", error)) return Status::ok();
  if (!fs::exists(path, error) || fs::is_empty(path, error)) {
    if (!error && options.create_if_missing && !options.read_only) return Status::ok();
    if (!error)
      return Status(Status::Code::kNotFound, "there is no data directory at " + options.path);
  }
  if (error)
    return Status(Status::Code::kIoError,
                  "cannot look at " + options.path + ": " + error.message());
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const fs::path extension = it->path().extension();
    if (extension == ".sst" || (extension == ".log" && it->file_size(error) > 0)) {
      return Status(
          Status::Code::kCorruption,
          options.path +
              " has data files, yet CURRENT, which names the newest manifest, is missing");
    }
    if (!may_lie_in_a_new_directory(it->path().filename())) {
      return Status(Status::Code::kInvalid, options.path + " is no data directory: it holds " +
                                                it->path().filename().string() +
                                                "; name one that is empty or does not exist");
    }
  }
  if (error)
    return Status(Status::Code::kIoError, "cannot list " + options.path + ": " + error.message());
  if (options.create_if_missing && !options.read_only) return Status::ok();
  return Status(Status::Code::kNotFound, "there is no database in " + options.path);
}

// A database without our tables that holds rows is another program's: it would get tables of ours.
Status refuse_foreign(const std::string& path) {
  std::vector<std::string> families;
  if (!rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &families).ok()) return {};
  if (std::find(families.begin(), families.end(), "state") != families.end()) return {};
  rocksdb::Options looking;
  looking.info_log = std::make_shared<SilentLogger>();
  rocksdb::DB* db = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(looking, path, &db).ok()) return {};
  const std::unique_ptr<rocksdb::DB> foreign(db);
  const std::unique_ptr<rocksdb::Iterator> rows(foreign->NewIterator(rocksdb::ReadOptions()));
  rows->SeekToFirst();
  if (!rows->Valid() && families.size() == 1) return {};  // ours, cut short when it was made
  return Status(Status::Code::kInvalid, path + " holds a database of another program");
}

// Opening writes what the logs hold into tables. RocksDB 7.8 that runs out of space in the middle may
// abort the process instead of saying so.
Status check_room(const std::string& path) {
  constexpr std::uintmax_t kOthers = std::uintmax_t{4} << 20;  // manifest, options, own log
  std::error_code error;
  std::uintmax_t logs = 0;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (it->path().extension() == ".log") logs += it->file_size(gone);
  }
  const std::uintmax_t room = fs::space(path, error).available;
  if (error || room >= logs + kOthers) return {};
  return Status(Status::Code::kNoSpace, "cannot open " + path + ": " + std::to_string(room >> 20) +
                                            " MiB are free, some " +
                                            std::to_string((logs + kOthers) >> 20) +
                                            " MiB are needed to take in the write-ahead log");
}

// A new directory is durable only with its entry in the parent, which RocksDB does not sync.
Status create_durably(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  if (error || fs::exists(absolute, error)) return Status::ok();
  const fs::path parent =
      absolute.has_filename() ? absolute.parent_path() : absolute.parent_path().parent_path();
  if (Status status = create_durably(parent); !status) return status;
  fs::create_directory(absolute, error);
  if (error)
    return Status(Status::Code::kIoError,
                  "cannot create " + absolute.string() + ": " + error.message());
  const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) return Status(Status::Code::kIoError, "cannot sync " + parent.string());
  return Status::ok();
}

}  // namespace

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  if (this != &other) {
    release();
    lock_ = std::exchange(other.lock_, nullptr);
  }
  return *this;
}

Status DirectoryLock::acquire(const std::string& directory) {
  const rocksdb::Status status = rocksdb::Env::Default()->LockFile(directory + "/LOCK", &lock_);
  if (status.ok()) return Status::ok();
  lock_ = nullptr;
  // RocksDB has one code for all failures; only its words tell a held lock: "lock hold by current
  // process" within a process, the file lock's EAGAIN or EACCES between two.
  const std::string text = status.ToString();
  if (text.find("lock hold by current process") != std::string::npos ||
      text.find("While lock file") != std::string::npos) {
    return Status(Status::Code::kBusy, directory + " is in use by another process");
  }
  return to_status(status, "lock " + directory);
}

void DirectoryLock::release() {
  if (lock_ != nullptr)
    rocksdb::Env::Default()->UnlockFile(std::exchange(lock_, nullptr)).PermitUncheckedError();
}

Status open_rocks(const RocksOptions& options, std::unique_ptr<Store>* store) {
  if (Status status = look_at(options); !status) return status;
  if (Status status = create_durably(options.path); !status) return status;

  std::unique_ptr<RocksStore> opened(new RocksStore());
  opened->path_ = options.path;
  opened->free_bytes_probe_ = options.free_bytes_probe;
  // Ours until the logs are checked, since a live log may end anywhere; then RocksDB's, which takes
  // it itself unless read-only.
  if (Status status = opened->lock_.acquire(options.path); !status) return status;
  if (Status status = check_wal_tails(options.path); !status) return status;
  if (Status status = refuse_foreign(options.path); !status) return status;
  if (!options.read_only) {
    if (Status status = make_private(options.path); !status) return status;
    if (Status status = check_room(options.path); !status) return status;
    opened->lock_.release();
  }

  rocksdb::DBOptions database = database_options(options);
  database.wal_filter = &opened->wal_continuity_;
  // The object outlives its database, which waits for its compactions when it is closed.
  database.listeners.push_back(std::make_shared<DamageListener>(
      opened->damage_, [store = opened.get()](const std::string& family_name) {
        store->stop_compacting(family_name);
      }));
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()},
      {"state", family_options(Table::kState, options, cache)},
      {"journal", family_options(Table::kJournal, options, cache)},
  };
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(database, options.path, descriptors, &handles, &db)
          : rocksdb::DB::Open(database, options.path, descriptors, &handles, &db);
  if (!status.ok()) {
    if (!opened->wal_continuity_.gap().empty()) {
      return Status(Status::Code::kCorruption, opened->wal_continuity_.gap());
    }
    // Another process may have come between our lock and RocksDB's.
    if (status.IsIOError() && status.ToString().find("/LOCK") != std::string::npos) {
      return Status(Status::Code::kBusy, options.path + " is in use by another process");
    }
    if (status.IsCorruption()) {  // RocksDB does not say where
      if (const std::string place = find_bad_checksum(options.path); !place.empty()) {
        return Status(Status::Code::kCorruption, "cannot open " + options.path + ": " + place);
      }
    }
    return to_status(status, "open " + options.path);
  }
  opened->db_.reset(db);
  opened->unused_family_ = handles[0];
  opened->families_ = {handles[1], handles[2]};
  opened->begin_serving();
  *store = std::move(opened);
  return Status::ok();
}

}  // namespace casewheel::storage
