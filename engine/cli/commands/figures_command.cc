// figures: what a period brought, by unit, service, kind, channel, day or month; as a table or as CSV.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/cli/arguments.h"
#include "engine/cli/command_line.h"
#include "engine/cli/directory.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/tables/csv.h"

namespace casewheel::cli {
namespace {

using Row = v1::Figures::Row;

struct FiguresAsked {
  v1::GetFiguresRequest request;
  std::string from, until, kind, csv;
  std::vector<std::string> by;
};

// A column of groups: shown only where it was asked for. What has an id has a name beside it.
struct Group {
  v1::GetFiguresRequest::Grouping grouping;
  const char* name;
  std::string (*text)(const Row&);
  const char* names_name = nullptr;  // of the CSV's column
  std::vector<Entry> Places::*names = nullptr;
};

std::string period_text(const Row& row) { return row.period(); }

const std::array kGroups = {
    Group{v1::GetFiguresRequest::GROUPING_DAY, "日期 Day", period_text},
    Group{v1::GetFiguresRequest::GROUPING_MONTH, "月份 Month", period_text},
    Group{v1::GetFiguresRequest::GROUPING_UNIT, "單位 Unit",
          [](const Row& row) { return row.unit(); }, "單位名稱 Unit name", &Places::units},
    Group{v1::GetFiguresRequest::GROUPING_SERVICE, "服務 Service",
          [](const Row& row) { return row.service(); }, "服務名稱 Service name", &Places::services},
    Group{v1::GetFiguresRequest::GROUPING_KIND, "性質 Kind",
          [](const Row& row) { return both(row.kind()); }},
    Group{v1::GetFiguresRequest::GROUPING_CHANNEL, "管道 Channel",
          [](const Row& row) { return both(row.channel()); }}};

struct Figure {
  const char* name;
  std::uint64_t (Row::*value)() const;
};
constexpr std::array kFigures = {Figure{"受理 Lodged", &Row::lodged},
                                 Figure{"結案 Closed", &Row::closed},
                                 Figure{"撤案 Withdrawn", &Row::withdrawn},
                                 Figure{"併案 Merged", &Row::merged},
                                 Figure{"未結 Open", &Row::open},
                                 Figure{"逾期未結 Overdue", &Row::overdue},
                                 Figure{"如期 Met", &Row::clocks_met},
                                 Figure{"逾期 Broken", &Row::clocks_broken},
                                 Figure{"因異動逾期 Late by change", &Row::clocks_late_by_change},
                                 Figure{"結案免辦 No longer owed", &Row::clocks_no_longer_owed}};

// What the figures are of: no number is read without it.
struct Scope {
  std::string from, until, cases, as_of;
};

std::string name_beside(const std::vector<Entry>& entries, const std::string& id) {
  const auto known = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.id == id; });
  return known == entries.end() ? std::string() : one_line(known->name_zh);
}

bool groups_by(const v1::GetFiguresRequest& asked, const Group& group) {
  return std::find(asked.by().begin(), asked.by().end(), group.grouping) != asked.by().end();
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells)
    line += (&cell == &cells.front() ? "" : ",") + tables::csv_cell(cell);
  return line + "\r\n";
}

std::string csv_header(const v1::GetFiguresRequest& asked) {
  std::vector<std::string> cells;
  for (const Group& group : kGroups) {
    if (!groups_by(asked, group)) continue;
    cells.emplace_back(group.name);
    if (group.names_name != nullptr) cells.emplace_back(group.names_name);
  }
  for (const Figure& figure : kFigures) cells.emplace_back(figure.name);
  for (const char* name : {"起 From", "迄 Until", "範圍 Scope", "截至 As of"})
    cells.emplace_back(name);
  return csv_line(cells);
}

