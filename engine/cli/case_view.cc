#include "engine/cli/case_view.h"

#include <cstdio>

#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kSubjectCells = 36;

std::string when(bool present, const google::protobuf::Timestamp& time, const Viewpoint& from) {
  return present ? format_time(to_ms(time), from.zone) : "";
}

std::string deadline(bool present, const google::protobuf::Timestamp& time, const Viewpoint& from) {
  return present ? format_deadline(to_ms(time), from.zone) : "";
}

std::string joined(const google::protobuf::RepeatedPtrField<std::string>& items,
                   const char* between = "、") {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : between) + one_line(item);
  return text;
}

// The earliest due instant of the clocks that count; kNever when none does.
TimeMs earliest_due(const v1::Case& view) {
  TimeMs earliest = kNever;
  for (const auto& clock : view.clocks()) {
    if (clock.status() == v1::CLOCK_STATUS_RUNNING && clock.has_due_time()) {
      earliest = std::min(earliest, to_ms(clock.due_time()));
    }
  }
  return earliest;
}

std::string clock_state(const v1::Clock& clock, const Viewpoint& from) {
  if (clock.status() == v1::CLOCK_STATUS_RUNNING && clock.has_due_time()) {
    return format_due(to_ms(clock.due_time()), from.now_ms);
  }
  return both(clock.status());
}

// Why a clock is no longer owed.
const char* stop_words(v1::StopCause cause) {
  switch (cause) {
    case v1::STOP_CAUSE_CASE_ENDED:
      return "結案時未辦 undone when the case ended ";
    case v1::STOP_CAUSE_NOT_OF_POLICY:
      return "現行規定無此時限 not of the present policy ";
    case v1::STOP_CAUSE_DATE_REPLACED:
      return "另約日期 another date agreed ";
    case v1::STOP_CAUSE_PROMISE_GONE:
      return "併入案之承諾已了 promise of a merged case settled ";
    default:
      return "";
  }
}

std::string clocks_text(const v1::Case& view, const Viewpoint& from) {
  if (view.clocks().empty()) return "";
  Table table({"#", "時限 Clock", "期限 Due", "狀態 State", "起算 Start", "完成 Stop",
               "時效規定 Policy", "備註 Notes"});
  for (const auto& clock : view.clocks()) {
    std::string notes;
    if (clock.breached()) notes += "已逾期 breached ";
    if (!clock.pauses().empty()) {
      notes += "停止計時 paused ×" + std::to_string(clock.pauses_size()) + " ";
      const v1::Pause& last = clock.pauses(clock.pauses_size() - 1);
      if (!last.has_to_time()) notes += "（" + both(last.reason()) + "）";
    }
    if (clock.provisional()) notes += "暫定 provisional ";
    if (clock.late_by_change()) notes += "因異動逾期 late by change ";
    if (clock.status() == v1::CLOCK_STATUS_CANCELLED) notes += stop_words(clock.stop_cause());
    if (clock.has_extension() && clock.extension().seconds() != 0) {
      notes += "展延 extended " + format_length(clock.extension().seconds() * kSecondMs);
    }
    table.add({std::to_string(clock.id()), both(clock.kind()),
               deadline(clock.has_due_time(), clock.due_time(), from), clock_state(clock, from),
               when(clock.has_start_time(), clock.start_time(), from),
               when(clock.has_stop_time(), clock.stop_time(), from), one_line(clock.policy()),
               notes});
  }
  return "\n" + table.text();
}

// To whom, and when they are told if that is later.
std::string told_whom(const v1::Escalation& step, const Viewpoint& from) {
  std::string text = joined(step.recipients());
  if (step.has_notify_time()) text += " (" + when(true, step.notify_time(), from) + " 通知 told)";
  if (step.tells_applicant()) text += " 須告知申請人 applicant to be told";
  if (!step.moved_by().empty())
    text += " 承辦人改期 moved by " + one_line(step.moved_by()) + " → " +
            (step.has_moved_to_time() ? deadline(true, step.moved_to_time(), from)
                                      : "不再適用 owed no longer");
  return text;
}

std::string escalations_text(const v1::Case& view, const Viewpoint& from) {
  if (view.escalations().empty()) return "";
  Table table({"#", "稽催 Escalation", "層級 Level", "應稽催時間 Due", "實際稽催時間 Fired",
               "原因 Cause", "對象 To", "確認 Acknowledged"});
  for (const auto& step : view.escalations()) {
    std::string acknowledged = when(step.has_acknowledge_time(), step.acknowledge_time(), from);
    if (!step.acknowledged_by().empty()) acknowledged += " " + one_line(step.acknowledged_by());
    const std::string times = step.firings() > 1 ? " ×" + std::to_string(step.firings()) : "";
    table.add({std::to_string(step.id()), both(step.clock_kind()) + times,
               std::to_string(step.level()), when(step.has_due_time(), step.due_time(), from),
               when(step.has_fired_time(), step.fired_time(), from), both(step.cause()),
               told_whom(step, from), acknowledged});
  }
  return "\n" + table.text();
}

