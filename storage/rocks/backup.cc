// See backup.h.
#include "storage/rocks/backup.h"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/utilities/backup_engine.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>

#include "storage/rocks/rocks_database.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

BackupInfo info_of(const BackupManifest& manifest) {
  BackupInfo info{manifest.id,
                  manifest.taken,
                  0,
                  static_cast<std::uint32_t>(manifest.files.size()),
                  static_cast<std::uint32_t>(manifest.attachments.size()),
                  static_cast<std::uint32_t>(manifest.lacking.size())};
  for (const auto& [path, file] : manifest.files) info.bytes += file.bytes;
  for (const auto& [blob, file] : manifest.attachments) info.bytes += file.bytes;
  return info;
}

Status open_to_read(const std::string& backup_dir,
                    std::unique_ptr<rocksdb::BackupEngineReadOnly>* engine) {
  std::error_code error;
  if (!fs::is_directory(backup_dir, error)) {
    return Status(Status::Code::kNotFound, "there is no backup directory at " + backup_dir);
  }
  rocksdb::BackupEngineReadOnly* opened = nullptr;
  const rocksdb::Status status = rocksdb::BackupEngineReadOnly::Open(
      rocksdb::BackupEngineOptions(backup_dir), rocksdb::Env::Default(), &opened);
  engine->reset(opened);
  return to_status(status, "open the backups in " + backup_dir);
}

// Of what lies there, whole or not, in order: the engine leaves what it finds damaged out of its list.
Status all_ids(const std::string& backup_dir, const rocksdb::BackupEngineReadOnlyBase& engine,
               std::vector<std::uint32_t>* ids) {
  if (Status status = list_manifests(backup_dir, ids); !status) return status;
  std::vector<rocksdb::BackupInfo> good;
  engine.GetBackupInfo(&good);
  for (const rocksdb::BackupInfo& backup : good) ids->push_back(backup.backup_id);
  std::vector<rocksdb::BackupID> damaged;
  engine.GetCorruptedBackups(&damaged);
  ids->insert(ids->end(), damaged.begin(), damaged.end());
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  return {};
}

// 0: the latest, which must not silently become an older one when it is not whole.
Status resolve(const std::string& backup_dir, const rocksdb::BackupEngineReadOnlyBase& engine,
               std::uint32_t* id) {
  std::vector<std::uint32_t> ids;
  if (Status status = all_ids(backup_dir, engine, &ids); !status) return status;
  if (ids.empty()) return Status(Status::Code::kNotFound, "there is no backup in " + backup_dir);
  if (*id == 0) *id = ids.back();
  if (!std::binary_search(ids.begin(), ids.end(), *id))
    return Status(Status::Code::kNotFound, "there is no backup " + std::to_string(*id));
  return Status::ok();
}

// kCorruption says why the backup is not whole.
Status verify(const std::string& backup_dir, const rocksdb::BackupEngineReadOnlyBase& engine,
              std::uint32_t id, ManifestCheck* check, BackupManifest* manifest,
              bool accept_lacking = false) {
  Status status = read_manifest(backup_dir, id, manifest);
  if (status.code() == Status::Code::kNotFound)
    return Status(Status::Code::kCorruption, status.message());
  if (status) status = check->check(*manifest);
  if (!status) return status;
  if (!manifest->lacking.empty() && !accept_lacking) {
    return Status(Status::Code::kCorruption,
                  "backup " + std::to_string(id) + " lacks " +
                      std::to_string(manifest->lacking.size()) +
                      " attachments that were lost before it was taken, such as " +
                      hex(*manifest->lacking.begin()));
  }
  rocksdb::BackupInfo known;
  return to_status(engine.GetBackupInfo(id, &known), "find backup " + std::to_string(id));
}

Status sync_path(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  return synced ? Status::ok() : Status(Status::Code::kIoError, "cannot sync " + path.string());
}

Status sync_tree(const fs::path& directory) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (Status status = sync_path(it->path()); !status) return status;
  }
  if (error)
    return Status(Status::Code::kIoError,
                  "cannot list " + directory.string() + ": " + error.message());
  return sync_path(directory);
}

Status io_error(const std::string& doing, const std::error_code& error) {
  return Status(Status::Code::kIoError, "cannot " + doing + ": " + error.message());
}

}  // namespace

namespace {

// What a backup into the directory needs while it is made.
struct Making {
  const std::string& directory;
  rocksdb::DB& db;
  const BackupOptions& options;
  // As the earlier manifests list them, the newest last.
  std::map<std::string, ListedFile> listed_files;
  std::map<std::string, ListedFile> listed_attachments;

