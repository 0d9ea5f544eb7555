#include "engine/cli/offline.h"

#include <boost/json/serialize.hpp>
#include <ostream>

#include "engine/cli/failure.h"
#include "engine/partition/holdings.h"
#include "engine/partition/installation.h"
#include "storage/rocks/backup.h"
#include "storage/shelf/shelf.h"

namespace casewheel::cli {

int restore_backup(const OfflineRestoreOptions& options, const Output& output) {
  // Marked, so that what came due since the backup fires with the cause "restored".
  // Of the files, those its cases have.
  const auto complete = [&](storage::Store& store, const std::string& directory) {
    partition::Installation installation;
    if (Status read = partition::read_installation(store, &installation); !read) return read;
    storage::ShelfCopy copy(storage::shelf_of(options.backup_directory),
                            storage::shelf_of(directory));
    Status copied;
    const Status visited = partition::visit_held(
        store, static_cast<PartitionId>(installation.partitions), [&](std::string_view blob) {
          if (copied) copied = copy.add(blob);
        });
    if (!visited || !copied) return visited ? copied : visited;
    return partition::mark_restored(store);
  };
  const Status status = storage::restore_backup(options.backup_directory, options.backup_id,
                                                options.data_directory, complete);
  if (!status.is_ok()) {
    if (output.json()) {
      const boost::json::object error{{"code", "RESTORE_FAILED"}, {"message", status.message()}};
      output.err() << boost::json::serialize(boost::json::object{{"error", error}}) << "\n";
    } else {
      output.err() << "casewheel: 還原失敗 restore failed: " << status.message() << "\n";
    }
    return kExitRefused;
  }
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
