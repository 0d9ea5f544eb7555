#include "engine/cli/verify_view.h"

#include <ostream>

#include "engine/cli/failure.h"
#include "engine/cli/table.h"

namespace casewheel::cli {

int show_verify_report(const casewheel::v1::VerifyReport& report, const Output& output) {
  const int code = report.ok() ? kExitOk : kExitDisagreed;
  if (output.json()) {
    output.document(report);
    return code;
  }
  Fields fields;
  fields.add("結果 Result", !report.ok() ? "不一致 problems were found"
                            : report.lost_entries() > 0
                                ? "一致，修復缺漏已列入紀錄 agrees; what a repair "
                                  "could not have is on record"
                                : "一致 everything agrees");
  fields.add("歷程 Journal", std::to_string(report.entries()) + " entries, " +
                                 std::to_string(report.events()) + " events");
  fields.add("案件 Cases",
             std::to_string(report.cases()) + ", 未結 open " + std::to_string(report.open_cases()));
  if (report.erased_cases() > 0)
    fields.add("已刪個資 Erased", std::to_string(report.erased_cases()));
  fields.add("時限列 Clock rows", std::to_string(report.clock_rows()));
  if (report.unclocked_cases() > 0)
    fields.add("無時限 Unclocked",
               std::to_string(report.unclocked_cases()) +
                   " 件未結案件沒有任何時限 open cases owe nothing: see `overdue`");
  if (report.attachments() > 0)
    fields.add("附件 Attachments", std::to_string(report.attachments()));
  if (report.lost_entries() > 0)
    fields.add("修復缺漏 Lost in a repair", std::to_string(report.lost_entries()) + " entries, " +
                                                std::to_string(report.lost_cases()) +
                                                " cases, 歷程不全 with a gap in the history " +
                                                std::to_string(report.restated_cases()));
  for (const std::string& file : report.damaged_files())
    fields.add("損壞檔案 Damaged file", one_line(file));
  fields.add("狀態摘要 State digest", report.digest());
  fields.add("重播摘要 Replayed digest", report.replayed_digest());
  if (report.problem_count() > 0)
    fields.add("問題 Problems", std::to_string(report.problem_count()));
  output.out() << fields.text();
  for (const std::string& problem : report.problems())
    output.out() << "  " << one_line(problem) << "\n";
  const auto listed = static_cast<std::uint64_t>(report.problems_size());
  if (report.problem_count() > listed) {
    output.out() << "  …另有 and " << report.problem_count() - listed << " more\n";
  }
  return code;
}

}  // namespace casewheel::cli
