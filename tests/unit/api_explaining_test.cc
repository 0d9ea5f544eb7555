// How a date came about: the account adds up, and its sentences say it in Chinese and English.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/account_phrases.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCalendars = R"(
calendars:
  - id: national
    name: {zh: 全國日曆, en: National}
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
    days:
      - {date: 2026-02-07, what: working_day, name: 補行上班}
      - {date: 2026-02-11, what: holiday, name: 水利節}
      - {date: 2026-02-12, what: holiday, name: 鐵路節}
    known_until: 2026-02-28
)";

// Monday 2026-02-02 10:40 in Taipei is kStart.
class Explaining : public ApiTest {
 protected:
  void begin(const std::string& within) {
    start(1);
    v1::ApplyCalendarRequest calendars;
    calendars.set_yaml(kCalendars);
    ASSERT_TRUE(wait<v1::ApplyCalendarResponse>(
        [&](auto done) { calendars_->apply({}, calendars, done); }));
    std::string text = kCatalogue;
    const std::string old = "within: 72h";
    text.replace(text.find(old), old.size(), "within: " + within + ", pauses: [other_agency]");
    const std::string zone = "time_zone: Asia/Taipei";
    text.replace(text.find(zone), zone.size(), zone + "\n    calendar: national");
    v1::ApplyCatalogueRequest request;
    request.set_yaml(text);
    const auto applied =
        wait<v1::ApplyCatalogueResponse>([&](auto done) { catalogue_->apply({}, request, done); });
    ASSERT_TRUE(applied) << applied.error().message;
    number_ = lodged(lodge_request("r"));
  }
  Result<v1::ClockExplanation> explain(const std::string& number, std::uint32_t clock = 0) {
    v1::ExplainClockRequest request;
    request.set_case_number(number);
    request.set_clock(clock);
    return wait<v1::ClockExplanation>([&](auto done) { explaining_->explain({}, request, done); });
  }
  v1::ClockAccount account() {
    const auto answer = explain(number_);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    if (!answer || answer->clocks().empty()) return {};
    // Without a gap from start to due.
    const v1::ClockAccount& told = answer->clocks(0);
    std::int64_t at = told.start_time().seconds();
    for (const v1::Stretch& stretch : told.stretches()) {
      EXPECT_EQ(stretch.from_time().seconds(), at);
      at = stretch.has_to_time() ? stretch.to_time().seconds() : 0;
    }
    EXPECT_EQ(told.due_time().seconds(), at) << "0: it lasts";
    return told;
  }

  std::string number_;
};

TEST_F(Explaining, WorkingDaysOfTheLaw) {
  begin("{working_days: 8, rule: end_of_day_first_day_excluded}");
  const v1::ClockAccount told = account();
  EXPECT_EQ(told.allowance(), "{working_days: 8, rule: end_of_day_first_day_excluded}");
  EXPECT_EQ(told.calendar(), "national");
  EXPECT_EQ(told.calendar_version(), 1u);
  EXPECT_EQ(told.time_zone(), "Asia/Taipei");
  std::int32_t days = 0;
  for (const v1::Stretch& stretch : told.stretches()) days += stretch.counts_days();
  EXPECT_EQ(days, 8);
  EXPECT_EQ(
      told.text_zh(),
      "回復：自 115 年 2 月 2 日（一）10:40 起算，8 個工作天（始日不計，算至末日 "
      "24:00，行政程序法第 48 條）。\n"
      "依時效規定 all（目錄第 2 版）及「全國日曆」第 1 版。\n"
      "  2 月 2 日（一）10:40 至 24:00：始日，不計\n"
      "  2 月 3 日（二） 至 2 月 10 日（二）：第 1 至 7 個工作天，其間例假日不計（含 補行上班）\n"
      "  2 月 11 日（三） 至 2 月 12 日（四）：放假，不計（水利節、鐵路節）\n"
      "  2 月 13 日（五）：第 8 個工作天\n"
      "期限 2 月 13 日（五）24:00。");
  EXPECT_THAT(told.text_en(), HasSubstr("Reply: from Mon 2026-02-02 10:40, 8 working days"));
  EXPECT_THAT(told.text_en(),
              HasSubstr("  Wed 2026-02-11 to Thu 2026-02-12: closed (水利節, 鐵路節)\n"));
  EXPECT_THAT(told.text_en(), HasSubstr("Due Fri 2026-02-13 24:00."));
}

