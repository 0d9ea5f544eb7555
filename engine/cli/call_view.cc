#include "engine/cli/call_view.h"

#include <absl/strings/str_format.h>

#include "engine/cli/case_view.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

Word word_of(v1::CallDirection direction) {
  return direction == v1::OUTBOUND ? Word{"撥出", "outbound"} : Word{"撥入", "inbound"};
}

// How it stands or ended.
Word word_of(const v1::Call& call) {
  switch (call.end()) {
    case v1::CALL_ANSWERED:
      return {"已接聽", "answered"};
    case v1::CALL_ABANDONED:
      return {"來電者放棄", "abandoned"};
    case v1::CALL_MISSED:
      return {"未接", "missed"};
    case v1::CALL_VOICEMAIL:
      return {"語音信箱", "voicemail"};
    case v1::CALL_FORWARDED:
      return {"轉出", "forwarded"};
    default:
      return call.has_answer_time() ? Word{"通話中", "talking"} : Word{"響鈴中", "ringing"};
  }
}

std::string both_of(const Word& word) { return std::string(word.chinese) + " " + word.english; }

std::string when(const google::protobuf::Timestamp& time, bool told, const Output& output) {
  return told ? output.time(to_ms(time)) : "";
}

std::string length(const google::protobuf::Duration& duration) {
  return format_length(duration.seconds() * kSecondMs + duration.nanos() / 1'000'000);
}

std::string percent(double share) { return absl::StrFormat("%.1f%%", share * 100); }

// Until it was answered, or over.
std::string wait_of(const v1::Call& call) {
  if (!call.has_answer_time() && !call.has_end_time()) return "";
  const auto& until = call.has_answer_time() ? call.answer_time() : call.end_time();
  return format_length(to_ms(until) - to_ms(call.ring_time()));
}

std::string who_of(const v1::Call& call) {
  return one_line(call.agent().empty() ? call.seat() : call.agent());
}

// A share of no calls is none.
std::string level_of(const v1::CallFigures& figures) {
  return figures.has_service_level() ? percent(figures.service_level()) : "–";
}

std::string of_answered(const v1::CallFigures& figures, const google::protobuf::Duration& average) {
  return figures.answered() == 0 ? "–" : length(average);
}

std::vector<std::string> figures_row(std::string label, const v1::CallFigures& figures) {
  return {std::move(label),
          std::to_string(figures.offered()),
          std::to_string(figures.answered()),
          std::to_string(figures.answered_in_time()),
          level_of(figures),
          std::to_string(figures.abandoned()),
          std::to_string(figures.abandoned_short()),
          std::to_string(figures.missed()),
          of_answered(figures, figures.average_speed_of_answer()),
          figures.offered() == 0 ? "–" : length(figures.longest_wait()),
          of_answered(figures, figures.average_handling())};
}

}  // namespace

std::string call_text(const v1::Call& call, const Output& output) {
  Fields fields;
  fields.add("通話 Call", call.id());
  fields.add("方向 Direction", both_of(word_of(call.direction())));
  fields.add("狀態 State", both_of(word_of(call)));
  fields.add("號碼 Number", one_line(call.number()));
  fields.add("名稱 Name", one_line(call.name()));
  fields.add("撥入號碼 Line", one_line(call.line()));
  fields.add("佇列 Queue", one_line(call.queue()));
  fields.add("響鈴 Rang", when(call.ring_time(), call.has_ring_time(), output));
  fields.add("排隊 Queued", when(call.queue_time(), call.has_queue_time(), output));
  fields.add("接聽 Answered", when(call.answer_time(), call.has_answer_time(), output));
  fields.add("等候 Waited", wait_of(call));
  fields.add("接聽人員 Agent", who_of(call));
  for (const auto& transfer : call.transfers()) {
    fields.add("轉接 Answered by",
               one_line(transfer.agent().empty() ? transfer.seat() : transfer.agent()) + "  " +
                   output.time(to_ms(transfer.answer_time())));
  }
  fields.add("結束 Ended", when(call.end_time(), call.has_end_time(), output));
  fields.add("原因 Cause", one_line(call.cause()));
  fields.add("話後完成 Wrapped up", when(call.wrap_up_time(), call.has_wrap_up_time(), output));
  for (const std::string& number : call.case_numbers())
    fields.add("案件 Case", group_case_number(number));
  fields.add("回電案件 Call-back", group_case_number(call.callback_case_number()));
  if (call.callback_owed()) fields.add("應回電 Call-back", "尚無案件 no case yet");
  fields.add("時區 Time zone", output.zone_name());
  fields.add("刪除個資 Erased", when(call.erase_time(), call.has_erase_time(), output));
  return fields.text();
}

