#include "engine/cli/history_words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace casewheel::cli {
namespace {

struct Term {
  std::string_view name;
  const char* chinese;
};

constexpr std::array kEvents = {
    Term{"case_lodged", "受理"},
    Term{"case_assigned", "派案"},
    Term{"case_accepted", "接案"},
    Term{"case_transferred", "移轉"},
    Term{"note_added", "註記"},
    Term{"documents_requested", "通知補件"},
    Term{"documents_received", "收到補件"},
    Term{"case_replied", "回復"},
    Term{"case_closed", "結案"},
    Term{"case_reopened", "重啟"},
    Term{"case_withdrawn", "撤案"},
    Term{"case_merged", "併案"},
    Term{"duplicate_attached", "併入他案"},
    Term{"date_agreed", "約定日期"},
    Term{"case_suspended", "暫停"},
    Term{"case_resumed", "恢復"},
    Term{"case_reclassified", "改分類"},
    Term{"extension_requested", "申請展延"},
    Term{"extension_decided", "核定展延"},
    Term{"extension_dropped", "展延申請失效"},
    Term{"dates_moved", "期限異動告知主管"},
    Term{"case_erased", "刪除個人資料"},
    Term{"tracking_code_issued", "給查詢碼"},
    Term{"tracking_code_used", "查詢碼已使用"},
    Term{"fee_recorded", "記錄費用"},
    Term{"attachment_added", "新增附件"},
    Term{"attachment_removed", "移除附件"},
    Term{"case_corrected", "更正"},
    Term{"clock_started", "時限起算"},
    Term{"clock_paused", "停止計時"},
    Term{"clock_resumed", "恢復計時"},
    Term{"clock_breached", "時限逾期"},
    Term{"clock_stopped", "時限終止"},
    Term{"clock_extended", "時限展延"},
    Term{"step_fired", "稽催"},
    Term{"escalation_acknowledged", "確認稽催"},
    Term{"clock_moved", "時限變動"},
    Term{"step_passed_over", "稽催略過"},
    Term{"clock_restored", "時限恢復"},
    Term{"merge_prepared", "準備併入他案"},
    Term{"merge_released", "他案未併入"},
    Term{"case_unmerged", "取消併案"},
    Term{"duplicate_detached", "他案取消併入"},
    Term{"unmerge_settled", "取消併案完成"},
    Term{"case_restated", "修復重述"},
    Term{"entry_lost", "歷程遺失"},
    Term{"request_answered", "已答復之要求"},
};

// A field of one event, where its name means something else than elsewhere. An event that ends with '_' stands
// for all that begin so.
struct EventTerm {
  std::string_view event, field;
  const char* chinese;
};
constexpr std::array kEventFields = {
    EventTerm{"clock_", "kind", "時限種類"},
    EventTerm{"clock_moved", "cause", "異動原因"},
    EventTerm{"clock_breached", "cause", "發覺情形"},
    EventTerm{"step_fired", "cause", "稽催情形"},
    EventTerm{"step_fired", "due_time", "應稽催時間"},
    EventTerm{"step_passed_over", "due_time", "應稽催時間"},
    EventTerm{"extension_requested", "recipients", "核定主管"},
    EventTerm{"extension_requested", "due_time", "申請展延至"},
    EventTerm{"clock_restored", "verdict", "原結果"},
    EventTerm{"documents_requested", "documents", "待補文件"},
};

// The engine's own keeping: shown to scripts alone.
constexpr std::array<std::string_view, 18> kKept = {"catalogue_version",
                                                    "first_step",
                                                    "first_repetition",
                                                    "next_step",
                                                    "next_repetition",
                                                    "step",
                                                    "repetition",
                                                    "laid_time",
                                                    "promised_at_time",
                                                    "since_time",
                                                    "end",
                                                    "lays_ladder",
                                                    "promises_ended",
                                                    "promises_broken",
                                                    "promises_told",
                                                    "promises_moved",
                                                    "lost_from_seq",
                                                    "keeps_earlier"};

constexpr std::array kFields = {
    Term{"applicant.name", "姓名"},
    Term{"applicant.phone", "電話"},
    Term{"applicant.email", "電子郵件"},
    Term{"applicant.address", "地址"},
    Term{"applicant.customer_number", "客戶編號"},
    Term{"subject", "主旨"},
    Term{"description", "內容"},
    Term{"place", "地點"},
    Term{"attributes", "資料"},
    Term{"media_url", "媒體"},
    Term{"tenant", "事業"},
    Term{"service", "服務項目"},
    Term{"kind", "案件性質"},
    Term{"priority", "速別"},
    Term{"channel", "受理管道"},
    Term{"unit", "單位"},
    Term{"handler", "承辦人"},
    Term{"county", "縣市"},
    Term{"language", "語言"},
    Term{"external_reference", "外部編號"},
    Term{"missing_documents", "待補文件"},
    Term{"documents", "文件"},
    Term{"complete", "補齊"},
    Term{"fee", "費用"},
    Term{"call", "通話"},
    Term{"to_applicant", "告知申請人"},
    Term{"means", "回復方式"},
    Term{"outcome", "結果"},
    Term{"status", "狀態"},
    Term{"reason", "原因"},
    Term{"hash", "雜湊值"},
    Term{"body_digest", "內容雜湊值"},
    Term{"case_id", "案件"},
    Term{"cause", "原因"},
    Term{"reference", "依據"},
    Term{"undoes_end", "誤結案"},
    Term{"case_number", "案號"},
    Term{"approved_by", "核准主管"},
    Term{"granted", "同意"},
    Term{"request", "申請序號"},
    Term{"clock", "時限序號"},
    Term{"policy", "時效規定"},
    Term{"calendar", "辦公日曆"},
    Term{"verdict", "結果"},
    Term{"level", "稽催層級"},
    Term{"recipients", "稽催對象"},
    Term{"passed_posts", "未通知"},
    Term{"tells_applicant", "須告知申請人"},
    Term{"escalation", "稽催序號"},
    Term{"skipped", "合併次數"},
    Term{"attachment", "附件序號"},
    Term{"media_type", "檔案類型"},
    Term{"bytes", "位元組"},
    Term{"paused", "停止計時中"},
    Term{"takes_back_breach", "撤銷逾期"},
    Term{"incomplete", "可能不全"},
    Term{"counted_since_time", "改自此時起算"},
    Term{"breached", "已逾期"},
    Term{"late_by_change", "因異動逾期"},
    Term{"amount", "金額"},
    Term{"allowance", "時限長度"},
    Term{"revisions", "歷程序號"},
    Term{"received_time", "收件時間"},
    Term{"replied_time", "回復時間"},
    Term{"closed_time", "辦結時間"},
    Term{"reopened_time", "重啟時間"},
    Term{"arrived_time", "送達時間"},
    Term{"agreed_time", "約定時間"},
    Term{"earlier_time", "原約定時間"},
    Term{"from_time", "起"},
    Term{"to_time", "迄"},
    Term{"start_time", "起算時間"},
    Term{"due_time", "期限"},
    Term{"due_before_time", "原期限"},
    Term{"due_after_time", "新期限"},
    Term{"named_time", "指定期限"},
    Term{"action_time", "辦理時間"},
    Term{"fired_time", "實際稽催時間"},
    Term{"notify_time", "通知時間"},
    Term{"expires_time", "有效至"},
    Term{"promised_time", "承續期限"},
    Term{"stated_time", "所述時間"},
};

// Words of the stored events alone.
constexpr std::array kValues = {
    Term{"awaiting_applicant_documents", "補件"},
    Term{"at_applicants_wish", "申請人要求"},
    Term{"awaiting_other_agency", "等候其他機關"},
    Term{"action_done", "已辦理"},
    Term{"case_ended", "案件結束"},
    Term{"not_of_policy", "現行規定無此時限"},
    Term{"date_replaced", "另約日期"},
    Term{"promise_gone", "併入案之承諾已了"},
    Term{"calendar_changed", "辦公日曆異動"},
    Term{"closure_declared", "停班異動"},
    Term{"policy_changed", "時效規定異動"},
    Term{"case_changed", "案件異動"},
    Term{"cases_merged", "併案"},
    Term{"case_reopened", "重啟"},
    Term{"at_persons_wish", "當事人請求"},
    Term{"retention_ended", "保存期限屆滿"},
    Term{"key_lost", "金鑰損毀"},
};

// Of somebody a step did not speak to: "nina: away".
constexpr std::array kPassedOver = {Term{"vacant", "懸缺"}, Term{"away", "不在"},
                                    Term{"passed over", "略過"}};

constexpr std::array kActors = {
    Term{"engine", "系統"},
    Term{"operator", "系統管理人員"},
    Term{"applicant", "申請人"},
    Term{"integrator_role", "介接系統"},
};

template <typename Terms>
const char* find_term(const Terms& terms, std::string_view name) {
  for (const Term& term : terms) {
    if (term.name == name) return term.chinese;
  }
  return nullptr;
}

template <typename Enum>
std::string worded(const std::string& value) {
  const auto known = parse_word<Enum>(value);
  return known ? word(*known).chinese : value;
}

}  // namespace

