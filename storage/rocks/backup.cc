// See backup.h.
#include "storage/rocks/backup.h"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "storage/rocks/rocks_database.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

BackupInfo to_info(const rocksdb::BackupInfo& from) {
  return {from.backup_id, from.timestamp * kSecondMs, from.size, from.number_files};
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

// The engine leaves backups it finds damaged out of its list: "the latest" must not silently become
// an older one.
Status resolve(const rocksdb::BackupEngineReadOnly& engine, std::uint32_t* id) {
  std::vector<rocksdb::BackupInfo> good;
  engine.GetBackupInfo(&good);
  std::vector<rocksdb::BackupID> damaged;
  engine.GetCorruptedBackups(&damaged);
  if (*id == 0) {
    for (const rocksdb::BackupInfo& backup : good) *id = std::max(*id, backup.backup_id);
    for (const rocksdb::BackupID backup : damaged) *id = std::max(*id, backup);
    if (*id == 0) return Status(Status::Code::kNotFound, "there is no backup");
  }
  for (const rocksdb::BackupID backup : damaged) {
    if (backup == *id)
      return Status(Status::Code::kCorruption, "backup " + std::to_string(*id) + " is damaged");
  }
  return Status::ok();
}

Status verify(const rocksdb::BackupEngineReadOnly& engine, std::uint32_t id) {
  return to_status(engine.VerifyBackup(id, /*verify_with_checksum=*/true),
                   "verify backup " + std::to_string(id));
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

Status create_backup(Store& store, const std::string& backup_dir, BackupInfo* info,
                     const std::function<void()>& progress) {
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

  rocksdb::BackupEngine* opened = nullptr;
  rocksdb::Status status = rocksdb::BackupEngine::Open(rocksdb::BackupEngineOptions(backup_dir),
                                                       rocksdb::Env::Default(), &opened);
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  if (!status.ok()) return to_status(status, "open the backups in " + backup_dir);

  rocksdb::CreateBackupOptions options;
  // The log goes along in any case; flushing first keeps it, and the restart after a restore,
  // short.
  options.flush_before_backup = true;
  if (progress) options.progress_callback = progress;
  rocksdb::BackupID id = 0;
  status = engine->CreateNewBackup(options, &rocks->db(), &id);
  if (!status.ok()) return to_status(status, "back up into " + backup_dir);
  rocksdb::BackupInfo created;
  status = engine->GetBackupInfo(id, &created);
  if (status.ok()) *info = to_info(created);
  return to_status(status, "describe the new backup");
}

Status list_backups(const std::string& backup_dir, std::vector<BackupInfo>* backups) {
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
  if (Status status = open_to_read(backup_dir, &engine); !status) return status;
  std::vector<rocksdb::BackupInfo> found;
  engine->GetBackupInfo(&found);
  backups->clear();
  for (const rocksdb::BackupInfo& backup : found) backups->push_back(to_info(backup));
  if (backups->empty())
    return Status(Status::Code::kNotFound, "there is no backup in " + backup_dir);
  return Status::ok();
}

Status verify_backup(const std::string& backup_dir, std::uint32_t id) {
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
  if (Status status = open_to_read(backup_dir, &engine); !status) return status;
  if (Status status = resolve(*engine, &id); !status) return status;
  return verify(*engine, id);
}

Status restore_backup(const std::string& backup_dir, std::uint32_t id, const std::string& data_dir,
                      const MarkRestored& mark) {
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
  if (Status status = open_to_read(backup_dir, &engine); !status) return status;
  if (Status status = resolve(*engine, &id); !status) return status;

  std::error_code error;
  fs::path target = fs::absolute(data_dir, error).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // it ended with a slash
  if (fs::exists(target, error) &&
      !(fs::is_directory(target, error) && fs::is_empty(target, error))) {
    return Status(Status::Code::kInvalid, data_dir + " is not empty; restore into a new directory");
  }
  if (Status status = verify(*engine, id); !status) return status;

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
    if (status) status = mark(*store, partial.string());
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
