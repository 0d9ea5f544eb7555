#include "engine/pages/tracking_page.h"

#include <algorithm>
#include <iterator>

#include "engine/base/grouped_number.h"

namespace casewheel::pages {
namespace {

namespace v1 = ::casewheel::v1;

constexpr std::string_view kTrackingStyle =
    "*{box-sizing:border-box}"
    "body{font:1.0625rem/1.6 system-ui,'Noto Sans TC','Noto Sans CJK TC',sans-serif;color:#14202b;"
    "background:#f3f5f7;margin:0}"
    "a{color:#0b4f8a}"
    ":focus-visible{outline:3px solid #b45309;outline-offset:2px}"
    ".bar{background:#0b3a5e;color:#fff}"
    ".bar div,main{max-width:42rem;margin:0 auto;padding:.75rem 1rem}"
    ".bar "
    "div{display:flex;justify-content:space-between;align-items:center;gap:1rem;flex-wrap:wrap}"
    ".bar p{margin:0;font-weight:bold}.bar a{color:#fff}"
    "main{background:#fff;padding:1.25rem 1rem 2rem;min-height:70vh}"
    "h1{font-size:1.5rem;line-height:1.3;margin:0 0 .75rem}"
    "h2{font-size:1.15rem;margin:1.75rem 0 .4rem;border-bottom:2px solid #d5dde4;"
    "padding-bottom:.2rem}"
    "p{margin:.4rem 0}"
    "label{display:block;font-weight:bold;margin-top:1.1rem}"
    ".hint{color:#45525e;margin:.1rem 0 .3rem;font-size:.95rem}"
    "input{font:inherit;width:100%;max-width:24rem;padding:.6rem .7rem;border:2px solid #5b6976;"
    "border-radius:6px;background:#fff;color:inherit}"
    "input[aria-invalid]{border-color:#b3261e}"
    "button{display:block;font:inherit;font-weight:bold;margin-top:1.4rem;padding:.7rem "
    "1.6rem;border:0;"
    "border-radius:6px;background:#0b4f8a;color:#fff;min-height:2.75rem;cursor:pointer}"
    "button:hover{background:#083d6b}"
    ".fault{border:2px solid #b3261e;border-left-width:8px;padding:.6rem .9rem;background:#fdf3f2;"
    "border-radius:4px}"
    ".number{font:bold 1.2rem/1.4 ui-monospace,'DejaVu Sans Mono',monospace;white-space:nowrap;"
    "display:inline-block}"
    ".state{font-size:1.35rem;font-weight:bold;margin:.2rem 0}"
    ".card{background:#eef4f9;border-left:8px solid #0b4f8a;padding:.7rem 1rem;margin:1rem 0;"
    "border-radius:4px}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.2rem;margin:.5rem 0}"
    "dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere}"
    "ul,ol{margin:.4rem 0;padding-left:1.6em}li{margin:.25rem 0;overflow-wrap:anywhere}"
    ".late{color:#a01c14;font-weight:bold}.met{color:#1a5c2e;font-weight:bold}"
    ".told{list-style:none;padding:0}.told li{border-left:4px solid #8fa3b3;padding-left:.8rem;"
    "margin:.7rem 0}.told p{white-space:pre-line;margin:.1rem 0}time{color:#45525e}"
    "@media(max-width:28rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}"
    "button,input{width:100%;max-width:none}}"
    "@media print{body,main{background:#fff}.bar{color:#000;background:#fff}}";

// The words of one language.
class Words {
 public:
  explicit Words(Language language) : zh_(language == Language::kChinese) {}
  const char* operator()(const char* zh, const char* en) const { return zh_ ? zh : en; }
  const std::string& operator()(const std::string& zh, const std::string& en) const {
    return zh_ || en.empty() ? zh : en;
  }

 private:
  bool zh_;
};

const char* code_of(Language language) { return language == Language::kEnglish ? "en" : "zh"; }

std::string page(Language language, const std::string& title, const std::string& case_number,
                 const std::string& body) {
  const Words say(language);
  const Language other = language == Language::kChinese ? Language::kEnglish : Language::kChinese;
  std::string digits;
  std::copy_if(case_number.begin(), case_number.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  std::string link = std::string("/track?lang=") + code_of(other);
  if (!digits.empty()) link += "&amp;case=" + digits;
  const std::string out = "<header class=\"bar\"><div><p>" +
                          std::string(say("案件進度查詢", "Track a case")) + "</p><a lang=\"" +
                          say("en", "zh-Hant-TW") + "\" hreflang=\"" + say("en", "zh-Hant-TW") +
                          "\" href=\"" + link + "\">" + say("English", "中文") +
                          "</a></div></header><main>" + body + "</main>";
  return document(language, title, kTrackingStyle, out);
}

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

std::string input(const char* name, const std::string& label, const std::string& hint,
                  const std::string& value, bool wrong) {
  const std::string id(name);
  return "<label for=\"" + id + "\">" + label + "</label><p class=\"hint\" id=\"" + id +
         "-hint\">" + hint + "</p><input id=\"" + id + "\" name=\"" + id +
         "\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" required maxlength=\"40\" "
         "aria-describedby=\"" +
         id + "-hint" + (wrong ? " fault\" aria-invalid=\"true\"" : "\"") + " value=\"" +
         escaped(value) + "\">";
}

TimeMs ms_of(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

std::string promise_text(const v1::TrackedPromise& promise, const sla::Zone& zone,
                         Language language, const Words& say) {
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
      return out + " " + say("已結案，不再適用", "no longer owed: the case has ended");
    default:
      return out;
  }
}

void promises_section(std::string& out, const v1::TrackedCase& tracked, const sla::Zone& zone,
                      Language language) {
  const Words say(language);
  if (tracked.promises().empty()) return;
  out += std::string("<h2>") + say("辦理期限", "Promised dates") + "</h2><dl>";
  for (const v1::TrackedPromise& promise : tracked.promises()) {
    out += "<dt>" + escaped(say(promise.name_zh(), promise.name_en())) + "</dt><dd>" +
           promise_text(promise, zone, language, say) + "</dd>";
  }
  out += "</dl>";
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
      "case", say("案號", "Case number"),
      say("受理回執或簡訊上的數字，可含空格", "The digits on your receipt; spaces do no harm"),
      form.case_number, number_wrong);
  out += input("factor", say("電話末四碼或查詢碼", "Last four digits of the telephone, or a code"),
               say("受理時所留電話的末四碼；或客服人員給您的 8 位數查詢碼",
                   "Of the telephone you gave when the case was registered; or 8 digits our staff "
                   "gave you"),
               "", factor_wrong);
  out += std::string("<button type=\"submit\">") + say("查詢", "Track") + "</button></form>";
  const std::string title = (fault.empty() ? "" : std::string(say("錯誤：", "Error: "))) + heading;
  return page(form.language, title, form.case_number, out);
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
  out += std::string("<h2>") + say("案件", "The case") + "</h2><dl><dt>" +
         say("收件時間", "Received") + "</dt><dd>" +
         date_text(zone, ms_of(tracked.received_time()), language) + "</dd>";
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
  return page(language, say("案件進度 ", "Case ") + number, tracked.case_number(), out);
}

const std::string& tracking_style_source() {
  static const std::string source = style_source(kTrackingStyle);
  return source;
}

}  // namespace casewheel::pages