std::string handled_by(const std::string& unit, const std::string& handler) {
  return one_line(handler.empty() ? unit : unit + " / " + handler);
}

// What the case waits for, what was asked for and what was agreed before.
void add_waiting(Fields& fields, const v1::Case& view, const Viewpoint& from) {
  if (view.suspended_for() != v1::PAUSE_REASON_UNSPECIFIED)
    fields.add("暫停原因 Suspended for", both(view.suspended_for()));
  for (const auto& request : view.extension_requests()) {
    fields.add("申請展延 Extension asked #" + std::to_string(request.id()),
               "時限 clock " + std::to_string(request.clock()) + " → " +
                   deadline(request.has_due_time(), request.due_time(), from) + "  " +
                   one_line(request.requested_by()));
  }
  std::string earlier;
  for (const auto& agreed : view.earlier_agreed_times())
    earlier += (earlier.empty() ? "" : ", ") + deadline(true, agreed, from);
  fields.add("先前約定 Earlier agreed", earlier);
}

// Where it is, what was answered, and the fees.
void add_application(Fields& fields, const v1::Case& view) {
  std::string place = one_line(view.place().address());
  if (view.place().has_position()) {
    char degrees[64];
    std::snprintf(degrees, sizeof degrees, "%s%.5f, %.5f", place.empty() ? "" : "  ",
                  view.place().position().latitude(), view.place().position().longitude());
    place += degrees;
  }
  fields.add("地點 Place", place);
  for (const auto& answer : view.attributes())
    fields.add("資料 " + one_line(answer.code()), joined(answer.values()));
  fields.add("媒體 Media", one_line(view.media_url()));
  for (const auto& fee : view.fees()) {
    fields.add("費用 Fee " + one_line(fee.fee()),
               (fee.amount() == 0 ? "未定 not known yet" : group_thousands(fee.amount()) + " 元") +
                   (fee.paid() ? "  已繳 paid " + one_line(fee.receipt()) : "  未繳 not paid"));
  }
}

// While all its clocks are paused a case stands on the board behind every date.
bool has_date(const v1::DueCase& due) {
  constexpr std::int64_t kNoDateSeconds = 200'000'000'000;  // in the year 8307
  return due.has_due_time() && due.due_time().seconds() < kNoDateSeconds;
}

std::string provisional(bool is) { return is ? " 暫定 provisional" : ""; }

}  // namespace

std::string case_text(const v1::Case& view, const Viewpoint& from) {
  const v1::Applicant& person = view.applicant();
  Fields fields;
  fields.add("案號 Case", group_case_number(view.case_number()));
  fields.add("主旨 Subject", one_line(view.subject()));
  fields.add("狀態 Status", both(view.status()));
  fields.add("性質 Kind", both(view.kind()));
  const bool complaint = view.kind() == v1::KIND_COMPLAINT;
  fields.add(complaint ? "案件類別 Service" : "服務項目 Service", one_line(view.service()));
  fields.add("事業 Tenant", one_line(view.tenant()));
  fields.add("承辦 Unit / handler", handled_by(view.unit(), view.handler()));
  fields.add("速別 Priority", both(view.priority()));
  fields.add("管道 Channel", both(view.channel()));
  fields.add(complaint ? "陳情人 Applicant" : "申請人 Applicant", one_line(person.name()));
  fields.add("電話 Phone", one_line(person.phone()));
  fields.add("電子郵件 E-mail", one_line(person.email()));
  fields.add("地址 Address", one_line(person.address()));
  fields.add("客戶編號 Customer number", one_line(person.customer_number()));
  fields.add("縣市 County", one_line(view.county()));
  fields.add("語言 Language", one_line(view.language()));
  fields.add("外部編號 External reference", one_line(view.external_reference()));
  fields.add("收件 Received", when(view.has_received_time(), view.received_time(), from));
  fields.add("受理 Lodged", when(view.has_lodge_time(), view.lodge_time(), from));
  fields.add("異動 Updated", when(view.has_update_time(), view.update_time(), from));
  fields.add("結案 Closed", when(view.has_close_time(), view.close_time(), from));
  if (view.outcome() != v1::OUTCOME_UNSPECIFIED) fields.add("結果 Outcome", both(view.outcome()));
  fields.add("併入 Merged into", group_case_number(view.merged_into()));
  std::string duplicates;
  for (const std::string& number : view.duplicates()) {
    duplicates += (duplicates.empty() ? "" : ", ") + group_case_number(number);
  }
  fields.add("併案 Duplicates", duplicates);
  fields.add("待補文件 Missing documents", joined(view.missing_documents()));
  add_waiting(fields, view, from);
  if (!view.attachments().empty())
    fields.add("附件 Attachments", std::to_string(view.attachments_size()));
  fields.add("內容 Description", one_line(view.description()));
  add_application(fields, view);
  fields.add("時區 Time zone", from.zone.name());
  fields.add("版本 Etag", one_line(view.etag()));
  return fields.text() + clocks_text(view, from) + escalations_text(view, from);
}

