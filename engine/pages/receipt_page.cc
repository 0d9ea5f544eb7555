#include "engine/pages/receipt_page.h"

#include "engine/base/grouped_number.h"
#include "engine/pages/qr_code.h"

namespace casewheel::pages {
namespace {

// A slip is a page less than 100 mm wide: one column, smaller margins.
constexpr std::string_view kReceiptStyle =
    "*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,'Noto Sans TC','Noto Sans CJK TC',sans-serif;color:#111;"
    "background:#fff;max-width:180mm;margin:0 auto;padding:8mm}"
    "header{display:flex;justify-content:space-between;align-items:flex-start;gap:6mm;"
    "border-bottom:2px solid #111;padding-bottom:4mm}"
    "h1{font-size:1.5rem;line-height:1.3;margin:0}"
    ".en{font-size:.8em;font-weight:normal;color:#333}"
    "h2{font-size:1.05rem;margin:5mm 0 1mm;break-after:avoid}"
    "p{margin:.3rem 0}"
    ".enterprise{font-weight:bold}"
    ".number{font:bold 1.6rem/1.3 ui-monospace,'DejaVu Sans Mono',monospace;margin:2mm 0 0}"
    "figure{margin:0;width:34mm;flex:none;text-align:center;font-size:.8rem;line-height:1.3}"
    ".qr{width:100%;height:auto;display:block}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:1mm 5mm;margin:3mm 0 0}"
    "dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:1mm 2mm 1mm 0;border-bottom:1px solid #777;vertical-align:top}"
    "ul,ol{margin:.3rem 0;padding-left:1.6em}li{break-inside:avoid}"
    "section{break-inside:avoid}"
    "footer{margin-top:6mm;border-top:1px solid #777;padding-top:2mm;font-size:.85rem;"
    "overflow-wrap:anywhere}"
    "@media(max-width:100mm){body{padding:4mm;font-size:14px}"
    "header{flex-direction:column}figure{width:40mm;align-self:center}"
    ".number{font-size:1.25rem}dl{grid-template-columns:max-content 1fr;gap:0 3mm}}"
    "@page{margin:10mm}"
    // One page of A4: what is read at a glance on the screen is set closer on paper.
    "@media print{body{padding:0;max-width:none;font-size:10.5pt;line-height:1.3}"
    "h1{font-size:15pt}h2{font-size:11.5pt;margin:3mm 0 .5mm}.number{font-size:16pt;margin:0}"
    "header{padding-bottom:2mm}dl{margin:2mm 0 0;gap:.3mm 5mm}p,ul,ol{margin:.5mm 0}"
    "th,td{padding:.4mm 2mm .4mm 0}figure{width:28mm}footer{margin-top:3mm}"
    ".en{font-size:.75em}br+.en{display:inline}}"
    "form{margin:6mm 0 0}button{font:inherit;padding:2mm 5mm;border:1px solid #111;"
    "border-radius:4px;background:#fff;color:#111;min-height:2.75rem;cursor:pointer}"
    "@media print{form{display:none}}"
    // A slip says what the applicant takes home; the rest is behind its code.
    "@media print and (max-width:100mm){@page{margin:3mm}body{font-size:9pt}"
    ".steps,.en{display:none}figure{width:30mm}h1{font-size:12pt}.number{font-size:13pt}}";

constexpr std::string_view kReceiptEnd = "</main>";

std::string english(const std::string& text) {
  return " <span class=\"en\" lang=\"en\">" + escaped(text) + "</span>";
}

std::string both(const Names& names) {
  std::string out = escaped(names.zh);
  if (!names.en.empty() && names.en != names.zh)
    out += "<br><span class=\"en\" lang=\"en\">" + escaped(names.en) + "</span>";
  return out;
}

std::string both_dates(const sla::Zone& zone, TimeMs time, Midnight midnight) {
  return both({date_text(zone, time, Language::kChinese, midnight),
               date_text(zone, time, Language::kEnglish, midnight)});
}

void fact(std::string& out, const char* zh, const char* en, const std::string& html) {
  out += "<dt>" + std::string(zh) + english(en) + "</dt><dd>" + html + "</dd>";
}

void begin_section(std::string& out, const char* zh, const char* en) {
  out += "<section><h2>" + std::string(zh) + english(en) + "</h2>";
}

void promises(std::string& out, const Receipt& receipt, const sla::Zone& zone) {
  if (receipt.promises.empty()) return;
  begin_section(out, "辦理期限", "Promised dates");
  out += "<table><tbody>";
  for (const Promise& promise : receipt.promises) {
    out += "<tr><th scope=\"row\">" + both(promise.name) + "</th><td>";
    if (promise.due_ms == kNever) {
      out += both({"補齊後起算", "counted once everything is here"});
    } else {
      out += both_dates(zone, promise.due_ms, Midnight::kEnds);
      if (promise.provisional) out += "<br>暫定" + english("provisional");
    }
    out += "</td></tr>";
  }
  out += "</tbody></table></section>";
}

void missing(std::string& out, const Receipt& receipt) {
  if (receipt.missing.empty()) return;
  begin_section(out, "尚須補齊", "Still needed");
  out += "<ul>";
  for (const std::string& document : receipt.missing) out += "<li>" + escaped(document) + "</li>";
  out += "</ul></section>";
}

void fees(std::string& out, const Receipt& receipt) {
  if (receipt.fees.empty()) return;
  begin_section(out, "費用（新臺幣）", "Fees (NT$)");
  out += "<table><tbody>";
  for (const Fee& fee : receipt.fees) {
    out +=
        "<tr><th scope=\"row\">" + both(fee.name) + "</th><td>" +
        (fee.amount == 0 ? both({"另行通知", "to be told"}) : group_thousands(fee.amount) + " 元") +
        "</td><td>";
    out += fee.paid ? both({"已繳", "paid"}) : both({"未繳", "not paid"});
    if (!fee.receipt.empty()) out += "<br>" + escaped(fee.receipt);
    out += "</td></tr>";
  }
  out += "</tbody></table></section>";
}

void footer(std::string& out, const Receipt& receipt, const sla::Zone& zone) {
  out += "<footer>";
  if (!receipt.link.empty())
    out += "<p>進度查詢" + english("Track this case") + "：" + escaped(receipt.link) + "</p>";
  if (!receipt.contact.empty())
    out += "<p>聯絡方式" + english("Contact") + "：" + escaped(receipt.contact) + "</p>";
  if (receipt.issued_ms != 0) {
    out += "<p>製發時間" + english("Issued") + "：" +
           escaped(date_text(zone, receipt.issued_ms, Language::kChinese));
    if (!receipt.clerk.empty()) out += "　經辦人" + english("By") + "：" + escaped(receipt.clerk);
    out += "</p>";
  }
  out += "</footer>";
}

void steps(std::string& out, const Receipt& receipt) {
  begin_section(out, "後續流程", "What happens next");
  out += "<p>" + both(receipt.next) + "</p>";
  if (!receipt.steps.empty()) {
    out += "<ol class=\"steps\">";
    for (const Names& step : receipt.steps) out += "<li>" + both(step) + "</li>";
    out += "</ol>";
  }
  out += "</section>";
}

}  // namespace

std::string receipt_page(const Receipt& receipt) {
  const sla::Zone zone = sla::Zone::load(receipt.time_zone).value_or(sla::Zone::utc());
  const std::string number = group_case_number(receipt.case_number);
  std::string out = "<main><header><div><p class=\"enterprise\">" + both(receipt.enterprise) +
                    "</p><h1>受理回執" + english("Receipt") + "</h1><p class=\"number\">" +
                    escaped(number) + "</p><p>案號" + english("Case number") + "</p></div>";
  const std::string code =
      receipt.link.empty() ? "" : qr_code(receipt.link, "進度查詢 Track this case");
  if (!code.empty())
    out += "<figure>" + code +
           "<figcaption>掃描查詢進度<br><span class=\"en\" lang=\"en\">Scan to "
           "track</span></figcaption></figure>";
  out += "</header><dl>";
  if (!receipt.service.zh.empty())
    fact(out, receipt.complaint ? "案件類別" : "申辦項目", "Service", both(receipt.service));
  fact(out, "收件時間", "Received", both_dates(zone, receipt.received_ms, Midnight::kBegins));
  if (!receipt.applicant.empty())
    fact(out, receipt.complaint ? "陳情人" : "申請人", "Applicant", escaped(receipt.applicant));
  if (!receipt.phone.empty()) fact(out, "電話", "Telephone", escaped(receipt.phone));
  if (!receipt.subject.empty()) fact(out, "主旨", "Subject", escaped(receipt.subject));
  if (!receipt.unit.zh.empty()) fact(out, "承辦單位", "Unit", both(receipt.unit));
  fact(out, "辦理情形", "Status", both(receipt.status));
  out += "</dl>";
  missing(out, receipt);
  promises(out, receipt, zone);
  fees(out, receipt);
  steps(out, receipt);
  footer(out, receipt, zone);
  out += kReceiptEnd;
  return document(Language::kChinese, "受理回執 Receipt " + number, kReceiptStyle, out);
}

std::string with_sign_out(std::string page, const std::string& path) {
  const std::string button = "<form method=\"post\" action=\"" + escaped(path) +
                             "\"><button type=\"submit\" name=\"" + kSignOutField +
                             "\" value=\"1\">登出" + english("Sign out") + "</button></form>";
  if (const std::size_t end = page.rfind(kReceiptEnd); end != page.npos) page.insert(end, button);
  return page;
}

const std::string& receipt_style_source() {
  static const std::string source = style_source(kReceiptStyle);
  return source;
}

}  // namespace casewheel::pages
