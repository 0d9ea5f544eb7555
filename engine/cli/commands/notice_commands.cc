// notices: what one person is to be told, and what waits for her decision.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>

#include "engine/base/ids.h"
#include "engine/cli/case_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/directory.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

std::string task_of(const v1::ListNoticesResponse::Notice& notice, const Output& output) {
  if (!notice.moved_by().empty()) {
    const std::string to = notice.has_moved_to_time()
                               ? output.deadline(to_ms(notice.moved_to_time()))
                               : "不再適用 owed no longer";
    return "承辦人改期 moved by " + one_line(notice.moved_by()) + " → " + to;
  }
  return notice.tells_applicant() ? "申請人 the applicant" : "-";
}

// Requests that wait for the person's decision, the oldest first; the others are in `decisions`.
void print_waiting_decisions(const Output& output, const v1::ListNoticesResponse& answer,
                             const Places& places) {
  if (answer.decisions_waiting() == 0) return;
  output.out() << "待核定之展延申請 requests for a later date that wait for a decision（"
               << answer.decisions_waiting() << "）\n";
  Table table({"案號 Case", "序號 #", "單位 Unit", "申請至 Asked", "提出時間 At", "提出人 By"});
  for (const auto& decision : answer.decisions()) {
    table.add({group_case_number(decision.case_number()),
               std::to_string(decision.extension_request()), id_told(places.units, decision.unit()),
               output.deadline(to_ms(decision.asked_due_time())),
               output.time(to_ms(decision.request_time())),
               id_told(places.staff, decision.requested_by())});
  }
  output.out() << table.text();
  if (answer.decisions_waiting() > static_cast<std::uint64_t>(answer.decisions_size()))
    output.out() << "其餘請查看 the others: casewheel decisions\n";
  output.out() << "核定 decide: casewheel decide-extension 案號 --extension 序號 --grant\n";
}

void print_notices(const Output& output, const v1::ListNoticesResponse& answer,
                   const Places& places) {
  if (!answer.notices().empty()) {
    Table table({"案號 Case", "單位 Unit", "時限 Clock", "層級 Level", "期限 Due", "應告知 Tell"});
    for (const auto& notice : answer.notices()) {
      table.add({group_case_number(notice.case_number()), one_line(notice.unit()),
                 both(notice.clock_kind()), std::to_string(notice.level()),
                 output.deadline(to_ms(notice.due_time())), task_of(notice, output)});
    }
    output.out() << table.text();
  }
  if (!answer.digests().empty()) {
    Table table(
        {"件數 Cases", "單位 Unit", "時限 Clock", "層級 Level", "最早期限 Oldest due", "例 E.g."});
    for (const auto& digest : answer.digests()) {
      table.add({std::to_string(digest.cases()), one_line(digest.unit()), both(digest.clock_kind()),
                 std::to_string(digest.level()), output.deadline(to_ms(digest.oldest_due())),
                 digest.examples().empty() ? "-" : group_case_number(digest.examples(0))});
    }
    output.out() << "彙總通知 a digest, because there are many:\n" << table.text();
  }
  print_waiting_decisions(output, answer, places);
  const bool told = !answer.notices().empty() || !answer.digests().empty();
  if (told || answer.decisions_waiting() != 0) {
    output.out() << zone_line(output.zone());
  } else {
    output.out() << "無通知 nothing to tell\n";
  }
  if (answer.waiting() != 0) {
    output.out() << "勿擾時段保留 kept back in quiet hours: " << answer.waiting() << "，"
                 << output.time(to_ms(answer.next_time())) << " 起通知 told from then on\n";
  }
}

}  // namespace

void add_notice_commands(CLI::App& app, CommandLine& line) {
  auto request = std::make_shared<v1::ListNoticesRequest>();
  auto* command =
      app.add_subcommand("notices",
                         "待辦通知 what one person is to be told: open escalations, and "
                         "requests that wait for a decision");
  command->add_option("--tenant", *request->mutable_tenant(), "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--staff", *request->mutable_staff(), "員工 whose (default: --as)");
  command->callback([&line, request] {
    line.command = [request](Session& session) {
      v1::ListNoticesResponse answer;
      const auto status = session.call(session.supervision(), &v1::Supervision::Stub::ListNotices,
                                       *request, &answer);
      if (!status.ok()) return session.fail(status);
      if (session.output().json()) {
        session.output().document(answer);
      } else {
        print_notices(session.output(), answer, session.directory()->places(request->tenant()));
      }
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace casewheel::cli
