#include "engine/pages/index_page.h"

#include "engine/pages/frame.h"

namespace casewheel::pages {
namespace {

std::string entry(const std::string& name, const char* link, const std::string& what) {
  return "<dt>" +
         (link == nullptr ? name : "<a href=\"" + std::string(link) + "\">" + name + "</a>") +
         "</dt><dd>" + what + "</dd>";
}

}  // namespace

std::string index_page(Language language) {
  const Words say(language);
  const char* track = language == Language::kChinese ? "/track?lang=zh" : "/track?lang=en";
  std::string out =
      std::string("<h1>") + say("案件受理與時效系統", "Cases and their deadlines") + "</h1><p>" +
      say("本系統受理陳情、申辦、報修與意見，並管制其辦理期限。",
          "Complaints, applications, fault reports and opinions are taken in here, "
          "and the dates promised for them are kept.") +
      "</p><h2>" + say("民眾", "Applicants") + "</h2><dl>" +
      entry(say("案件進度查詢", "Track a case"), track,
            say("以案號及電話末四碼或查詢碼查詢",
                "By its number and the last four digits of "
                "the telephone, or a code")) +
      "</dl><h2>" + say("櫃檯與客服人員", "Staff") + "</h2><dl>" +
      entry(say("受理回執", "Receipts"), nullptr,
            say("網址為 /receipts/案號，需先登入", "At /receipts/CASE, after signing in")) +
      "</dl><h2>" + say("系統介接", "Other systems") + "</h2><dl>" +
      entry("OpenAPI", "/openapi.json",
            say("以 HTTP 呼叫的服務與欄位", "Services and fields, as called over HTTP")) +
      entry("Open311", "/open311/discovery.xml",
            say("GeoReport v2：服務項目與案件", "GeoReport v2: services and requests")) +
      "</dl>";
  Frame frame{
      language, say("案件受理與時效系統", "Cases and their deadlines"), "casewheel", {}, {}};
  frame.other_link = language == Language::kChinese ? "/?lang=en" : "/?lang=zh";
  return framed(frame, out);
}

}  // namespace casewheel::pages
