#include "engine/cli/standing.h"

#include <algorithm>

#include "engine/cli/table.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

std::string unit_told(const std::vector<Entry>& entries, const std::string& id) {
  const auto known = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.id == id; });
  if (known == entries.end() || known->name_zh.empty()) return one_line(id);
  return one_line(known->within + known->name_zh) + "（" + one_line(id) + "）";
}

std::string next(const std::string& chinese, const std::string& command) {
  return "下一步 next：" + chinese + (command.empty() ? "" : "：casewheel " + command);
}

}  // namespace

std::string holder_told(const std::string& unit, const std::string& handler, const Places& places) {
  std::string text = unit_told(places.units, unit);
  if (!handler.empty()) text += "／" + id_told(places.staff, handler);
  return text;
}

std::string standing_line(const v1::Case& view, const Places& places) {
  return "本案現況 it stands：" + both(view.status()) + "，承辦 held by " +
         holder_told(view.unit(), view.handler(), places) +
         (view.handler().empty() ? "，尚未派案 no handler yet" : "");
}

std::string next_step_line(const v1::Case& view, const std::string& code) {
  const std::string number = view.case_number();
  if (code == "ABORTED") return next("請重新查看後再送", "show " + number);
  if (code == "NOT_FOUND") return next("請查看本案", "show " + number);
  if (code == "PERMISSION_DENIED") return next("請洽上列承辦單位或承辦人，或請主管辦理", "");
  switch (view.status()) {
    case v1::CASE_STATUS_CLOSED:
    case v1::CASE_STATUS_WITHDRAWN:
      return next("如需再處理，請先重啟", "reopen " + number + " --reason 原因");
    case v1::CASE_STATUS_MERGED:
      return next("請改在併入的案件辦理", "show " + view.merged_into());
    case v1::CASE_STATUS_SUSPENDED:
      return next("請先恢復辦理", "resume " + number);
    case v1::CASE_STATUS_AWAITING_DOCUMENTS:
      return next("待補件中，收到後請登錄", "receive-documents " + number);
    case v1::CASE_STATUS_REGISTERED:
    case v1::CASE_STATUS_ASSIGNED:
      return next("請先接案", "accept " + number);
    case v1::CASE_STATUS_REPLIED:
      return next("已回復申請人，辦結後請結案", "close " + number + " --outcome resolved");
    default:
      return next("請查看本案", "show " + number);
  }
}

std::string next_step_when_denied(const v1::Case& view, const std::string& message, bool holds) {
  const std::string& number = view.case_number();
  const auto says = [&message](const char* front) { return message.starts_with(front); };
  const std::string extension =
      "request-extension " + number + " --clock 序號 --to 日期 --reason 原因";
  if (says("your role may not close a case that is ")) {
    const bool taken_on =
        view.status() != v1::CASE_STATUS_REGISTERED && view.status() != v1::CASE_STATUS_ASSIGNED;
    const std::string reply = "reply " + number + " --means phone --text 回復內容";
    return taken_on || !holds
               ? next("請先回復申請人", reply)
               : next("請先接案，再回復申請人", "accept " + number + "；casewheel " + reply);
  }
  if (says("your role may not extend a date") ||
      says("nobody decides on the dates of a case she handles herself"))
    return next("請提出展延申請，由主管核定", extension);
  if (says("the right supervision.decide is missing") && holds)
    return next("期限由主管核定；尚未申請展延者", extension);
  if (says("nobody decides on her own request") || says("your role may not decide an extension"))
    return next("請由其他主管核定", "");
  if (says("your role may not accept")) return next("請由承辦單位接案", "");
  return holds ? next("您是本案承辦人，此動作須由單位主管辦理", "")
               : next_step_line(view, "PERMISSION_DENIED");
}

std::string clocks_told(const v1::Case& view, const std::string& typed) {
  std::string all;
  for (const v1::Clock& clock : view.clocks())
    all +=
        (all.empty() ? "" : "、") + std::to_string(clock.id()) + " " + word(clock.kind()).chinese;
  return (typed.empty() ? "本案沒有這個時限" : "本案沒有第 " + typed + " 個時限") +
         (all.empty() ? "" : "，現有：" + all);
}

}  // namespace casewheel::cli
