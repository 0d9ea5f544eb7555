// decisions: requests for a later date that wait for somebody to decide.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "engine/base/ids.h"
#include "engine/base/limits.h"
#include "engine/cli/case_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/directory.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

struct DecisionsAsked {
  v1::ListExtensionRequestsRequest request;
  int limit = 50;
};

std::string decisions_text(const v1::ListExtensionRequestsResponse& answer, const Output& output,
                           const Places& places) {
  Table table({"案號 Case", "序號 #", "單位 Unit", "承辦人 Handler", "時限 Clock", "現期限 Due",
               "申請至 Asked", "提出人 By", "原因 Reason"});
  for (const auto& item : answer.requests()) {
    table.add({group_case_number(item.case_number()), std::to_string(item.request().id()),
               id_told(places.units, item.unit()), id_told(places.staff, item.handler()),
               both(item.clock_kind()),
               item.has_current_due_time() ? output.deadline(to_ms(item.current_due_time()))
                                           : "停止計時 paused",
               output.deadline(to_ms(item.request().due_time())),
               id_told(places.staff, item.request().requested_by()),
               clip(one_line(item.request().reason()), 40)});
  }
  return table.text() + zone_line(output.zone());
}

int list_decisions(Session& session, const DecisionsAsked& typed) {
  v1::ListExtensionRequestsRequest request = typed.request;
  v1::ListExtensionRequestsResponse answer;
  do {
    request.set_page_size(std::min(typed.limit - answer.requests_size(), limits::kPageSizeMax));
    request.set_page_token(answer.next_page_token());
    v1::ListExtensionRequestsResponse page;
    const auto status = session.call(session.supervision(),
                                     &v1::Supervision::Stub::ListExtensionRequests, request, &page);
    if (!status.ok()) return session.fail(status);
    for (auto& item : *page.mutable_requests()) answer.add_requests()->Swap(&item);
    answer.set_next_page_token(page.next_page_token());
    answer.set_unreadable(answer.unreadable() + page.unreadable());
    *answer.mutable_as_of() = page.as_of();
  } while (!answer.next_page_token().empty() && answer.requests_size() < typed.limit);
  const Output& output = session.output();
  if (output.json()) {
    output.document(answer);
    return kExitOk;
  }
  const Places& places = session.directory()->places(request.tenant());
  output.out() << (answer.requests().empty() ? "無待核定之展延申請 nothing to decide\n"
                                             : decisions_text(answer, output, places));
  if (answer.unreadable() > 0)
    output.err() << "有案件資料損壞，未列出 damaged cases are left out: " << answer.unreadable()
                 << "\n";
  if (!answer.next_page_token().empty())
    output.err() << "尚有更多 there are more: a larger --limit\n";
  return kExitOk;
}

}  // namespace

void add_decision_commands(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<DecisionsAsked>();
  auto* command = app.add_subcommand(
      "decisions", "待核定展延 requests for a later date that wait for a decision");
  v1::ListExtensionRequestsRequest& r = typed->request;
  command->add_option("--tenant", *r.mutable_tenant(), "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--unit", *r.mutable_unit(), "單位");
  command->add_flag_callback(
      "--subtree", [typed] { typed->request.set_unit_subtree(true); },
      "含下級單位 the units below it too");
  command->add_option("--decider", *r.mutable_decider(),
                      "核定人 only what this person was told of");
  command->add_option("--limit", typed->limit, "至多幾筆 at most so many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) { return list_decisions(session, *typed); };
  });
}

}  // namespace casewheel::cli
