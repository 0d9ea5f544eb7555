// The manifest of a backup: every file of it with length and SHA-256, and what else must hold of it.
// Written when all of them are there and synced, so that a backup without one was cut short and is not
// whole. Stored as BACKUPS/manifests/ID, lines of UTF-8, format 1:
//
//   casewheel-backup 1
//   backup ID TAKEN             milliseconds since 1970
//   file SHA256 BYTES PATH      within the backup directory; SHA256 in hexadecimal
//   attachment SHA256 BYTES BLOB  on its shelf
//   lacking BLOB                an attachment of the rows that was not on the shelf any more
//   fact TEXT                   as the caller of create_backup() gave it, see BackupOptions
//   end SHA256                  of all lines before
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "storage/listed_file.h"

namespace casewheel::storage {

struct BackupManifest {
  std::uint32_t id = 0;
  TimeMs taken = 0;
  std::map<std::string, ListedFile> files;        // by path within the backup directory
  std::map<std::string, ListedFile> attachments;  // by blob, 32 bytes
  std::set<std::string> lacking;                  // blobs: it is not whole
  std::vector<std::string> facts;
};

std::string manifests_of(const std::string& backup_dir);

// Durable when it returns.
Status write_manifest(const std::string& backup_dir, const BackupManifest& manifest);
// kNotFound: there is none. kCorruption: it is not as it was written.
Status read_manifest(const std::string& backup_dir, std::uint32_t id, BackupManifest* manifest);
// Ids in order.
Status list_manifests(const std::string& backup_dir, std::vector<std::uint32_t>* ids);

// Reads files and compares them with manifests: each once, however many list it.
class ManifestCheck {
 public:
  explicit ManifestCheck(std::string backup_dir) : backup_dir_(std::move(backup_dir)) {}
  // kCorruption names the first file that is not what was written, or is not there.
  Status check(const BackupManifest& manifest);

 private:
  Status check_file(const std::string& path, const ListedFile& listed);

  const std::string backup_dir_;
  std::map<std::string, ListedFile> looked_at_;  // by path; of no bytes and no digest: not there
};

}  // namespace casewheel::storage
