// Verification of a data directory without an engine.
#include "engine/cli/failure.h"
#include "engine/cli/offline.h"
#include "engine/cli/session.h"
#include "engine/cli/verify_view.h"
#include "engine/partition/verify.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::cli {
namespace {

casewheel::v1::VerifyReport to_report(const partition::VerifyReport& from) {
  casewheel::v1::VerifyReport report;
  report.set_ok(from.ok());
  for (const std::string& problem : from.problems) report.add_problems(problem);
  report.set_problem_count(from.problem_count);
  report.set_digest(from.digest);
  report.set_replayed_digest(from.replayed_digest);
  report.set_entries(from.entries);
  report.set_events(from.events);
  report.set_cases(from.cases);
  report.set_open_cases(from.open_cases);
  report.set_clock_rows(from.clock_rows);
  return report;
}

}  // namespace

int verify_directory(const OfflineVerifyOptions& options, const Output& output) {
  std::unique_ptr<storage::Store> store;
  storage::RocksOptions opening;
  opening.path = options.data_directory;
  opening.read_only = true;
  partition::VerifyReport report;
  Status status = storage::open_rocks(opening, &store);
  if (status) {
    Progress progress(output, "驗證 verifying");
    status = partition::verify(
        *store,
        [&](std::uint64_t done, std::uint64_t total) {
          progress.update(done, total);
          return true;
        },
        &report);
  }
  if (status.code() == Status::Code::kCorruption) {
    report.problems.push_back(status.message());
    ++report.problem_count;
  } else if (!status) {
    return usage_error(output, options.data_directory + ": " + status.message());
  }
  return show_verify_report(to_report(report), output);
}

}  // namespace casewheel::cli
