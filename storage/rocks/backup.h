// Backups of a data directory, by RocksDB's BackupEngine: taken while the store is at work, each
// whole, sharing unchanged files. For the daemon's admin call and the command line; any thread, one
// at a time a backup directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "storage/store.h"

namespace casewheel::storage {

struct BackupInfo {
  std::uint32_t id = 0;  // counts up from 1 within its directory
  TimeMs created_at = 0;
  std::uint64_t bytes = 0;  // of all its files, shared ones too
  std::uint32_t files = 0;
};

// Everything acknowledged before the call is in the backup. `store` must be kept by RocksDB
// (kInvalid). `progress`, where given, is called from the calling thread every few megabytes. kBusy
// when another backup into the directory is under way.
Status create_backup(Store& store, const std::string& backup_dir, BackupInfo* info,
                     const std::function<void()>& progress = {});

// Oldest first. kNotFound when the directory holds no backup.
Status list_backups(const std::string& backup_dir, std::vector<BackupInfo>* backups);

// Reads every file of the backup (0: the latest) and compares checksums; kCorruption names the
// file.
Status verify_backup(const std::string& backup_dir, std::uint32_t id);

// Verifies the backup (0: the latest), writes it beside `data_dir` and moves it there as a whole,
// synced: a restore cut short leaves no data directory. `data_dir` must be absent or empty
// (kInvalid), and no mount point. `mark`, where given, may change the store, and add files of
// others to the directory it is given, before it is moved: a restored directory is never seen without.
using MarkRestored = std::function<Status(Store& store, const std::string& directory)>;
Status restore_backup(const std::string& backup_dir, std::uint32_t id, const std::string& data_dir,
                      const MarkRestored& mark = {});

}  // namespace casewheel::storage
