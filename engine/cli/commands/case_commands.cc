// show, list, find, history: looking at cases.
#include <memory>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/directory.h"
#include "engine/cli/history_view.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

grpc::Status read_history(Session& session, const std::string& number,
                          v1::ListCaseHistoryResponse* answer) {
  v1::ListCaseHistoryRequest request;
  request.set_case_number(number);
  request.set_page_size(limits::kHistoryPageMax);
  do {
    v1::ListCaseHistoryResponse page;
    const auto status =
        session.call(session.cases(), &v1::Cases::Stub::ListCaseHistory, request, &page);
    if (!status.ok()) return status;
    for (auto& entry : *page.mutable_entries()) answer->add_entries()->Swap(&entry);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return grpc::Status::OK;
}

void add_show(CLI::App& app, CommandLine& line) {
  auto number = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("show", "查看案件 one case, all of it");
  add_case_number(*command, *number);
  command->callback([&line, number] {
    line.command = [number](Session& session) {
      return show_case(session, *number, [&session](const v1::Case& view) {
        const Output& output = session.output();
        if (output.json()) {
          output.document(view);
        } else {
          const Viewpoint from{output.zone(), session.engine_now()};
          output.out() << case_text(view, from);
          v1::ListCaseHistoryResponse history;
          // Where it cannot be had, the case is shown all the same.
          if (read_history(session, view.case_number(), &history).ok())
            output.out() << said_text(history.entries(), from,
                                      places_of(session, view.case_number()));
        }
      });
    };
  });
}

// How much of a paged answer is wanted.
struct Extent {
  int limit = 50;
  bool all = false;
};

void add_extent(CLI::App& command, Extent& extent) {
  command.add_option("--limit", extent.limit, "至多幾筆 at most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_flag("--all", extent.all, "全部 everything there is");
}

// Follows page tokens until the extent is reached. Response has `cases` and `next_page_token`; what
// is left afterwards is named by the token that remains in `answer`.
template <typename Request, typename Response>
grpc::Status read_pages(Session& session,
                        grpc::Status (v1::Cases::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                        Request request, const Extent& extent, Response* answer) {
  do {
    const int left = extent.all ? limits::kPageSizeMax : extent.limit - answer->cases_size();
    request.set_page_size(std::min(left, limits::kPageSizeMax));
    request.set_page_token(answer->next_page_token());
    Response page;
    const auto status = session.call(session.cases(), method, request, &page);
    if (!status.ok()) return status;
    for (auto& view : *page.mutable_cases()) answer->add_cases()->Swap(&view);
    answer->set_unreadable(answer->unreadable() + page.unreadable());
    if constexpr (requires { page.unreadable_case_numbers(); })
      answer->mutable_unreadable_case_numbers()->MergeFrom(page.unreadable_case_numbers());
    answer->set_next_page_token(page.next_page_token());
  } while (!answer->next_page_token().empty() &&
           (extent.all || answer->cases_size() < extent.limit));
  return grpc::Status::OK;
}

template <typename Response>
int print_pages(Session& session, const Response& answer) {
  const Output& output = session.output();
  if (output.json()) {
    output.document(answer);
    return kExitOk;
  }
  if (answer.cases().empty()) {
    output.out() << "無案件 no cases\n";
  } else {
    output.out() << case_list_text(answer.cases(), {output.zone(), session.engine_now()});
  }
  if constexpr (requires { answer.unreadable_case_numbers(); }) {
    for (const std::string& number : answer.unreadable_case_numbers())
      output.err() << "資料損壞，無法讀取 of that person too, but damaged: " << number << "\n";
  }
  if (answer.unreadable() > 0) {
    output.err() << "資料損壞，略過 damaged and passed over: " << answer.unreadable()
                 << "，案件可能不只這些 there may be more cases than these\n";
  }
  if (!answer.next_page_token().empty()) {
    output.err() << "尚有更多案件，請加 there are more: --all, or a larger --limit\n";
  }
  return kExitOk;
}

void add_list(CLI::App& app, CommandLine& line) {
  struct Typed {
    v1::ListCasesRequest request;
    std::vector<std::string> statuses, kinds;
    std::string from, until;
    bool subtree = false;
    Extent extent;
  };
  auto typed = std::make_shared<Typed>();
  v1::ListCasesRequest& r = typed->request;
  auto* command = app.add_subcommand("list", "案件清單 cases of a tenant, newest first");
  command->add_option("--tenant", *r.mutable_tenant(), "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--status", typed->statuses, "狀態; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--kind", typed->kinds, "案件性質; may be repeated")->allow_extra_args(false);
  command->add_option("--unit", *r.mutable_unit(), "單位");
  command->add_flag("--subtree", typed->subtree, "含下級單位 the units below it too");
  command->add_option("--handler", *r.mutable_handler(), "承辦人");
  command->add_option("--service", *r.mutable_service(), "服務項目");
  command->add_option("--from", typed->from, "收件起 received from");
  command->add_option("--until", typed->until, "收件迄 received before; a day alone: to its end");
  add_extent(*command, typed->extent);
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::ListCasesRequest request = typed->request;
      Arguments read(session.output().zone());
      for (const auto& status : typed->statuses)
        request.add_statuses(read.word<v1::CaseStatus>("--status", status));
      for (const auto& kind : typed->kinds) request.add_kinds(read.word<v1::Kind>("--kind", kind));
      request.set_unit_subtree(typed->subtree);
      if (!typed->from.empty()) read.time("--from", typed->from, request.mutable_received_from());
      if (!typed->until.empty())
        read.deadline("--until", typed->until, request.mutable_received_until());
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::ListCasesResponse answer;
      const auto status =
          read_pages(session, &v1::Cases::Stub::ListCases, request, typed->extent, &answer);
      return status.ok() ? print_pages(session, answer) : session.fail(status);
    };
  });
}

