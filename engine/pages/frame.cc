#include "engine/pages/frame.h"

namespace casewheel::pages {
namespace {

constexpr std::string_view kStyle =
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
    "footer{max-width:42rem;margin:0 auto;padding:.75rem 1rem;font-size:.95rem;color:#26323c}"
    ".told{list-style:none;padding:0}.told li{border-left:4px solid #8fa3b3;padding-left:.8rem;"
    "margin:.7rem 0}.told p{white-space:pre-line;margin:.1rem 0}time{color:#45525e}"
    "@media(max-width:28rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}"
    "button,input{width:100%;max-width:none}}"
    "@media print{body,main{background:#fff}.bar{color:#000;background:#fff}}";

}  // namespace

const char* code_of(Language language) { return language == Language::kEnglish ? "en" : "zh"; }

std::string framed(const Frame& frame, const std::string& body) {
  const Words say(frame.language);
  std::string out = "<header class=\"bar\"><div><p>" + escaped(frame.bar) + "</p><a lang=\"" +
                    say("en", "zh-Hant-TW") + "\" hreflang=\"" + say("en", "zh-Hant-TW") +
                    "\" href=\"" + frame.other_link + "\">" + say("English", "中文") +
                    "</a></div></header><main>" + body + "</main>";
  if (!frame.contact.empty()) {
    out += std::string("<footer><p>") + say("聯絡方式：", "Contact: ") + escaped(frame.contact) +
           "</p></footer>";
  }
  return document(frame.language, frame.title, kStyle, out);
}

const std::string& frame_style_source() {
  static const std::string source = style_source(kStyle);
  return source;
}

std::string input(const Field& field) {
  const std::string id(field.name);
  return "<label for=\"" + id + "\">" + field.label + "</label><p class=\"hint\" id=\"" + id +
         "-hint\">" + field.hint + "</p><input id=\"" + id + "\" name=\"" + id + "\" " +
         field.attributes + " required aria-describedby=\"" + id + "-hint" +
         (field.wrong ? " fault\" aria-invalid=\"true\"" : "\"") + " value=\"" +
         escaped(field.value) + "\">";
}

}  // namespace casewheel::pages