  Status go_on() const {
    return !options.progress || options.progress() ? Status()
                                                   : Status(Status::Code::kBusy, "was stopped");
  }
};

// One that cannot be read lists nothing: what it listed is compared with its source instead.
Status read_earlier(Making* making) {
  std::vector<std::uint32_t> ids;
  if (Status status = list_manifests(making->directory, &ids); !status) return status;
  for (const std::uint32_t id : ids) {
    BackupManifest manifest;
    if (!read_manifest(making->directory, id, &manifest)) continue;
    for (const auto& [path, file] : manifest.files) making->listed_files[path] = file;
    for (const auto& [blob, file] : manifest.attachments) making->listed_attachments[blob] = file;
  }
  return {};
}

// The engine takes a shared table it finds for the one it copied, without looking into it. A table never
// changes, so the store's own mends a damaged copy for all backups that share it.
Status mend_shared(const Making& making) {
  constexpr std::string_view kShared = "shared_checksum/";
  for (const auto& [path, listed] : making.listed_files) {
    if (!path.starts_with(kShared)) continue;
    const std::size_t number_end = path.find('_', kShared.size());
    const std::string source = making.db.GetName() + "/" +
                               path.substr(kShared.size(), number_end - kShared.size()) + ".sst";
    std::error_code error;
    if (!fs::exists(source, error)) continue;  // no longer shared with what is backed up
    if (Status status = making.go_on(); !status) return status;
    const std::string copy = making.directory + "/" + path;
    ListedFile found;
    const Status looked = look_at_file(copy, &found);
    if (!looked && looked.code() != Status::Code::kNotFound) return looked;
    if (found == listed) continue;
    const std::string partial = copy + ".tmp";  // which the engine removes where it is left
    const Status copied = copy_durably(source, partial);
    if (!copied && copied.code() == Status::Code::kNotFound) continue;  // compacted away meanwhile
    if (!copied) return copied;
    if (Status status = look_at_file(partial, &found); !status) return status;
    // Else the store's is another table of that number, or damaged too: the engine will tell.
    if (found == listed) fs::rename(partial, copy, error);
    if (error) return io_error("move " + partial, error);
  }
  return {};
}

// A copy of a damaged table is whole by its own checksum: the store's tables are read before they are
// copied, so that no backup of damage takes the place of a sound one.
Status check_tables(const Making& making) {
  std::vector<rocksdb::LiveFileMetaData> tables;
  making.db.GetLiveFilesMetaData(&tables);
  for (const rocksdb::LiveFileMetaData& table : tables) {
    if (Status status = making.go_on(); !status) return status;
    const std::string path = table.db_path + table.name;
    rocksdb::SstFileReader reader{rocksdb::Options()};
    rocksdb::Status read = reader.Open(path);
    if (read.ok()) read = reader.VerifyChecksum();
    std::error_code error;
    if (read.ok() || !fs::exists(path, error)) continue;  // compacted away meanwhile
    return {Status::Code::kCorruption,
            "the store itself is damaged, and a backup would be: " + table.name.substr(1) + ": " +
                read.ToString() + "; see `casewheel repair`"};
  }
  return {};
}

// A disk of any kind keeps time for the commits beside this, and a hundred gigabytes are copied in half an
// hour.
constexpr std::uint64_t kCopiedBytesPerSecond = 64ULL << 20;

// What a flush would save from being copied; as if it were long where it cannot be told.
std::uint64_t log_bytes(rocksdb::DB& db) {
  rocksdb::VectorLogPtr logs;
  if (!db.GetSortedWalFiles(logs).ok()) return std::numeric_limits<std::uint64_t>::max();
  return std::accumulate(
      logs.begin(), logs.end(), std::uint64_t{0},
      [](std::uint64_t sum, const auto& log) { return sum + log->SizeFileBytes(); });
}

// The engine reads the new backup once more and compares it with what it has copied.
Status copy_tables(const Making& making, rocksdb::BackupEngine* engine, rocksdb::BackupID* id) {
  if (Status status = check_tables(making); !status) return status;
  rocksdb::CreateBackupOptions options;
  options.flush_before_backup = log_bytes(making.db) > making.options.log_copied_bytes;
  bool stopped = false;
  options.progress_callback = [&] {
    if (stopped || making.go_on()) return;
    stopped = true;
    engine->StopBackup();
  };
  const rocksdb::Status status = engine->CreateNewBackup(options, &making.db, id);
  if (stopped && !status.ok()) return Status(Status::Code::kBusy, "was stopped");
  if (!status.ok()) return to_status(status, "back up into " + making.directory);
  return to_status(engine->VerifyBackup(*id, /*verify_with_checksum=*/true),
                   "verify the new backup " + std::to_string(*id));
}

// All that lie on the shelf: a restore takes those its cases have.
Status copy_attachments(const Making& making, BackupManifest* manifest) {
  if (making.options.shelf == nullptr) return {};
  ShelfCopy copy(making.options.shelf->directory(), shelf_of(making.directory));
  Status status;
  const Status visited = making.options.shelf->visit([&](const std::string& blob) {
    std::optional<ListedFile> listed;
    if (const auto earlier = making.listed_attachments.find(blob);
        earlier != making.listed_attachments.end())
      listed = earlier->second;
    status = copy.add(blob, listed, &manifest->attachments[blob]);
    if (status) status = making.go_on();
    return status.is_ok();
  });
  return status ? visited : status;
}

// What the shelf has lost may be there from an earlier backup.
void list_held(const Making& making, BackupManifest* manifest) {
  for (const std::string& blob : making.options.held) {
    if (manifest->attachments.contains(blob)) continue;
    const auto earlier = making.listed_attachments.find(blob);
    ListedFile found;
    if (earlier != making.listed_attachments.end() &&
        look_at_file(shelf_path(shelf_of(making.directory), blob), &found) &&
        found == earlier->second) {
      manifest->attachments.emplace(blob, found);
    } else {
      manifest->lacking.insert(blob);
    }
  }
}

Status list_tables(const Making& making, const rocksdb::BackupInfo& created,
                   BackupManifest* manifest) {
  std::vector<std::string> paths = {"meta/" + std::to_string(created.backup_id)};
  for (const rocksdb::BackupFileInfo& file : created.file_details)
    paths.push_back(file.relative_filename);
  for (const std::string& path : paths) {
    ListedFile& listed = manifest->files[path];
    if (Status status = look_at_file(making.directory + "/" + path, &listed); !status)
      return status;
    // As the engine has just found it; what others share is as they list it.
    const auto earlier = making.listed_files.find(path);
    if (earlier != making.listed_files.end() && earlier->second != listed)
      return Status(Status::Code::kCorruption, path + " is not what an earlier backup listed");
    if (Status status = making.go_on(); !status) return status;
  }
  return {};
}

// Attachments no manifest lists. None is removed while a manifest cannot be read.
Status remove_unlisted(const std::string& backup_dir) {
  std::vector<std::uint32_t> ids;
  if (Status status = list_manifests(backup_dir, &ids); !status) return status;
  std::set<std::string, std::less<>> listed;
  for (const std::uint32_t id : ids) {
    BackupManifest manifest;
    if (!read_manifest(backup_dir, id, &manifest)) return {};
    for (const auto& [blob, file] : manifest.attachments) listed.insert(blob);
  }
  const std::string shelf = shelf_of(backup_dir);
  Status status;
  const Status visited = Shelf::read_only(shelf, "")->visit([&](const std::string& blob) {
    std::error_code error;
    if (!listed.contains(blob)) fs::remove(shelf_path(shelf, blob), error);
    if (error) status = io_error("remove " + shelf_path(shelf, blob), error);
    return status.is_ok();
  });
  return status ? visited : status;
}

// Removes every backup older than the oldest of the newest `keep` that are whole.
Status remove_older(const std::string& backup_dir, rocksdb::BackupEngine* engine,
                    std::uint32_t keep) {
  std::vector<std::uint32_t> ids;
  if (Status status = all_ids(backup_dir, *engine, &ids); !status) return status;
  ManifestCheck check(backup_dir);
  std::uint32_t whole = 0;
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    BackupManifest manifest;
    if (whole < keep) {
      whole += verify(backup_dir, *engine, *id, &check, &manifest) ? 1 : 0;
      continue;
    }
    // The manifest first: what is removed in part is not called whole.
    std::error_code error;
    fs::remove(manifests_of(backup_dir) + "/" + std::to_string(*id), error);
    if (error) return io_error("remove the manifest of backup " + std::to_string(*id), error);
    const rocksdb::Status removed = engine->DeleteBackup(*id);
    if (!removed.ok() && !removed.IsNotFound())
      return to_status(removed, "remove backup " + std::to_string(*id));
  }
  return remove_unlisted(backup_dir);
}

}  // namespace

