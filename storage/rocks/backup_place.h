// Where a backup may be written: a directory that is new or empty, or one of this installation's backups.
// RocksDB removes files it does not know from the folders it writes to, so a directory of anything else is
// never touched; and a backup within the data directory would be part of what it copies. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "storage/store.h"

namespace casewheel::storage {

// The file that says whose backups a directory holds.
inline constexpr const char* kBackupOwnerFile = "INSTALLATION";

// Makes the directory where it is not there and puts `owner` into kBackupOwnerFile, durably. `owner` is one
// line: the same for every backup of one installation. kInvalid, saying why, where the directory is
// something else's.
Status claim_backup_directory(Store& store, const std::string& directory, std::string_view owner);

}  // namespace casewheel::storage