std::string csv_row(const v1::GetFiguresRequest& asked, const Row& row, const Places& places,
                    const Scope& scope) {
  std::vector<std::string> cells;
  for (const Group& group : kGroups) {
    if (!groups_by(asked, group)) continue;
    cells.push_back(one_line(group.text(row)));
    if (group.names != nullptr) cells.push_back(name_beside(places.*group.names, group.text(row)));
  }
  for (const Figure& figure : kFigures) cells.push_back(std::to_string((row.*figure.value)()));
  cells.insert(cells.end(), {scope.from, scope.until, scope.cases, scope.as_of});
  return csv_line(cells);
}

// Of a period without a case one row of zeros: an empty file would not say of what.
std::string csv_text(const v1::GetFiguresRequest& asked, const v1::Figures& figures,
                     const Places& places, const Scope& scope) {
  std::string text = "\xEF\xBB\xBF" + csv_header(asked);  // with a BOM, as Excel reads it
  for (const Row& row : figures.rows()) text += csv_row(asked, row, places, scope);
  if (figures.rows().empty()) text += csv_row(asked, figures.total(), places, scope);
  return text;
}

// `total`: the first group's cell says so, the others are empty.
std::vector<std::string> cells_of(const v1::GetFiguresRequest& asked, const Row& row,
                                  const Places& places, bool total) {
  std::vector<std::string> cells;
  for (const Group& group : kGroups) {
    if (!groups_by(asked, group)) continue;
    if (total) {
      cells.emplace_back(cells.empty() ? "合計 Total" : "");
    } else {
      cells.push_back(group.names == nullptr ? one_line(group.text(row))
                                             : id_told(places.*group.names, group.text(row)));
    }
  }
  for (const Figure& figure : kFigures) cells.push_back(std::to_string((row.*figure.value)()));
  return cells;
}

std::string table_text(const v1::GetFiguresRequest& asked, const v1::Figures& figures,
                       const Places& places, const Scope& scope, const std::string& zone) {
  Fields fields;
  fields.add("期間 Period", scope.from + " – " + scope.until + "（" + zone + "）");
  fields.add("範圍 Scope", scope.cases);
  fields.add("截至 As of", scope.as_of);
  std::vector<std::string> header;
  for (const Group& group : kGroups) {
    if (groups_by(asked, group)) header.emplace_back(group.name);
  }
  for (const Figure& figure : kFigures) header.emplace_back(figure.name);
  Table table(std::move(header));
  for (const Row& row : figures.rows()) table.add(cells_of(asked, row, places, false));
  table.add(cells_of(asked, figures.total(), places, true));
  return fields.text() + "\n" + table.text();
}

// "臺南區處（tainan）及下級單位、陳情": what one grant lets the caller count.
std::string part_told(const v1::Grant& grant, const Places& places) {
  std::string text = grant.unit().empty() ? "全部單位 every unit"
                                          : id_told(places.units, grant.unit()) + "及下級單位";
  for (int i = 0; i < grant.kinds_size(); ++i)
    text += std::string(i == 0 ? "之" : "、") + word(grant.kinds(i)).chinese;
  return text;
}

// The part of the enterprise's cases that the caller may see and the engine counts, by her grants of the right to
// read figures; empty where it is all of them.
std::string part_seen(Session& session, const std::string& tenant, const Places& places) {
  v1::Identity identity;
  v1::ListRightsResponse table;
  const auto known = session.call(session.access(), &v1::Access::Stub::GetIdentity,
                                  v1::GetIdentityRequest(), &identity, Patience::kAside);
  const auto listed = session.call(session.access(), &v1::Access::Stub::ListRights,
                                   v1::ListRightsRequest(), &table, Patience::kAside);
  if (!known.ok() || !listed.ok() || identity.kind() == "operator") return "";
  const auto right = std::find_if(table.rights().begin(), table.rights().end(),
                                  [](const auto& one) { return one.name() == "statistics.read"; });
  if (right == table.rights().end()) return "";
  std::string text;
  for (const v1::Grant& grant : identity.grants()) {
    const bool holds = std::find(right->roles().begin(), right->roles().end(), grant.role()) !=
                       right->roles().end();
    if (!holds || (!grant.tenant().empty() && grant.tenant() != tenant)) continue;
    if (grant.unit().empty() && grant.kinds().empty()) return "";
    text += (text.empty() ? "" : "；") + part_told(grant, places);
  }
  if (!text.empty() && !identity.staff().empty() && identity.tenant() == tenant)
    text += "；本人承辦案件";
  return text;
}