Status create_backup(Store& store, const std::string& backup_dir, BackupInfo* info,
                     const BackupOptions& options) {
  auto* rocks = dynamic_cast<RocksStore*>(&store);
  if (rocks == nullptr)
    return Status(Status::Code::kInvalid, "only a store kept by RocksDB can be backed up");
  std::error_code error;
  fs::create_directories(backup_dir, error);
  if (error) return io_error("create " + backup_dir, error);
  if (fs::equivalent(backup_dir, rocks->db().GetName(), error)) {
    return Status(Status::Code::kInvalid, "a backup needs a directory of its own");
  }
  // Two engines at work in one directory may delete each other's files.
  DirectoryLock lock;
  if (Status status = lock.acquire(backup_dir); !status) return status;

  Making making{backup_dir, rocks->db(), options, {}, {}};
  if (Status status = read_earlier(&making); !status) return status;
  if (Status status = mend_shared(making); !status) return status;
  rocksdb::BackupEngineOptions engine_options(backup_dir);
  engine_options.backup_rate_limit = kCopiedBytesPerSecond;
  rocksdb::BackupEngine* opened = nullptr;
  const rocksdb::Status opening =
      rocksdb::BackupEngine::Open(engine_options, rocksdb::Env::Default(), &opened);
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  if (!opening.ok()) return to_status(opening, "open the backups in " + backup_dir);

  rocksdb::BackupID id = 0;
  BackupManifest manifest;
  Status status = copy_tables(making, engine.get(), &id);
  if (status) status = copy_attachments(making, &manifest);
  if (status) list_held(making, &manifest);
  rocksdb::BackupInfo created;
  if (status)
    status = to_status(engine->GetBackupInfo(id, &created, /*include_file_details=*/true),
                       "describe the new backup");
  if (status) status = list_tables(making, created, &manifest);
  manifest.id = id;
  manifest.taken = created.timestamp * kSecondMs;
  manifest.facts = options.facts;
  if (status) status = write_manifest(backup_dir, manifest);
  if (!status) {
    if (id != 0) engine->DeleteBackup(id).PermitUncheckedError();
    return status;
  }
  *info = info_of(manifest);
  return options.keep == 0 ? status : remove_older(backup_dir, engine.get(), options.keep);
}