std::string warning_text(const v1::Warning& warning) {
  return one_line(warning.text_zh() + " " + warning.field() + ": " + warning.text_en());
}

std::string case_brief(const v1::Case& view, const Viewpoint& from) {
  Fields fields;
  fields.add("案號 Case", group_case_number(view.case_number()));
  fields.add("狀態 Status", both(view.status()));
  fields.add("承辦 Unit / handler", handled_by(view.unit(), view.handler()));
  if (view.outcome() != v1::OUTCOME_UNSPECIFIED) fields.add("結果 Outcome", both(view.outcome()));
  fields.add("併入 Merged into", group_case_number(view.merged_into()));
  fields.add("待補文件 Missing documents", joined(view.missing_documents()));
  add_waiting(fields, view, from);
  for (const v1::Warning& warning : view.warnings())
    fields.add("請確認 Please check", warning_text(warning));
  fields.add("時區 Time zone", from.zone.name());
  return fields.text() + clocks_text(view, from);
}

std::string case_list_text(const google::protobuf::RepeatedPtrField<v1::Case>& cases,
                           const Viewpoint& from) {
  Table table({"案號 Case", "狀態 Status", "期限 Due", "性質 Kind", "服務項目 Service",
               "承辦 Unit / handler", "收件 Received", "主旨 Subject"});
  for (const auto& view : cases) {
    const TimeMs due_ms = earliest_due(view);
    table.add({group_case_number(view.case_number()), both(view.status()),
               due_ms == kNever ? "-" : format_due(due_ms, from.now_ms), both(view.kind()),
               one_line(view.service()), handled_by(view.unit(), view.handler()),
               when(view.has_received_time(), view.received_time(), from),
               clip(one_line(view.subject()), kSubjectCells)});
  }
  return table.text() + zone_line(from.zone);
}

std::string due_list_text(const google::protobuf::RepeatedPtrField<v1::DueCase>& cases,
                          const Viewpoint& from) {
  Table table({"案號 Case", "期限 Due", "", "時限 Clock", "狀態 Status", "層級 Level",
               "未確認 Unacknowledged", "承辦 Unit / handler", "服務項目 Service", "主旨 Subject"});
  for (const auto& due : cases) {
    table.add({group_case_number(due.case_number()),
               deadline(due.has_due_time(), due.due_time(), from),
               (due.has_due_time() ? format_due(to_ms(due.due_time()), from.now_ms) : "") +
                   provisional(due.provisional()),
               due.unclocked() ? "無時限 none" : both(due.clock_kind()), both(due.status()),
               std::to_string(due.level()), std::to_string(due.unacknowledged()),
               handled_by(due.unit(), due.handler()), one_line(due.service()),
               clip(one_line(due.subject()), kSubjectCells)});
  }
  return table.text();
}

std::string work_list_text(const google::protobuf::RepeatedPtrField<v1::DueCase>& cases,
                           const Viewpoint& from) {
  Table table({"  案號 Case", "期限 Due", "", "時限 Clock", "狀態 Status", "承辦 Unit / handler",
               "主旨 Subject"});
  for (const auto& due : cases) {
    const bool dated = has_date(due);
    table.add(
        {"  " + group_case_number(due.case_number()), deadline(dated, due.due_time(), from),
         dated ? format_due(to_ms(due.due_time()), from.now_ms) + provisional(due.provisional())
         : due.unclocked() ? "請確認應辦事項 nothing is owed"
                           : "停止計時 paused",
         due.unclocked() ? "無時限 none" : both(due.clock_kind()), both(due.status()),
         handled_by(due.unit(), due.handler()), clip(one_line(due.subject()), kSubjectCells)});
  }
  return table.text();
}

std::string due_line(const v1::DueCase& due, const Viewpoint& from) {
  std::string line = group_case_number(due.case_number()) + "  " +
                     (due.unclocked() ? "無時限 no clock" : both(due.clock_kind()));
  if (due.has_due_time()) {
    line += "  " + format_deadline(to_ms(due.due_time()), from.zone) + "  " +
            format_due(to_ms(due.due_time()), from.now_ms) + provisional(due.provisional());
  }
  line += "  " + both(due.status()) + "  " + handled_by(due.unit(), due.handler());
  if (due.level() > 0) line += "  層級 level " + std::to_string(due.level());
  return line;
}

std::string zone_line(const absl::TimeZone& zone) {
  return "時區 Time zone: " + zone.name() + "\n";
}

std::string promises_text(const google::protobuf::RepeatedPtrField<v1::Promise>& promises,
                          const Viewpoint& from) {
  if (promises.empty()) return "";
  Table table({"時限 Clock", "期限 Due", ""});
  for (const auto& promise : promises) {
    table.add({both(promise.kind()), deadline(promise.has_due_time(), promise.due_time(), from),
               (promise.has_due_time() ? format_due(to_ms(promise.due_time()), from.now_ms) : "") +
                   provisional(promise.provisional())});
  }
  return table.text();
}

}  // namespace casewheel::cli
