// figures: what a period brought, by unit, service, kind, channel, day or month; as a table or as CSV.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <array>
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/cli/arguments.h"
#include "engine/cli/command_line.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

using Row = v1::Figures::Row;

struct FiguresAsked {
  v1::GetFiguresRequest request;
  std::string from, until, kind, csv;
  std::vector<std::string> by;
};

// A column of groups: shown only where it was asked for.
struct Group {
  v1::GetFiguresRequest::Grouping grouping;
  const char* name;
  std::string (*text)(const Row&);
};

std::string period_text(const Row& row) { return row.period(); }

const std::array kGroups = {Group{v1::GetFiguresRequest::GROUPING_DAY, "日期 Day", period_text},
                            Group{v1::GetFiguresRequest::GROUPING_MONTH, "月份 Month", period_text},
                            Group{v1::GetFiguresRequest::GROUPING_UNIT, "單位 Unit",
                                  [](const Row& row) { return row.unit(); }},
                            Group{v1::GetFiguresRequest::GROUPING_SERVICE, "服務 Service",
                                  [](const Row& row) { return row.service(); }},
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

std::vector<std::string> header_of(const v1::GetFiguresRequest& asked) {
  std::vector<std::string> cells;
  for (const Group& group : kGroups) {
    for (const int by : asked.by())
      if (by == group.grouping) cells.emplace_back(group.name);
  }
  for (const Figure& figure : kFigures) cells.emplace_back(figure.name);
  return cells;
}

// `total`: the first group's cell says so, the others are empty.
std::vector<std::string> cells_of(const v1::GetFiguresRequest& asked, const Row& row, bool total) {
  std::vector<std::string> cells;
  for (const Group& group : kGroups) {
    for (const int by : asked.by()) {
      if (by != group.grouping) continue;
      cells.push_back(!total ? one_line(group.text(row)) : cells.empty() ? "合計 Total" : "");
    }
  }
  for (const Figure& figure : kFigures) cells.push_back(std::to_string((row.*figure.value)()));
  return cells;
}

// RFC 4180. What a spreadsheet would take for a formula is not among these names.
std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (!line.empty() || &cell != &cells.front()) line += ',';
    if (cell.find_first_of(",\"\n") == cell.npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

std::string csv_text(const v1::GetFiguresRequest& asked, const v1::Figures& figures) {
  std::string text = "\xEF\xBB\xBF" + csv_line(header_of(asked));  // with a BOM, as Excel reads it
  for (const Row& row : figures.rows()) text += csv_line(cells_of(asked, row, false));
  if (figures.rows().empty()) text += csv_line(cells_of(asked, figures.total(), true));
  return text;
}

std::string table_text(const v1::GetFiguresRequest& asked, const v1::Figures& figures) {
  Table table(header_of(asked));
  for (const Row& row : figures.rows()) table.add(cells_of(asked, row, false));
  table.add(cells_of(asked, figures.total(), true));
  return table.text();
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
  read.time("--until", typed.until, request.mutable_until_time());
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
  if (!typed.csv.empty()) return write_csv(session, typed.csv, csv_text(request, figures));
  if (output.json()) {
    output.document(figures);
    return kExitOk;
  }
  output.out() << table_text(request, figures) << "截至 as of "
               << output.time(to_ms(figures.as_of())) << "\n";
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
  command->add_option("--from", typed->from, "起 the first day or instant")->required();
  command->add_option("--until", typed->until, "迄 the day or instant behind the last")->required();
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