Status list_backups(const std::string& backup_dir, std::vector<BackupInfo>* backups) {
  backups->clear();
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
  if (Status status = open_to_read(backup_dir, &engine); !status) return status;
  std::vector<std::uint32_t> ids;
  if (Status status = all_ids(backup_dir, *engine, &ids); !status) return status;
  for (const std::uint32_t id : ids) {
    BackupManifest manifest;
    rocksdb::BackupInfo known;
    if (read_manifest(backup_dir, id, &manifest)) {
      backups->push_back(info_of(manifest));
    } else if (engine->GetBackupInfo(id, &known).ok()) {
      backups->push_back({id, known.timestamp * kSecondMs, known.size, known.number_files, 0, 0});
    } else {
      backups->push_back({id, 0, 0, 0, 0, 0});
    }
  }
  if (backups->empty())
    return Status(Status::Code::kNotFound, "there is no backup in " + backup_dir);
  return Status::ok();
}

Status verify_backup(const std::string& backup_dir, std::uint32_t id) {
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
  if (Status status = open_to_read(backup_dir, &engine); !status) return status;
  if (Status status = resolve(backup_dir, *engine, &id); !status) return status;
  ManifestCheck check(backup_dir);
  BackupManifest manifest;
  return verify(backup_dir, *engine, id, &check, &manifest);
}

Status restore_backup(const std::string& backup_dir, std::uint32_t id, const std::string& data_dir,
                      const MarkRestored& mark, bool accept_lacking) {
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
  if (Status status = open_to_read(backup_dir, &engine); !status) return status;
  if (Status status = resolve(backup_dir, *engine, &id); !status) return status;

  std::error_code error;
  fs::path target = fs::absolute(data_dir, error).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // it ended with a slash
  if (fs::exists(target, error) &&
      !(fs::is_directory(target, error) && fs::is_empty(target, error))) {
    return Status(Status::Code::kInvalid, data_dir + " is not empty; restore into a new directory");
  }
  ManifestCheck check(backup_dir);
  BackupManifest manifest;
  if (Status status = verify(backup_dir, *engine, id, &check, &manifest, accept_lacking); !status)
    return status;

  const fs::path partial = target.string() + ".restoring";
  fs::remove_all(partial, error);  // of a restore cut short
  if (error) return io_error("remove " + partial.string(), error);
  fs::create_directories(partial, error);
  if (error) return io_error("create " + partial.string(), error);
  const rocksdb::Status restored =
      engine->RestoreDBFromBackup(id, partial.string(), partial.string());
  if (!restored.ok()) {
    fs::remove_all(partial, error);
    return to_status(restored, "restore into " + data_dir);
  }
  if (mark) {
    std::unique_ptr<Store> store;
    RocksOptions opening;
    opening.path = partial.string();
    Status status = open_rocks(opening, &store);
    if (status) status = mark(*store, partial.string(), manifest);
    store.reset();
    if (!status) {
      fs::remove_all(partial, error);
      return status;
    }
  }
  if (Status status = sync_tree(partial); !status) return status;
  fs::rename(partial, target, error);
  if (error) return io_error("move " + partial.string() + " to " + data_dir, error);
  return sync_path(target.parent_path());
}

}  // namespace casewheel::storage