std::string call_list_text(const google::protobuf::RepeatedPtrField<v1::Call>& calls,
                           const Output& output) {
  Table table({"響鈴 Rang", "方向 Direction", "號碼 Number", "撥入號碼 Line", "狀態 State",
               "等候 Waited", "人員 Agent", "案件 Case", "通話 Call"});
  for (const v1::Call& call : calls) {
    const std::string lodged =
        call.case_numbers().empty() ? call.callback_case_number() : call.case_numbers(0);
    table.add({when(call.ring_time(), call.has_ring_time(), output),
               both_of(word_of(call.direction())), one_line(call.number()), one_line(call.line()),
               both_of(word_of(call)), wait_of(call), who_of(call), group_case_number(lodged),
               call.id()});
  }
  return table.text() + zone_line(output.zone());
}

std::string pop_text(const v1::ScreenPop& pop, const Output& output) {
  if (pop.idle()) return "── 目前無來電 no call\n";
  std::string text = "── " + output.time(to_ms(pop.as_of())) + "  " + both_of(word_of(pop.call())) +
                     "  " + one_line(pop.call().number()) + "  " + one_line(pop.call().name()) +
                     "\n   通話 call " + pop.call().id() + "  先前來電 earlier calls " +
                     std::to_string(pop.earlier_calls()) + "\n";
  const std::string shortened =
      pop.shortened() ? "  較早的案件未列入 older cases of this person were not looked at\n" : "";
  if (pop.open_cases().empty()) return text + shortened;
  Table table({"  案號 Case", "服務 Service", "狀態 Status", "期限 Due", "主旨 Subject"});
  for (const auto& open : pop.open_cases()) {
    table.add({(open.callback() ? "* " : "  ") + group_case_number(open.case_number()),
               one_line(open.service()), both(open.status()),
               open.has_due_time() ? output.deadline(to_ms(open.due_time())) : "",
               one_line(open.subject())});
  }
  text += table.text();
  if (pop.more_open_cases() != 0)
    text += "  另有 and more: " + std::to_string(pop.more_open_cases()) + "\n";
  return text + shortened;
}

namespace {

std::string left_out_text(std::uint64_t calls) {
  if (calls == 0) return "";
  return "另有 " + std::to_string(calls) +
         " 通無法區分線路，未列入 calls of further lines are not told apart, and not in it\n";
}

}  // namespace

std::string statistics_text(const v1::CallStatistics& statistics, bool hours,
                            const Output& output) {
  Table table({hours ? "時段 Hour" : "日期 Day", "來電 Offered", "接聽 Answered",
               length(statistics.answer_within()) + "內 In time", "服務水準 Level",
               "放棄 Abandoned", "短時放棄 Short", "未接 Missed", "平均等候 ASA", "最久 Longest",
               "平均處理 Handling"});
  for (const auto& slot : hours ? statistics.hours() : statistics.days()) {
    const std::string start = output.time(to_ms(slot.start_time()));
    table.add(figures_row(start.substr(0, hours ? 16 : 10), slot.figures()));
  }
  table.add(figures_row("合計 Total", statistics.total()));
  return table.text() + left_out_text(statistics.calls_not_told_apart()) + zone_line(output.zone());
}

std::string staffing_text(const v1::StaffingPlan& plan) {
  Table table({"時 Hour", "來電 Calls", "平均處理 Handling", "話務量 Erlangs", "人員 Agents",
               "服務水準 Level", "占用率 Occupancy", "平均等候 ASA"});
  for (const auto& hour : plan.hours()) {
    table.add({absl::StrFormat("%02u", hour.hour()), absl::StrFormat("%.1f", hour.calls()),
               length(hour.handling()), absl::StrFormat("%.2f", hour.erlangs()),
               std::to_string(hour.agents()),
               hour.calls() > 0 ? percent(hour.service_level()) : "–",
               hour.calls() > 0 ? percent(hour.occupancy()) : "–",
               length(hour.average_speed_of_answer())});
  }
  return absl::StrFormat("目標 target %.1f%% / %s，依 %u 天來電 from the calls of %u days\n",
                         plan.service_level() * 100, length(plan.answer_within()), plan.days(),
                         plan.days()) +
         (plan.handling_assumed() ? "期間內無接聽紀錄，處理時間以 5 分鐘估計，可用 --handling 指定 "
                                    "nobody answered: handling is taken for 5 minutes\n"
                                  : "") +
         table.text() + left_out_text(plan.calls_not_told_apart());
}

}  // namespace casewheel::cli
