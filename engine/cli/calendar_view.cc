#include "engine/cli/calendar_view.h"

#include <array>

#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

std::string number(std::uint64_t count) { return std::to_string(count); }

// Text of the engine's own with its line breaks kept, each line made harmless.
std::string lines(const std::string& text, const std::string& indent) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += indent + one_line(std::string_view(text).substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return out;
}

}  // namespace

std::string preview_text(const v1::ChangePreview& preview, const absl::TimeZone& zone) {
  Fields fields;
  fields.add("未結案件 Open cases", number(preview.open_cases()));
  fields.add("受影響案件 Cases moved", number(preview.cases_moved()));
  fields.add("期限延後 Clocks later", number(preview.clocks_later()));
  fields.add("期限提前 Clocks earlier", number(preview.clocks_earlier()));
  fields.add("其他異動 Changed otherwise", number(preview.clocks_otherwise()));
  fields.add("將成逾期 Newly breached", number(preview.newly_breached()));
  fields.add("不再逾期 No longer breached", number(preview.no_longer_breached()));
  std::string text = fields.text();
  if (preview.examples().empty()) return text;
  const auto due = [&zone](bool present, const google::protobuf::Timestamp& time) {
    return present ? format_deadline(to_ms(time), zone) : std::string("停止計時 paused");
  };
  Table table({"案號 Case", "時限 Clock", "原期限 Due before", "新期限 Due after", "縣市 County"});
  for (const auto& example : preview.examples()) {
    table.add({group_case_number(example.case_number()), both(example.kind()),
               due(example.has_due_before(), example.due_before()),
               due(example.has_due_after(), example.due_after()), one_line(example.county())});
  }
  return text + "\n" + table.text();
}

std::string calendar_changes_text(const v1::ApplyCalendarResponse& response, bool dry_run) {
  std::string text;
  for (const auto& calendar : response.calendars()) {
    const std::string version = number(calendar.version());
    text +=
        one_line(calendar.calendar()) + "  " +
        (dry_run ? "試算，尚未生效；套用後為第 " + version + " 版 would become version " + version
                 : "第 " + version + " 版生效 version " + version + " in force") +
        "\n";
    for (const std::string& change : calendar.diff()) text += "  " + one_line(change) + "\n";
    if (calendar.diff().empty()) text += "  無異動 no change\n";
  }
  for (const std::string& warning : response.warnings())
    text += "! 請確認 look twice: " + one_line(warning) + "\n";
  return text;
}

std::string calendar_list_text(const v1::ListCalendarsResponse& response) {
  if (response.calendars().empty()) return "尚無辦公日曆 no calendars\n";
  Table table({"日曆 Calendar", "版次 Version", "名稱", "Name", "上層 Parent", "事業 Tenant",
               "公告至 Known until", "假日 Holidays", "停班 Closures"});
  for (const auto& calendar : response.calendars()) {
    table.add({one_line(calendar.id()), number(calendar.version()), one_line(calendar.name_zh()),
               one_line(calendar.name_en()), one_line(calendar.parent()),
               one_line(calendar.tenant()), one_line(calendar.known_until()),
               number(calendar.holidays()), number(calendar.closures())});
  }
  return table.text();
}

std::string sweep_text(const v1::Sweep& sweep) {
  Fields fields;
  fields.add("規則版次 Edition", number(sweep.edition()));
  fields.add("狀態 State", sweep.partitions_done() == sweep.partitions()
                               ? "已全部套用 every open case stands under it"
                               : "套用中 under way");
  fields.add("分割區 Partitions done",
             number(sweep.partitions_done()) + " / " + number(sweep.partitions()));
  fields.add("已調整案件 Cases moved since start", number(sweep.moved()));
  return fields.text();
}

std::string explanation_text(const v1::ClockExplanation& explanation) {
  std::string text = group_case_number(explanation.case_number()) + "\n";
  if (explanation.clocks().empty()) text += "無時限 the case has no clocks\n";
  for (const auto& clock : explanation.clocks()) {
    text += "\n#" + std::to_string(clock.clock()) + "  " + both(clock.kind()) + "  " +
            both(clock.status()) + "\n" + lines(clock.text_zh(), "  ") + "\n" +
            lines(clock.text_en(), "  ");
  }
  return text;
}

std::string simulation_text(const v1::SimulateResponse& response) {
  Table table({"單位 Unit", "案件性質 Kind", "時限 Clock", "當時如期 Met then", "逾期 broken",
               "未定 open", "模擬如期 Met otherwise", "逾期 broken", "未定 open"});
  std::array<std::uint64_t, 6> totals{};
  for (const auto& line : response.lines()) {
    const std::array<std::uint64_t, 6> figures = {line.met_then(),  line.broken_then(),
                                                  line.open_then(), line.met(),
                                                  line.broken(),    line.open()};
    std::vector<std::string> row = {one_line(line.unit()), both(line.kind()), both(line.clock())};
    for (std::size_t i = 0; i < figures.size(); ++i) {
      totals[i] += figures[i];
      row.push_back(number(figures[i]));
    }
    table.add(std::move(row));
  }
  std::vector<std::string> last = {"合計 Total", "", ""};
  for (const std::uint64_t total : totals) last.push_back(number(total));
  table.add(std::move(last));
  return table.text() + "案件數 cases " + number(response.cases()) + "\n";
}

}  // namespace casewheel::cli