std::string event_words(const std::string& event) {
  const char* known = find_term(kEvents, event);
  return known == nullptr ? event : known;
}

std::string field_words(const std::string& event, const std::string& field) {
  for (const EventTerm& term : kEventFields) {
    const bool fits =
        term.event.ends_with('_') ? event.starts_with(term.event) : event == term.event;
    if (fits && field == term.field) return term.chinese;
  }
  if (std::find(kKept.begin(), kKept.end(), field) != kKept.end()) return "";
  const char* known = find_term(kFields, field);
  return known == nullptr ? field : known;
}

std::string value_words(const std::string& field, const std::string& value) {
  if (value == "true") return "是";
  if (value == "false") return "否";
  if (field == "status") return worded<v1::CaseStatus>(value);
  if (field == "kind") {
    const std::string clock = worded<v1::ClockKind>(value);
    return clock == value ? worded<v1::Kind>(value) : clock;
  }
  if (field == "priority") return worded<v1::Priority>(value);
  if (field == "channel") return worded<v1::Channel>(value);
  // "by_phone", as it is stored; "in_person" has no more to take off.
  if (field == "means")
    return worded<v1::ReplyMeans>(value.starts_with("by_") ? value.substr(3) : value);
  if (field == "outcome") return worded<v1::Outcome>(value);
  if (field == "verdict") return worded<v1::ClockStatus>(value);
  if (field == "passed_posts") {
    const std::size_t colon = value.rfind(": ");
    const char* why =
        colon == value.npos ? nullptr : find_term(kPassedOver, value.substr(colon + 2));
    return why == nullptr ? value : value.substr(0, colon) + "：" + why;
  }
  if (field != "reason" && field != "cause") return value;
  if (const char* known = find_term(kValues, value)) return known;
  return field == "reason" ? worded<v1::PauseReason>(value) : worded<v1::LatenessCause>(value);
}

std::string actor_words(const std::string& actor) {
  const char* known = find_term(kActors, actor);
  return known == nullptr ? actor : known;
}

}  // namespace casewheel::cli
