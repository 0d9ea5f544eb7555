#include "engine/pages/tracking_page.h"

#include <algorithm>
#include <iterator>

#include "engine/base/grouped_number.h"
#include "engine/pages/frame.h"

namespace casewheel::pages {
namespace {

namespace v1 = ::casewheel::v1;

std::string waiting(DurationMs wait_ms, const Words& say) {
  const DurationMs seconds = std::max<DurationMs>(1, (wait_ms + kSecondMs - 1) / kSecondMs);
  if (seconds < 120) return std::to_string(seconds) + say(" 秒", " seconds");
  return std::to_string((seconds + 59) / 60) + say(" 分鐘", " minutes");
}

std::string fault_text(const TrackingForm& form, const Words& say) {
  switch (form.fault) {
    case TrackingFault::kNone:
      return {};
    case TrackingFault::kNoNumber:
      return say("案號有誤：請輸入回條上的全部數字，可能有一碼打錯或漏打。",
                 "This is no case number: please type all digits of your receipt; one may be "
                 "wrong or missing.");
    case TrackingFault::kNoFactor:
      return say("驗證資料有誤：請輸入受理時所留電話的末四碼，或 8 位數查詢碼。",
                 "Please type the last four digits of the telephone you gave, or a code of 8 "
                 "digits.");
    case TrackingFault::kDoesNotFit:
      return say("案號與驗證資料不符，請核對後再試。查詢碼只能使用一次，且有時效。",
                 "The case number and what was given with it do not fit. Please check both. A code "
                 "works once, and for a limited time.");
    case TrackingFault::kTooMany:
      return say("嘗試次數過多，請於 ", "Too many tries: please try again in ") +
             waiting(form.wait_ms, say) + say("後再試。", ".");
    case TrackingFault::kLater:
      return say("目前無法查詢，請稍後再試。",
                 "The case cannot be looked up just now. Please try again later.");
  }
  return {};
}

constexpr const char* kDigits =
    "type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" maxlength=\"40\"";

std::string page(Language language, const std::string& title, const std::string& case_number,
                 const std::string& contact, const std::string& body) {
  const Words say(language);
  std::string digits;
  std::copy_if(case_number.begin(), case_number.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  Frame frame{language, title, say("案件進度查詢", "Track a case"), {}, contact};
  frame.other_link =
      std::string("/track?lang=") +
      code_of(language == Language::kChinese ? Language::kEnglish : Language::kChinese);
  if (!digits.empty()) frame.other_link += "&amp;case=" + digits;
  return framed(frame, body);
}

TimeMs ms_of(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

// `withdrawn`: the case was taken back by its applicant.
std::string promise_text(const v1::TrackedPromise& promise, const sla::Zone& zone,
                         Language language, bool withdrawn) {
  const Words say(language);
  std::string out;
  if (promise.has_due_time())
    out = date_text(zone, ms_of(promise.due_time()), language, Midnight::kEnds);
  if (promise.provisional()) out += say("（暫定）", " (provisional)");
  switch (promise.state()) {
    case v1::TrackedPromise::STATE_PAUSED:
      return out + (out.empty() ? "" : " ") +
             say("停止計時，補齊後繼續", "paused: goes on when nothing is missing");
    case v1::TrackedPromise::STATE_MET:
      return out + " <span class=\"met\">" + say("已如期完成", "kept") + "</span>";
    case v1::TrackedPromise::STATE_LATE:
      return out + " <span class=\"late\">" + say("已逾期，謹致歉意", "late: we are sorry") +
             "</span>";
    case v1::TrackedPromise::STATE_NO_LONGER_OWED:
      return out + " " +
             (withdrawn ? say("本案已撤回，不再適用", "no longer owed: the case was withdrawn")
                        : say("已結案，不再適用", "no longer owed: the case has ended"));
    default:
      return out;
  }
}

void promises_section(std::string& out, const v1::TrackedCase& tracked, const sla::Zone& zone,
                      Language language) {
  const Words say(language);
  if (tracked.promises().empty()) return;
  const bool withdrawn = tracked.status() == v1::CASE_STATUS_WITHDRAWN;
  out += std::string("<h2>") + say("辦理期限", "Promised dates") + "</h2><dl>";
  for (const v1::TrackedPromise& promise : tracked.promises()) {
    out += "<dt>" + escaped(say(promise.name_zh(), promise.name_en())) + "</dt><dd>" +
           promise_text(promise, zone, language, withdrawn) + "</dd>";
  }
  out += "</dl>";
}

// What is still to be paid; what has been paid is on the receipt.
void fees_section(std::string& out, const v1::TrackedCase& tracked, Language language) {
  const Words say(language);
  if (tracked.fees().empty()) return;
  out += std::string("<h2>") + say("待繳費用", "Fees to pay") + "</h2><ul>";
  for (const v1::TrackedFee& fee : tracked.fees()) {
    out += "<li>" + escaped(say(fee.name_zh(), fee.name_en())) + "：" +
           (fee.amount() == 0
                ? std::string(say("金額另行通知", "the amount is yet to be told"))
                : say("新臺幣 ", "NT$ ") + group_thousands(fee.amount()) + say(" 元", "")) +
           "</li>";
  }
  out += "</ul>";
}

void told_section(std::string& out, const v1::TrackedCase& tracked, const sla::Zone& zone,
                  Language language) {
  const Words say(language);
  if (tracked.told().empty()) return;
  out += std::string("<h2>") + say("辦理說明", "What we told you") + "</h2><ul class=\"told\">";
  for (auto told = tracked.told().rbegin(); told != tracked.told().rend(); ++told) {
    out += "<li><time>" + date_text(zone, ms_of(told->time()), language) + "</time><p>" +
           escaped(told->text()) + "</p></li>";
  }
  out += "</ul>";
  if (tracked.told_shortened())
    out += std::string("<p>") + say("較早的內容未列出。", "Earlier words are left out.") + "</p>";
}

}  // namespace

std::string tracking_form(const TrackingForm& form) {
  const Words say(form.language);
  const std::string fault = fault_text(form, say);
  const std::string heading = say("案件進度查詢", "Track a case");
  const bool number_wrong =
      form.fault == TrackingFault::kNoNumber || form.fault == TrackingFault::kDoesNotFit;
  const bool factor_wrong =
      form.fault == TrackingFault::kNoFactor || form.fault == TrackingFault::kDoesNotFit;
  std::string out = "<h1>" + heading + "</h1>";
  if (!fault.empty())
    out += "<p class=\"fault\" id=\"fault\" role=\"alert\">" + escaped(fault) + "</p>";
  out += std::string("<p>") +
         say("輸入案號與驗證資料，即可查詢辦理情形與辦理期限。",
             "Type the case number and one thing only you were given, and see how it stands.") +
         "</p><form method=\"post\" action=\"/track?lang=" + code_of(form.language) + "\">";
  out += input(
      {"case", say("案號", "Case number"),
       say("受理回執或簡訊上的數字，可含空格", "The digits on your receipt; spaces do no harm"),
       form.case_number, kDigits, number_wrong});
  out += input({"factor", say("電話末四碼或查詢碼", "Last four digits of the telephone, or a code"),
                say("受理時所留電話的末四碼；或客服人員給您的 8 位數查詢碼",
                    "Of the telephone you gave when the case was registered; or 8 digits our staff "
                    "gave you"),
                "", kDigits, factor_wrong});
  out += std::string("<button type=\"submit\">") + say("查詢", "Track") + "</button></form>";
  const std::string title = (fault.empty() ? "" : std::string(say("錯誤：", "Error: "))) + heading;
  return page(form.language, title, form.case_number, "", out);
}

std::string tracking_answer(const v1::TrackedCase& tracked, Language language) {
  const Words say(language);
  const sla::Zone zone = sla::Zone::load(tracked.time_zone()).value_or(sla::Zone::utc());
  const std::string number = group_case_number(tracked.case_number());
  std::string out = "<h1>" + escaped(say(tracked.service_zh(), tracked.service_en())) + "</h1><p>" +
                    escaped(say(tracked.enterprise_zh(), tracked.enterprise_en())) + "</p><p>" +
                    say("案號", "Case number") + " <span class=\"number\">" + escaped(number) +
                    "</span></p><div class=\"card\"><p>" + say("目前狀態", "It is now") +
                    "</p><p class=\"state\">" +
                    escaped(say(tracked.status_zh(), tracked.status_en())) + "</p><p>" +
                    escaped(say(tracked.next_zh(), tracked.next_en())) + "</p>";
  if (!tracked.merged_into().empty()) {
    out += std::string("<p>") +
           say("本案已與下列案件併案辦理，以下為其辦理情形：",
               "It is worked on together with this case, and shown as that one:") +
           "</p><p class=\"number\">" + escaped(group_case_number(tracked.merged_into())) + "</p>";
  }
  out += "</div>";
  if (!tracked.missing_documents().empty()) {
    out += std::string("<h2>") + say("尚須補齊", "Still needed") + "</h2><ul>";
    for (const std::string& document : tracked.missing_documents())
      out += "<li>" + escaped(document) + "</li>";
    out += "</ul>";
  }
  promises_section(out, tracked, zone, language);
  fees_section(out, tracked, language);
  out += std::string("<h2>") + say("案件", "The case") + "</h2><dl><dt>" +
         say("收件時間", "Received") + "</dt><dd>" +
         date_text(zone, ms_of(tracked.received_time()), language) + "</dd>";
  if (!tracked.subject().empty())
    out += std::string("<dt>") + say("主旨", "Subject") + "</dt><dd>" + escaped(tracked.subject()) +
           "</dd>";
  if (tracked.has_close_time())
    out += std::string("<dt>") + say("結案時間", "Closed") + "</dt><dd>" +
           date_text(zone, ms_of(tracked.close_time()), language) + "</dd>";
  out += "</dl>";
  if (!tracked.steps_zh().empty()) {
    out += std::string("<h2>") + say("辦理流程", "The steps of such a case") + "</h2><ol>";
    for (int i = 0; i < tracked.steps_zh_size(); ++i) {
      const std::string en = i < tracked.steps_en_size() ? tracked.steps_en(i) : "";
      out += "<li>" + escaped(say(tracked.steps_zh(i), en)) + "</li>";
    }
    out += "</ol>";
  }
  told_section(out, tracked, zone, language);
  out += std::string("<p><a href=\"/track?lang=") + code_of(language) + "\">" +
         say("查詢其他案件", "Track another case") + "</a></p>";
  return page(language, say("案件進度 ", "Case ") + number, tracked.case_number(),
              tracked.contact(), out);
}

}  // namespace casewheel::pages