void add_find(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string tenant, phone, email, customer_number;
    Extent extent;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "find", "依人查詢 all cases of one person, by phone, e-mail or customer number");
  command->add_option("--tenant", typed->tenant, "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  auto* key = command->add_option_group("key");
  key->add_option("--phone", typed->phone, "電話");
  key->add_option("--email", typed->email, "電子郵件");
  key->add_option("--customer-number", typed->customer_number, "電號、水號、客戶編號");
  key->require_option(1);
  add_extent(*command, typed->extent);
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::FindCasesByPersonRequest request;
      request.set_tenant(typed->tenant);
      if (!typed->phone.empty()) request.set_phone(typed->phone);
      if (!typed->email.empty()) request.set_email(typed->email);
      if (!typed->customer_number.empty()) request.set_customer_number(typed->customer_number);
      v1::FindCasesByPersonResponse answer;
      const auto status =
          read_pages(session, &v1::Cases::Stub::FindCasesByPerson, request, typed->extent, &answer);
      return status.ok() ? print_pages(session, answer) : session.fail(status);
    };
  });
}

void add_history(CLI::App& app, CommandLine& line) {
  auto number = std::make_shared<std::vector<std::string>>();
  auto* command =
      app.add_subcommand("history", "案件歷程 everything that happened to a case, oldest first");
  add_case_number(*command, *number);
  command->callback([&line, number] {
    line.command = [number](Session& session) {
      Arguments read(session.output().zone());
      const std::string asked = read.case_number(*number);
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::ListCaseHistoryResponse answer;
      const auto status = read_history(session, asked, &answer);
      if (!status.ok()) return session.fail(status);
      const Output& output = session.output();
      if (output.json()) return output.show(answer, "");
      return output.show(
          answer, history_text(answer.entries(), {output.zone(), 0}, places_of(session, asked)));
    };
  });
}

}  // namespace

void add_case_commands(CLI::App& app, CommandLine& line) {
  add_show(app, line);
  add_list(app, line);
  add_find(app, line);
  add_history(app, line);
}

}  // namespace casewheel::cli
