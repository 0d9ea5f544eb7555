// Verification of a data directory without an engine.
#include "engine/api/verify_report.h"
#include "engine/cli/failure.h"
#include "engine/cli/offline.h"
#include "engine/cli/session.h"
#include "engine/cli/verify_view.h"
#include "engine/partition/installation.h"
#include "engine/partition/verify.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::cli {

int verify_directory(const OfflineVerifyOptions& options, const Output& output) {
  std::unique_ptr<storage::Store> store;
  storage::RocksOptions opening;
  opening.path = options.data_directory;
  opening.read_only = true;
  partition::VerifyReport report;
  Status status = storage::open_rocks(opening, &store);
  if (status) {
    Progress progress(output, "驗證 verifying");
    partition::Installation installation;
    std::unique_ptr<storage::Shelf> shelf;
    if (partition::read_installation(*store, &installation))
      shelf =
          storage::Shelf::read_only(storage::shelf_of(options.data_directory), installation.secret);
    status = partition::verify(
        *store,
        [&](std::uint64_t done, std::uint64_t total) {
          progress.update(done, total);
          return true;
        },
        &report, shelf.get());
  }
  if (status.code() == Status::Code::kCorruption) {
    report.problems.push_back(status.message());
    ++report.problem_count;
  } else if (!status) {
    return usage_error(output, options.data_directory + ": " + status.message());
  }
  return show_verify_report(api::to_report(report), output);
}

}  // namespace casewheel::cli
