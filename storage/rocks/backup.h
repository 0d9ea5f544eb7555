// Backups of a data directory, by RocksDB's BackupEngine: taken while the store is at work, sharing
// unchanged files. A backup is whole when its manifest (backup_manifest.h) is there and every file is as
// it lists it, those of attachments included. For the daemon's admin call and the command line; any
// thread, one at a time a backup directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "storage/rocks/backup_manifest.h"
#include "storage/shelf/shelf.h"
#include "storage/store.h"

namespace casewheel::storage {

struct BackupInfo {
  std::uint32_t id = 0;  // counts up from 1 within its directory
  TimeMs created_at = 0;
  std::uint64_t bytes = 0;  // of all its files, shared ones and attachments too
  std::uint32_t files = 0;  // without attachments
  std::uint32_t attachments = 0;
  std::uint32_t lacking = 0;  // attachments that were lost before it was taken: it is not whole
};

struct BackupOptions {
  // Called every few megabytes, from the calling thread; false stops: kBusy, and no backup is made.
  std::function<bool()> progress = {};
  // Whose files go along; nothing may be discarded from it meanwhile. Null: there are none.
  const Shelf* shelf = nullptr;
  // Blobs the rows refer to. One that is not on the shelf is listed as lacking; the backup is made all
  // the same, since it holds everything there is.
  std::vector<std::string> held = {};
  // Lines that hold of the store before the backup is taken, for its manifest: what a restore has to
  // find again.
  std::vector<std::string> facts = {};
  // The log is copied as it is up to so many bytes; a longer one is flushed first, which keeps the restart
  // after a restore short. A flush ends the log's file, and freeing a file's blocks makes the commits
  // beside it wait where the file system is mounted with `discard`.
  std::uint64_t log_copied_bytes = 32ULL << 20;
  // How many whole backups are kept, this one included; older ones are removed. 0: all.
  std::uint32_t keep = 0;
};

// Everything acknowledged before the call is in the backup. `store` must be kept by RocksDB
// (kInvalid). kBusy when another backup into the directory is under way.
//
// A file that an earlier backup copied is shared when it is as that one's manifest lists it; one that is
// damaged is copied anew, which mends the earlier backups too. The new one is read back before it is
// called whole, and only then are others removed. Ends it early, whatever the cause, the earlier ones
// stay as they are.
Status create_backup(Store& store, const std::string& backup_dir, BackupInfo* info,
                     const BackupOptions& options = {});

// Oldest first, those that are not whole too. kNotFound when the directory holds no backup.
Status list_backups(const std::string& backup_dir, std::vector<BackupInfo>* backups);

// Reads every file of the backup (0: the latest) and compares it with the manifest; kCorruption names
// the file, or says that there is no manifest.
Status verify_backup(const std::string& backup_dir, std::uint32_t id);

// Verifies the backup (0: the latest), writes it beside `data_dir` and moves it there as a whole,
// synced: a restore cut short leaves no data directory. `data_dir` must be absent or empty
// (kInvalid), and no mount point. `mark`, where given, may change the store, and add files of
// others to the directory it is given, before it is moved: a restored directory is never seen without.
// A backup that lacks attachments which were lost before it was taken is restored only with
// `accept_lacking`.
using MarkRestored = std::function<Status(Store& store, const std::string& directory,
                                          const BackupManifest& manifest)>;
Status restore_backup(const std::string& backup_dir, std::uint32_t id, const std::string& data_dir,
                      const MarkRestored& mark = {}, bool accept_lacking = false);

}  // namespace casewheel::storage