Scope scope_of(Session& session, const v1::GetFiguresRequest& asked, const Places& places,
               TimeMs as_of_ms) {
  const Output& output = session.output();
  Scope scope;
  scope.from = output.time(to_ms(asked.from_time()));
  scope.until = output.deadline(to_ms(asked.until_time()));
  scope.as_of = output.time(as_of_ms);
  scope.cases = asked.unit().empty() ? "全事業 the whole enterprise"
                                     : id_told(places.units, asked.unit()) +
                                           (asked.unit_subtree() ? "及下級單位 and below" : "");
  if (!asked.service().empty()) scope.cases += "，" + id_told(places.services, asked.service());
  if (asked.kind() != v1::KIND_UNSPECIFIED) scope.cases += "，" + both(asked.kind());
  const std::string part = part_seen(session, asked.tenant(), places);
  if (!part.empty()) scope.cases += "；僅計您可查看者 of it only what you may see：" + part;
  return scope;
}

int write_csv(Session& session, const std::string& path, const std::string& text) {
  if (path == "-") {
    session.output().out() << text;
    return kExitOk;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return session.refuse("無法寫入 cannot write " + path);
  return kExitOk;
}

int show_figures(Session& session, const FiguresAsked& typed) {
  const Output& output = session.output();
  Arguments read(output.zone());
  v1::GetFiguresRequest request = typed.request;
  read.time("--from", typed.from, request.mutable_from_time());
  read.deadline("--until", typed.until, request.mutable_until_time());
  request.set_kind(read.word<v1::Kind>("--kind", typed.kind));
  for (const std::string& by : typed.by)
    request.add_by(read.word<v1::GetFiguresRequest::Grouping>("--by", by));
  if (!read.mistake().empty()) return session.refuse(read.mistake());
  v1::Figures figures;
  const auto status =
      session.call(session.supervision(), &v1::Supervision::Stub::GetFigures, request, &figures);
  if (!status.ok()) return session.fail(status);
  if (figures.unreadable() > 0) {
    output.err() << "有 " << figures.unreadable()
                 << " 處資料損壞，數字可能不全 damaged rows: the figures may lack cases\n";
  }
  if (typed.csv.empty() && output.json()) {
    output.document(figures);
    return kExitOk;
  }
  const Places& places = session.directory()->places(request.tenant());
  const Scope scope = scope_of(session, request, places, to_ms(figures.as_of()));
  if (!typed.csv.empty())
    return write_csv(session, typed.csv, csv_text(request, figures, places, scope));
  output.out() << table_text(request, figures, places, scope, output.zone_name());
  return kExitOk;
}

}  // namespace

void add_figures_command(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<FiguresAsked>();
  auto* command = app.add_subcommand(
      "figures", "期間統計 what was taken in, ended, kept and broken in a period");
  v1::GetFiguresRequest& r = typed->request;
  command->add_option("--tenant", *r.mutable_tenant(), "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--from", typed->from, "起 the first day, or an instant")->required();
  command
      ->add_option("--until", typed->until,
                   "迄（含當日）the last day, counted to its end; or an instant")
      ->required();
  command->add_option("--unit", *r.mutable_unit(), "單位");
  command->add_flag_callback(
      "--subtree", [typed] { typed->request.set_unit_subtree(true); },
      "含下級單位 the units below it too");
  command->add_option("--service", *r.mutable_service(), "服務項目");
  command->add_option("--kind", typed->kind, "案件性質");
  command
      ->add_option("--by", typed->by,
                   "分組 unit, service, kind, channel, day, month; comma between them")
      ->delimiter(',');
  command->add_option("--csv", typed->csv, "輸出 CSV 檔 a file; - is the output");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) { return show_figures(session, *typed); };
  });
}

}  // namespace casewheel::cli
