// The pages for people: what they say, in which language, and that nothing typed gets out of its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/pages/frame.h"
#include "engine/pages/qr_code.h"
#include "engine/pages/receipt_page.h"
#include "engine/pages/tracking_page.h"

namespace casewheel::pages {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr TimeMs kNow = 1'770'000'000'000;  // 2026-02-02T10:40 in Taipei

sla::Zone taipei() { return *sla::Zone::load("Asia/Taipei"); }

Receipt receipt() {
  Receipt out;
  out.enterprise = {"台灣糖業公司", "Taisugar"};
  out.service = {"土地承租", "Land lease"};
  out.case_number = "13115020200001004";
  out.time_zone = "Asia/Taipei";
  out.received_ms = kNow;
  out.applicant = "王○明<script>";
  out.status = {"待您補件", "waiting"};
  out.next = {"請補齊", "hand in"};
  out.promises = {{{"辦結", "Resolve"}, kNever, false}, {{"回復", "Reply"}, kNow + kDayMs, true}};
  out.missing = {"身分證 & 印章"};
  out.fees = {{{"押金", "Deposit"}, 0, false, ""}, {{"勘查費", "Survey"}, 12500, true, "R-1"}};
  out.steps = {{"勘查", "Survey"}, {"簽約", ""}};
  out.link = "https://cases.example.tw/track?case=13115020200001004";
  return out;
}

TEST(Dates, AreOfTheRepublicInChinese) {
  EXPECT_EQ(date_text(taipei(), kNow, Language::kChinese), "115 年 2 月 2 日（一）10:40");
  EXPECT_EQ(date_text(taipei(), kNow, Language::kEnglish), "Mon 2026-02-02 10:40");
  const TimeMs midnight = 1769961600000;  // 2026-02-02T00:00
  EXPECT_EQ(date_text(taipei(), midnight, Language::kEnglish), "Mon 2026-02-02 00:00");
  EXPECT_EQ(date_text(taipei(), midnight, Language::kEnglish, Midnight::kEnds),
            "Sun 2026-02-01 24:00");
}

TEST(QrCodes, AreSquareAndSayWhereTheyLead) {
  const std::string code = qr_code("https://cases.example.tw/track?case=13115020200001004", "查詢");
  EXPECT_THAT(code, HasSubstr("aria-label=\"查詢\""));
  EXPECT_THAT(code,
              HasSubstr("viewBox=\"0 0 41 41\""));  // version 4: 33 modules, 4 of white a side
  EXPECT_THAT(code, HasSubstr("M4 4h7v1h-7z"));     // the first finder pattern
  EXPECT_EQ(qr_code(std::string(5000, 'x'), ""), "");
}

TEST(Receipts, SayItAllInBothLanguages) {
  const std::string page = receipt_page(receipt());
  for (const char* word :
       {"台灣糖業公司", "Land lease", "13 1150202 00001 004", "115 年 2 月 2 日（一）10:40",
        "身分證 &amp; 印章", "補齊後起算", "暫定", "另行通知", "12,500 元", "已繳", "R-1", "簽約",
        "<svg", "王○明&lt;script&gt;"})
    EXPECT_THAT(page, HasSubstr(word));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("申請人"));
  Receipt complaint = receipt();
  complaint.complaint = true;
  EXPECT_THAT(receipt_page(complaint), HasSubstr("陳情人"));
  EXPECT_THAT(receipt_page(complaint), HasSubstr("案件類別"));
  EXPECT_THAT(receipt_page(complaint), Not(HasSubstr("申請人")));
  Receipt bare;
  bare.case_number = "1";
  EXPECT_THAT(receipt_page(bare), Not(HasSubstr("<svg")));
}

TEST(Receipts, HaveAButtonToSignOutForWhoHasSignedIn) {
  const std::string page = receipt_page(receipt());
  EXPECT_THAT(page, Not(HasSubstr("<form")));
  const std::string with = with_sign_out(page, "/receipts/13115020200001004");
  EXPECT_THAT(with, HasSubstr("action=\"/receipts/13115020200001004\""));
  EXPECT_THAT(with, HasSubstr(std::string("name=\"") + kSignOutField + "\""));
  EXPECT_THAT(with, HasSubstr("登出"));
  EXPECT_LT(with.find("</form>"), with.find("</main>"));
}

TEST(Tracking, KeepsWhatWasTypedInItsPlace) {
  TrackingForm form;
  form.case_number = "\"><script>alert(1)</script>";
  form.fault = TrackingFault::kNoNumber;
  const std::string page = tracking_form(form);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("aria-invalid"));
  EXPECT_LT(page.size(), 20'000u);
}

TEST(Tracking, SaysHowLongToWait) {
  TrackingForm form;
  form.fault = TrackingFault::kTooMany;
  form.language = Language::kEnglish;
  form.wait_ms = 1'500;
  EXPECT_THAT(tracking_form(form), HasSubstr("in 2 seconds."));
  form.wait_ms = 130'000;
  EXPECT_THAT(tracking_form(form), HasSubstr("in 3 minutes."));
}

TEST(Tracking, ShowsACaseInOneLanguage) {
  ::casewheel::v1::TrackedCase tracked;
  tracked.set_case_number("13115020200001004");
  tracked.set_service_zh("土地承租");
  tracked.set_service_en("Land lease");
  tracked.set_status_zh("處理中");
  tracked.set_status_en("being worked on");
  tracked.set_time_zone("Asia/Taipei");
  tracked.add_steps_zh("勘查");
  tracked.add_missing_documents("<b>");
  auto* promise = tracked.add_promises();
  promise->set_name_zh("回復");
  promise->set_name_en("Reply");
  promise->set_state(::casewheel::v1::TrackedPromise::STATE_LATE);
  promise->mutable_due_time()->set_seconds(kNow / 1000);
  const std::string zh = tracking_answer(tracked, Language::kChinese);
  const std::string en = tracking_answer(tracked, Language::kEnglish);
  EXPECT_THAT(zh, HasSubstr("已逾期"));
  EXPECT_THAT(en, HasSubstr("being worked on"));
  EXPECT_THAT(en, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(en, HasSubstr("勘查"));  // where there is no English
  EXPECT_THAT(en, Not(HasSubstr("處理中")));
}

TEST(Styles, AreNamedByTheirDigest) {
  EXPECT_THAT(frame_style_source(), testing::MatchesRegex("'sha256-[A-Za-z0-9+/]{43}='"));
  EXPECT_NE(frame_style_source(), receipt_style_source());
}

}  // namespace
}  // namespace casewheel::pages
