#include "engine/cli/offline.h"

#include <google/protobuf/util/time_util.h>

#include <boost/json/serialize.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "engine/base/digest.h"
#include "engine/cli/failure.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/partition/backup_facts.h"
#include "engine/partition/holdings.h"
#include "engine/partition/installation.h"
#include "storage/rocks/backup.h"
#include "storage/shelf/shelf.h"

namespace casewheel::cli {

int refused(const Status& status, const char* code, const char* what, const Output& output) {
  if (output.json()) {
    const boost::json::object error{{"code", code}, {"message", status.message()}};
    output.err() << boost::json::serialize(boost::json::object{{"error", error}}) << "\n";
  } else {
    output.err() << "casewheel: " << what << ": " << status.message() << "\n";
  }
  return kExitRefused;
}

namespace {

// Those the cases have, each as the manifest lists it.
Status restore_attachments(const std::string& backups, const std::string& directory,
                           const storage::Store& store, const storage::BackupManifest& manifest) {
  partition::Installation installation;
  if (Status read = partition::read_installation(store, &installation); !read) return read;
  storage::ShelfCopy copy(storage::shelf_of(backups), storage::shelf_of(directory));
  Status copied;
  const auto restore = [&](std::string_view blob) {
    if (!copied || manifest.lacking.contains(std::string(blob))) return;
    const auto listed = manifest.attachments.find(std::string(blob));
    if (listed == manifest.attachments.end()) {
      copied = {Status::Code::kCorruption,
                "the backup is not whole: it lacks the attachment " + hex(blob)};
      return;
    }
    storage::ListedFile found;
    copied = copy.add(blob, listed->second, &found);
    if (copied && found != listed->second)
      copied = {Status::Code::kCorruption,
                "attachment " + hex(blob) + " is not what the backup's manifest lists"};
  };
  const Status visited =
      partition::visit_held(store, static_cast<PartitionId>(installation.partitions), restore);
  return visited ? copied : visited;
}

}  // namespace

int show_backups(const BackupsOptions& options, const Output& output) {
  std::vector<storage::BackupInfo> backups;
  Status status = storage::list_backups(options.backup_directory, &backups);
  if (status && options.backup_id != 0) {
    std::erase_if(backups, [&](const auto& backup) { return backup.id != options.backup_id; });
    if (backups.empty())
      status = Status(Status::Code::kNotFound,
                      "there is no backup " + std::to_string(options.backup_id));
  }
  if (!status) return refused(status, "BACKUPS_FAILED", "備份無法列出 no backups", output);
  Table table(
      {"編號 Id", "時間 Taken", "位元組 Bytes", "檔案 Files", "附件 Attachments", "檢查 Check"});
  boost::json::array lines;
  bool whole = true;
  for (const storage::BackupInfo& backup : backups) {
    std::string found;
    if (options.verify) {
      const Status read = storage::verify_backup(options.backup_directory, backup.id);
      whole &= read.is_ok();
      found = read ? "完整 whole" : "不完整 not whole: " + read.message();
    }
    table.add({std::to_string(backup.id),
               backup.created_at == 0 ? "" : output.time(backup.created_at),
               std::to_string(backup.bytes), std::to_string(backup.files),
               std::to_string(backup.attachments), found});
    boost::json::object line{
        {"id", backup.id},
        {"taken", google::protobuf::util::TimeUtil::ToString(to_timestamp(backup.created_at))},
        {"bytes", backup.bytes},
        {"files", backup.files},
        {"attachments", backup.attachments},
        {"lacking", backup.lacking}};
    if (options.verify) line["check"] = found;
    lines.push_back(std::move(line));
  }
  if (output.json()) {
    output.document(boost::json::object{{"backups", std::move(lines)}, {"whole", whole}});
  } else {
    output.out() << table.text();
  }
  return whole ? kExitOk : kExitDisagreed;
}

int restore_backup(const OfflineRestoreOptions& options, const Output& output) {
  // Marked, so that what came due since the backup fires with the cause "restored".
  const auto complete = [&](storage::Store& store, const std::string& directory,
                            const storage::BackupManifest& manifest) {
    if (Status held = partition::check_facts(store, manifest.facts); !held) return held;
    if (Status copied = restore_attachments(options.backup_directory, directory, store, manifest);
        !copied)
      return copied;
    return partition::mark_restored(store);
  };
  const Status status =
      storage::restore_backup(options.backup_directory, options.backup_id, options.data_directory,
                              complete, options.accept_lacking);
  if (!status) return refused(status, "RESTORE_FAILED", "還原失敗 restore failed", output);
  if (output.json()) {
    output.document(
        boost::json::object{{"restored", true}, {"data_directory", options.data_directory}});
  } else {
    output.out() << "已還原 restored to " << options.data_directory
                 << "; 啟動前請先驗證 check it before starting: casewheel verify --data "
                 << options.data_directory << "\n";
  }
  return kExitOk;
}

}  // namespace casewheel::cli
