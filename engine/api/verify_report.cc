#include "engine/api/verify_report.h"

namespace casewheel::api {

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
  report.set_erased_cases(from.erased_cases);
  report.set_attachments(from.attachments);
  report.set_unclocked_cases(from.unclocked_cases);
  report.set_lost_entries(from.lost_entries);
  report.set_lost_cases(from.lost_cases);
  report.set_restated_cases(from.restated_cases);
  for (const std::string& file : from.damaged_files) report.add_damaged_files(file);
  return report;
}

}  // namespace casewheel::api
