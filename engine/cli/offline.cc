#include "engine/cli/offline.h"

#include <boost/json/serialize.hpp>
#include <ostream>

#include "engine/cli/failure.h"
#include "engine/partition/installation.h"
#include "storage/rocks/backup.h"

namespace casewheel::cli {

int restore_backup(const OfflineRestoreOptions& options, const Output& output) {
  // Marked, so that what came due since the backup fires with the cause "restored".
  const Status status = storage::restore_backup(options.backup_directory, options.backup_id,
                                                options.data_directory, &partition::mark_restored);
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
