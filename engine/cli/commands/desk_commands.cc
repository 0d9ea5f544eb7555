// work: what lies on one's own desk and on that of one's unit, by what is due next.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/cli/case_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/directory.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

constexpr std::int64_t kEverSeconds = 315'000'000'000;  // what the API takes at most, nearly

struct TypedDesk {
  std::string tenant, unit;
  int limit = 100;
};

// Who is at work, and where.
struct Desk {
  std::string tenant, staff, unit;
};

// The mistake, or empty.
std::string find_desk(Session& session, const TypedDesk& typed, const v1::Identity& identity,
                      Desk* desk) {
  desk->tenant = typed.tenant.empty() ? identity.tenant() : typed.tenant;
  desk->staff = identity.kind() == "operator" ? session.options().actor : identity.staff();
  Directory& directory = *session.directory();
  if (desk->tenant.empty() && directory.tenants().size() == 1)
    desk->tenant = directory.tenants().front().id;
  if (desk->tenant.empty()) return "缺少 --tenant is required: which enterprise?";
  desk->unit = typed.unit;
  for (const Entry& person : directory.places(desk->tenant).staff) {
    if (person.id == desk->staff && desk->unit.empty()) desk->unit = person.unit;
  }
  if (desk->staff.empty() && desk->unit.empty())
    return "不知您是哪位人員：請登入，或加 --as 員工代號，或 --unit 單位 who are you? Sign in, or "
           "give --as "
           "or --unit";
  return "";
}

// Of the handler or of the unit, by the next date, but for those of `but`, until there are as many as the limit;
// the token that remains says that there is more.
grpc::Status read_due(Session& session, v1::DueFilter filter, int limit, const std::string& but,
                      v1::ListDueResponse* all) {
  filter.mutable_horizon()->set_seconds(kEverSeconds);
  v1::ListDueRequest request;
  *request.mutable_filter() = std::move(filter);
  do {
    request.set_page_size(std::min(limit - all->cases_size(), limits::kPageSizeMax));
    request.set_page_token(all->next_page_token());
    v1::ListDueResponse page;
    const auto status =
        session.call(session.supervision(), &v1::Supervision::Stub::ListDue, request, &page);
    if (!status.ok()) return status;
    for (auto& due : *page.mutable_cases()) {
      if (but.empty() || due.handler() != but) all->add_cases()->Swap(&due);
    }
    all->set_next_page_token(page.next_page_token());
    *all->mutable_as_of() = page.as_of();
  } while (!all->next_page_token().empty() && all->cases_size() < limit);
  return grpc::Status::OK;
}

void print_part(const Output& output, const std::string& heading, const v1::ListDueResponse& part) {
  output.out() << heading << "（" << part.cases_size()
               << (part.next_page_token().empty() ? "" : "+") << "）\n";
  if (part.cases().empty()) {
    output.out() << "  無 none\n";
  } else {
    output.out() << work_list_text(part.cases(), {output.zone(), to_ms(part.as_of())});
  }
}

int show_work(Session& session, const TypedDesk& typed) {
  v1::Identity identity;
  const auto known = session.call(session.access(), &v1::Access::Stub::GetIdentity,
                                  v1::GetIdentityRequest(), &identity);
  if (!known.ok()) return session.fail(known);
  Desk desk;
  if (const std::string mistake = find_desk(session, typed, identity, &desk); !mistake.empty())
    return session.refuse(mistake);
  v1::ListDueResponse mine, others;
  v1::DueFilter filter;
  filter.set_tenant(desk.tenant);
  if (!desk.staff.empty()) {
    filter.set_handler(desk.staff);
    const auto status = read_due(session, filter, typed.limit, "", &mine);
    if (!status.ok()) return session.fail(status);
    filter.clear_handler();
  }
  if (!desk.unit.empty()) {
    filter.set_unit(desk.unit);
    const auto status = read_due(session, filter, typed.limit, desk.staff, &others);
    if (!status.ok()) return session.fail(status);
  }
  const Output& output = session.output();
  if (output.json()) {
    for (auto& due : *others.mutable_cases()) mine.add_cases()->Swap(&due);
    if (mine.next_page_token().empty()) mine.set_next_page_token(others.next_page_token());
    output.document(mine);
    return kExitOk;
  }
  if (!desk.staff.empty()) print_part(output, "我的案件 My cases", mine);
  if (!desk.unit.empty())
    print_part(output,
               (desk.staff.empty() ? "" : "\n") + std::string("本單位案件 The unit's cases ") +
                   id_told(session.directory()->places(desk.tenant).units, desk.unit),
               others);
  output.out() << zone_line(output.zone());
  if (!mine.next_page_token().empty() || !others.next_page_token().empty())
    output.err() << "尚有更多案件 there are more: a larger --limit\n";
  return kExitOk;
}

}  // namespace

void add_desk_commands(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<TypedDesk>();
  auto* command =
      app.add_subcommand("work", "我的工作 my cases and my unit's, what is due next first");
  command->add_option("--tenant", typed->tenant, "事業 enterprise (default: one's own)")
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--unit", typed->unit, "單位 (default: one's own)");
  command->add_option("--limit", typed->limit, "至多幾筆 at most so many of each")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) { return show_work(session, *typed); };
  });
}

}  // namespace casewheel::cli