TEST_F(Explaining, WorkingHours) {
  begin("{working: 12h}");
  const v1::ClockAccount told = account();
  EXPECT_THAT(told.text_zh(), HasSubstr("上班時間 12 小時"));
  EXPECT_THAT(
      told.text_zh(),
      HasSubstr(
          "  2 月 2 日（一）10:40 至 2 月 3 日（二）15:40：計 12 小時，其間非上班時間不計\n"));
  EXPECT_THAT(told.text_en(), HasSubstr("Due Tue 2026-02-03 15:40."));
}

TEST_F(Explaining, ByTheWall) {
  begin("72h");
  const v1::ClockAccount told = account();
  EXPECT_EQ(told.calendar(), "");
  EXPECT_EQ(told.time_zone(), "Asia/Taipei");
  EXPECT_THAT(told.text_zh(), HasSubstr("72 小時（日夜連續計算）"));
  EXPECT_THAT(told.text_zh(), HasSubstr("期限 2 月 5 日（四）10:40。"));
  EXPECT_FALSE(told.provisional());
}

TEST_F(Explaining, APauseHasItsReason) {
  begin("{working_days: 2, rule: end_of_working_day}");
  auto suspend = on<v1::SuspendCaseRequest>(number_);
  suspend.set_reason(v1::PAUSE_REASON_OTHER_AGENCY);
  suspend.set_text("會辦");
  const auto suspended = act(suspend);
  ASSERT_TRUE(suspended) << suspended.error().message;
  EXPECT_EQ(suspended->suspended_for(), v1::PAUSE_REASON_OTHER_AGENCY);
  EXPECT_EQ(suspended->clocks(0).pauses(0).reason(), v1::PAUSE_REASON_OTHER_AGENCY);
  v1::ClockAccount told = account();
  EXPECT_FALSE(told.has_due_time());
  EXPECT_EQ(told.stretches(told.stretches_size() - 1).name(), "等候其他機關");
  EXPECT_THAT(told.text_zh(), HasSubstr("停止計時（等候其他機關）"));
  EXPECT_THAT(told.text_en(), HasSubstr("paused (awaiting another agency)"));
  ASSERT_TRUE(advance(2 * kDayMs));
  ASSERT_TRUE(act(on<v1::ResumeCaseRequest>(number_)));
  told = account();
  EXPECT_THAT(told.text_zh(), HasSubstr("停止計時（等候其他機關）"));
  EXPECT_TRUE(told.has_due_time());
}

TEST_F(Explaining, APauseEndsWithTheCase) {
  begin("{working_days: 2, rule: end_of_working_day}");
  auto suspend = on<v1::SuspendCaseRequest>(number_);
  suspend.set_reason(v1::PAUSE_REASON_OTHER_AGENCY);
  suspend.set_text("會辦");
  ASSERT_TRUE(act(suspend));
  ASSERT_TRUE(advance(kDayMs));
  auto close = on<v1::CloseCaseRequest>(number_);
  close.set_outcome(v1::OUTCOME_RESOLVED);
  close.set_text("他機關已處理");
  const auto closed = act(close);
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ(closed->suspended_for(), v1::PAUSE_REASON_UNSPECIFIED);
  ASSERT_EQ(closed->clocks(0).pauses_size(), 1);
  EXPECT_EQ(closed->clocks(0).pauses(0).to_time().SerializeAsString(),
            closed->clocks(0).stop_time().SerializeAsString());
  const auto answer = explain(number_);
  ASSERT_TRUE(answer);
  const v1::ClockAccount& told = answer->clocks(0);
  const v1::Stretch& last = told.stretches(told.stretches_size() - 1);
  EXPECT_EQ(last.kind(), v1::Stretch::KIND_PAUSED);
  EXPECT_EQ(last.to_time().SerializeAsString(), closed->clocks(0).stop_time().SerializeAsString());
  EXPECT_FALSE(told.has_due_time());
  EXPECT_THAT(told.text_zh(), Not(HasSubstr("目前停止計時")));
  EXPECT_THAT(told.text_en(), Not(HasSubstr("Paused now")));
  EXPECT_THAT(told.text_en(), HasSubstr("Still paused when it stopped"));
  // The end undone, the pause goes on.
  auto reopen = on<v1::ReopenCaseRequest>(number_);
  reopen.set_reason("誤結");
  reopen.set_mistake(true);
  const auto again = act(reopen);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->suspended_for(), v1::PAUSE_REASON_OTHER_AGENCY);
  EXPECT_FALSE(again->clocks(0).pauses(0).has_to_time());
}

TEST_F(Explaining, AStoppedClockIsExplainedByWhatItWasComparedWith) {
  begin("{working_days: 3, rule: end_of_working_day}");
  const std::string before = account().due_time().SerializeAsString();
  auto reply = on<v1::ReplyCaseRequest>(number_);
  reply.set_means(v1::REPLY_MEANS_PHONE);
  reply.set_text("好了");
  ASSERT_TRUE(act(reply));
  const v1::ClockAccount told = account();
  EXPECT_EQ(told.status(), v1::CLOCK_STATUS_MET);
  EXPECT_EQ(told.due_time().SerializeAsString(), before);
  EXPECT_THAT(told.text_zh(), HasSubstr("已於 2 月 2 日（一）10:40 完成，如期。"));
}

TEST_F(Explaining, DatesBeyondTheCalendarAreProvisional) {
  begin("{working_days: 60, rule: end_of_day_first_day_excluded}");
  const v1::ClockAccount told = account();
  EXPECT_TRUE(told.provisional());
  EXPECT_THAT(told.text_zh(), HasSubstr("暫定"));
  EXPECT_TRUE(get(number_)->clocks(0).provisional());
}

TEST_F(Explaining, Refusals) {
  begin("72h");
  EXPECT_EQ(explain(number_, 9).error().code, RejectionCode::kNotFound);
  EXPECT_EQ(field_of(explain("12")), "case_number");
  auto suspend = on<v1::SuspendCaseRequest>(number_);
  suspend.set_reason(v1::PAUSE_REASON_OTHER_AGENCY);
  EXPECT_EQ(field_of(act(suspend)), "text");
  suspend.set_text("x");
  suspend.set_reason(v1::PAUSE_REASON_AWAITING_DOCUMENTS);
  EXPECT_EQ(field_of(act(suspend)), "reason");
  suspend.set_reason(static_cast<v1::PauseReason>(77));
  EXPECT_EQ(field_of(act(suspend)), "reason");
  auto reclassify = on<v1::ReclassifyCaseRequest>(number_);
  reclassify.set_reason("x");
  EXPECT_EQ(field_of(act(reclassify)), "priority");
  reclassify.set_service("nothing");
  EXPECT_EQ(field_of(act(reclassify)), "service");
  reclassify.clear_reason();
  EXPECT_EQ(field_of(act(reclassify)), "reason");
  auto extension = on<v1::RequestExtensionRequest>(number_);
  EXPECT_EQ(field_of(act(extension)), "due_time");
  set_time(extension.mutable_due_time(), kStart + 30 * kDayMs);
  EXPECT_EQ(field_of(act(extension)), "reason");
  auto decide = on<v1::DecideExtensionRequest>(number_);
  EXPECT_EQ(field_of(act(decide)), "extension_request");
  decide.set_extension_request(1);
  EXPECT_EQ(field_of(act(decide)), "text");
  auto agree = on<v1::AgreeDateRequest>(number_);
  set_time(agree.mutable_agreed_time(), kStart + kDayMs);
  agree.set_approver("hans");
  EXPECT_EQ(field_of(act(agree)), "approver") << "no supervisor";
}

TEST_F(Explaining, AnExtensionIsAskedForAndDecided) {
  begin("72h");
  auto ask = on<v1::RequestExtensionRequest>(number_);
  ask.set_clock(1);
  set_time(ask.mutable_due_time(), kStart + 10 * kDayMs);
  ask.set_reason("料件未到");
  Call handler;
  handler.actor = "hans";
  const auto asked = act(ask, handler);
  ASSERT_TRUE(asked) << asked.error().message;
  ASSERT_EQ(asked->extension_requests_size(), 1);
  EXPECT_EQ(asked->extension_requests(0).requested_by(), "hans");
  auto decide = on<v1::DecideExtensionRequest>(number_);
  decide.set_extension_request(asked->extension_requests(0).id());
  decide.set_granted(true);
  const auto decided = act(decide);
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->extension_requests_size(), 0);
  EXPECT_EQ(decided->clocks(0).due_time().seconds() * 1000, kStart + 10 * kDayMs);
  EXPECT_THAT(account().text_zh(), HasSubstr("核定展延至 2 月 12 日（四）10:40"));
  const auto past = history(on<v1::ListCaseHistoryRequest>(number_));
  std::string changes;
  for (const v1::HistoryEntry& entry : past->entries()) {
    for (const v1::Change& change : entry.changes())
      changes += entry.event() + "." + change.field() + "=" + change.value() + "\n";
  }
  EXPECT_THAT(changes, HasSubstr("extension_decided.granted=true"));
  EXPECT_THAT(changes, HasSubstr("clock_extended.named_time=2026-02-12T02:40:00Z"));
  EXPECT_THAT(changes, HasSubstr("clock_started.allowance=72h"));
  EXPECT_THAT(changes, Not(HasSubstr("wall_time")));
}

}  // namespace
}  // namespace casewheel::api
