// Cases that count by a calendar: pauses with their reasons, told in time or afterwards, other
// policies and calendars while a case is open, and ladders that know opening and quiet hours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "domain_working_fixture.h"

namespace casewheel::domain {
namespace {

using ::testing::ElementsAre;
using Working = WorkingTest;

TEST_F(Working, SixWorkingDaysEndWithTheSixthDay) {
  CaseOnDesk lease = desk("lease");
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-11");
  EXPECT_EQ(lease.clock(stored::RESOLVE).calendar(), "national");
  now_ = taipei("2026-02-10T16:59");
  EXPECT_EQ(due(desk("lease"), stored::RESOLVE), "2026-02-26") << "the New Year does not count";
  now_ = taipei("2026-12-30T09:00");
  const CaseOnDesk late = desk("lease");
  EXPECT_TRUE(office_.rules().provisional(late.clock(stored::RESOLVE)))
      << "nobody has spoken for 2027 yet";
  EXPECT_FALSE(office_.rules().provisional(lease.clock(stored::RESOLVE)));
}

TEST_F(Working, WaitingForAnotherAgencyStopsTheClock) {
  CaseOnDesk lease = desk("lease");
  lease.now = taipei("2026-02-03T10:00");
  lease.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等縣府會勘", 0});
  EXPECT_EQ(lease.state.status(), stored::SUSPENDED);
  EXPECT_EQ(lease.due(stored::RESOLVE), kNever);
  EXPECT_NE(lease.due(stored::FIRST_RESPONSE), kNever) << "that one does not pause for it";
  lease.now = taipei("2026-02-05T10:00");
  lease.must(Resume{"會勘完畢", 0});
  EXPECT_EQ(lease.state.status(), stored::ASSIGNED);
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-13") << "two working days later";
}

TEST_F(Working, DocumentsThatArrivedOnFridayAreRecordedOnMonday) {
  CaseOnDesk on_time = desk("lease");
  CaseOnDesk late = desk("lease");
  for (CaseOnDesk* lease : {&on_time, &late}) {
    lease->now = taipei("2026-02-03T10:00");
    lease->must(RequestDocuments{{"申請書"}, ""});
  }
  on_time.now = taipei("2026-02-06T11:00");
  on_time.must(ReceiveDocuments{});
  late.now = taipei("2026-02-09T09:00");
  late.must(ReceiveDocuments{{}, taipei("2026-02-06T11:00")});
  EXPECT_EQ(due(on_time, stored::RESOLVE), "2026-02-14");
  EXPECT_EQ(late.due(stored::RESOLVE), on_time.due(stored::RESOLVE));
  EXPECT_FALSE(late.act(ReceiveDocuments{}).has_value());
}

TEST_F(Working, APauseToldAfterwardsTakesTheBreachBack) {
  CaseOnDesk gripe = desk("gripe");
  gripe.pass_to(taipei("2026-02-05T12:00"));
  EXPECT_TRUE(gripe.clock(stored::REPLY).breached());
  const int escalations = gripe.count(stored::Event::kStepFired);
  gripe.must(Suspend{stored::AWAITING_OTHER_AGENCY, "昨天起等縣府", taipei("2026-02-04T10:40")});
  EXPECT_FALSE(gripe.clock(stored::REPLY).breached());
  gripe.now = taipei("2026-02-06T10:40");
  gripe.must(Resume{"", 0});
  EXPECT_EQ(due(gripe, stored::REPLY), "2026-02-07T10:40");
  gripe.pass_to(taipei("2026-02-07T10:40") + 1);
  EXPECT_EQ(gripe.count(stored::Event::kClockBreached), 2);
  EXPECT_EQ(gripe.count(stored::Event::kStepFired), escalations + 1) << "the ladder begins anew";
}

TEST_F(Working, ADateThatMovesIntoThePastIsNotTheEnginesLateness) {
  CaseOnDesk lease = desk("lease");
  lease.now = taipei("2026-02-03T10:00");
  lease.must(RequestDocuments{{"申請書"}, ""});
  lease.now = taipei("2026-02-13T09:00");
  lease.must(ReceiveDocuments{{}, taipei("2026-02-03T11:00")});
  const Events events = lease.look();
  EXPECT_EQ(breach(events, lease.clock(stored::RESOLVE)).cause(), stored::DATE_MOVED);
  EXPECT_EQ(breach(events, lease.clock(stored::FIRST_RESPONSE)).cause(), stored::OVERLOAD);
}

TEST_F(Working, AnotherPriorityIsAnotherPolicy) {
  CaseOnDesk lease = desk("lease");
  lease.now = kStart + kHourMs;
  lease.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "醫院用電"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-02T15:40") << "from where it was: the receipt";
  EXPECT_EQ(lease.clock(stored::FIRST_RESPONSE).status(), stored::CANCELLED);
  EXPECT_EQ(lease.last(stored::Event::kClockMoved).clock_moved().cause(), stored::CASE_CHANGED);
  lease.must(Reclassify{stored::NORMAL, "", stored::KIND_UNSPECIFIED, "誤植"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-11") << "and back again";
  EXPECT_TRUE(
      lease.must(Reclassify{stored::NORMAL, "lease", stored::KIND_UNSPECIFIED, ""}).empty());
}

TEST_F(Working, ReclassifiedWhilePaused) {
  CaseOnDesk lease = desk("lease");
  lease.now = taipei("2026-02-02T11:00");
  lease.must(RequestDocuments{{"申請書"}, ""});
  lease.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "醫院用電"});
  EXPECT_EQ(lease.due(stored::RESOLVE), kNever);
  lease.now = taipei("2026-02-03T09:00");
  lease.must(ReceiveDocuments{});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-03T13:40") << "20 minutes had counted";
}

TEST_F(Working, AClosureMovesOnlyItsCounty) {
  CaseOnDesk taipei_city = desk("lease", "臺北市");
  CaseOnDesk pingtung = desk("lease", "屏東縣");
  office_.close("臺北市", 20260205);
  EXPECT_TRUE(relay(pingtung).empty());
  const Events moved = relay(taipei_city);
  ASSERT_EQ(moved.size(), 1u);
  const stored::ClockMoved& event = moved[0].clock_moved();
  EXPECT_EQ(moved[0].actor().role(), stored::ENGINE);
  EXPECT_EQ(event.cause(), stored::CLOSURE_DECLARED);
  EXPECT_THAT(event.reference(), ::testing::HasSubstr("颱風"));
  EXPECT_EQ(taipei(event.due_before_ms()), "2026-02-11");
  EXPECT_EQ(taipei(event.due_after_ms()), "2026-02-12");
  EXPECT_EQ(due(pingtung, stored::RESOLVE), "2026-02-11");
  EXPECT_TRUE(relay(taipei_city).empty()) << "once";
}

TEST_F(Working, ADateThatHasMovedNeverFiresEarly) {
  CaseOnDesk lease = desk("lease");
  lease.now = taipei("2026-02-10T20:00");
  lease.look();
  office_.close("臺北市", 20260210);
  lease.now = taipei("2026-02-11T00:00");
  const Events events = lease.look();
  ASSERT_FALSE(events.empty());
  EXPECT_TRUE(events[0].has_clock_moved());
  EXPECT_FALSE(lease.clock(stored::RESOLVE).breached());
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-12");
}

TEST_F(Working, AVerdictHeedsAClosureTheSweepHasNotReached) {
  CaseOnDesk lamp = desk("lamp");
  EXPECT_EQ(due(lamp, stored::REPLY), "2026-02-03T10:40");
  office_.close("臺北市", 20260203);
  lamp.now = taipei("2026-02-03T15:00");
  lamp.must(Reply{stored::BY_PHONE, "已回復", 0});
  EXPECT_EQ(lamp.clock(stored::REPLY).status(), stored::MET);
}

TEST_F(Working, WhatAPauseMovesOnHeedsTheCalendarOfToday) {
  CaseOnDesk lease = desk("lease");
  stored::CalendarDay& day = *office_.national().add_days();
  day.set_date(20260312);
  day.set_what(stored::CalendarDay::HOLIDAY);
  day.set_name("補假");
  office_.change_calendar("三月補假");
  EXPECT_TRUE(relay(lease).empty()) << "its date lies long before";
  lease.now = taipei("2026-02-09T10:00");
  lease.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等", 0});
  lease.now = taipei("2026-03-11T10:00");
  lease.must(Resume{"", 0});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-14") << "12 March is closed";
}

TEST_F(Working, PoliciesReachOpenCasesWhenAskedTo) {
  CaseOnDesk lease = desk("lease");
  office_.tenant().mutable_policies(1)->mutable_clocks(0)->mutable_allowance()->set_working_days(3);
  office_.change_policies(false);
  EXPECT_TRUE(relay(lease).empty());
  EXPECT_EQ(due(desk("lease"), stored::RESOLVE), "2026-02-06");
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-11");
  office_.change_policies(true);
  EXPECT_FALSE(relay(lease).empty());
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-06");
  EXPECT_EQ(lease.last(stored::Event::kClockMoved).clock_moved().cause(), stored::POLICY_CHANGED);
  EXPECT_TRUE(relay(lease).empty());
}

TEST_F(Working, AnExtensionIsAskedForAndGranted) {
  CaseOnDesk lease = desk("lease");
  const std::uint32_t clock = lease.clock(stored::RESOLVE).clock();
  Command ask = lease.command(RequestExtension{clock, taipei("2026-02-24T17:00"), "缺料"});
  ask.who = {stored::HANDLER, "hans", role_bit(stored::HANDLER)};
  ASSERT_TRUE(lease.give(ask).has_value());
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-11") << "asking moves nothing";
  const std::uint32_t request = lease.state.extension_requests(0).request();
  Command grant = lease.command(DecideExtension{request, true, "同意"});
  grant.who = {stored::SUPERVISOR, "hans", role_bit(stored::SUPERVISOR)};
  EXPECT_EQ(lease.give(grant).error().code, RejectionCode::kNotPermitted) << "not her own";
  grant.who.id = "nina";
  ASSERT_TRUE(lease.give(grant).has_value());
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-24T17:00");
  EXPECT_TRUE(lease.state.extension_requests().empty());
  EXPECT_EQ(lease.give(grant).error().code, RejectionCode::kNotFound);
}

TEST_F(Working, AnAgreedDateWarnsTheApplicantBeforeItBreaks) {
  CaseOnDesk lease = desk("lease");
  lease.must(AgreeDate{taipei("2026-02-10T15:00"), ""});
  lease.pass_to(taipei("2026-02-09T15:00"));
  const stored::StepFired& fired = lease.last(stored::Event::kStepFired).step_fired();
  EXPECT_EQ(taipei(fired.due_ms()), "2026-02-09T15:00");
  EXPECT_TRUE(fired.tells_applicant());
  EXPECT_THAT(fired.recipients(), ElementsAre("hans"));
  lease.must(Suspend{stored::FORCE_MAJEURE, "颱風", 0});
  EXPECT_EQ(lease.due(stored::AGREED_DATE), kNever);
  lease.now = taipei("2026-02-11T15:00");
  lease.must(Resume{"", 0});
  EXPECT_EQ(due(lease, stored::AGREED_DATE), "2026-02-12T15:00") << "by the wall, as it was agreed";
  EXPECT_EQ(lease.act(AgreeDate{taipei("2026-02-24T15:00"), "缺料", "hans"}).error().code,
            RejectionCode::kInvalidArgument)
      << "a handler approves nothing";
  lease.must(AgreeDate{taipei("2026-02-24T15:00"), "缺料", "nina"});
  lease.must(AgreeDate{taipei("2026-02-25T15:00"), "又缺料", "nina"});
  EXPECT_EQ(lease.state.earlier_agreed_ms_size(), 2);
  EXPECT_EQ(lease.last(stored::Event::kDateAgreed).date_agreed().approved_by(), "nina");
}

TEST_F(Working, ADateAgreedWhileTheCaseWaitsStandsStill) {
  CaseOnDesk lease = desk("lease");
  lease.must(Suspend{stored::FORCE_MAJEURE, "颱風", 0});
  lease.must(AgreeDate{taipei("2026-02-10T15:00"), ""});
  EXPECT_EQ(lease.due(stored::AGREED_DATE), kNever);
  lease.now += kDayMs;
  lease.must(Resume{"", 0});
  EXPECT_EQ(due(lease, stored::AGREED_DATE), "2026-02-11T15:00");
  lease.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等縣府會勘", 0});
  lease.must(AgreeDate{taipei("2026-02-12T15:00"), "會勘後"});
  EXPECT_EQ(due(lease, stored::AGREED_DATE), "2026-02-12T15:00") << "does not pause for that";
}

TEST_F(Working, WhoHandlesACaseDecidesOnNoneOfItsDates) {
  CaseOnDesk lease = desk("lease");
  lease.state.set_handler("nina");
  const std::uint32_t clock = lease.clock(stored::RESOLVE).clock();
  const TimeMs later = taipei("2026-02-13T12:00");
  Command extend = lease.command(ExtendClock{clock, later, "缺料"});
  extend.who = {stored::SUPERVISOR, "nina", kEveryRole};
  const auto own = lease.give(extend);
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code, RejectionCode::kNotPermitted);
  // Also where the right holds for the case by its unit, and for a request of somebody else's.
  lease.must(RequestExtension{clock, later, "缺料"});
  Command grant =
      lease.command(DecideExtension{lease.state.extension_requests(0).request(), true, "同意"});
  grant.who = {stored::SUPERVISOR, "nina", kEveryRole};
  EXPECT_FALSE(lease.give(grant));
  EXPECT_FALSE(lease.act(AgreeDate{later, "x", "nina"}));
  grant.who.id = "boss";
  EXPECT_TRUE(lease.give(grant));
}

TEST_F(Working, AnExtendedDateStandsStillWhileTheCaseWaits) {
  CaseOnDesk lease = desk("lease");
  lease.must(ExtendClock{lease.clock(stored::RESOLVE).clock(), taipei("2026-02-13T12:00"), "缺料"});
  lease.now = taipei("2026-02-12T09:00");  // two days behind the date it had
  lease.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等縣府會勘", 0});
  EXPECT_EQ(lease.due(stored::RESOLVE), kNever);
  lease.now = taipei("2026-02-12T11:00");
  lease.must(Resume{"", 0});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-13T14:00");
}

// Both in one batch: nobody has looked at the case between its date and the pause.
TEST_F(Working, WhatFellDueBeforeThePauseIsStillTold) {
  CaseOnDesk lease = desk("lease");
  lease.pass_to(taipei("2026-02-10T00:00"));
  const TimeMs due_ms = lease.due(stored::RESOLVE);
  lease.now = due_ms + 1;
  lease.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等縣府會勘", 0});
  EXPECT_EQ(next_look(lease.state, lease.rules()), due_ms + 1);
  lease.look();
  EXPECT_TRUE(lease.clock(stored::RESOLVE).breached());
  EXPECT_EQ(lease.clock(stored::RESOLVE).status(), stored::PAUSED);
  const stored::ClockBreached& breached =
      lease.last(stored::Event::kClockBreached).clock_breached();
  EXPECT_EQ(breached.due_ms(), due_ms);
  EXPECT_EQ(breached.cause(), stored::ON_TIME);
  EXPECT_THAT(lease.last(stored::Event::kStepFired).step_fired().recipients(), ElementsAre("nina"));
  lease.pass_to(lease.now + 3 * kDayMs);
  EXPECT_EQ(lease.last(stored::Event::kStepFired).step_fired().due_ms(), due_ms)
      << "the steps after it wait";
  lease.must(Resume{"", 0});
  EXPECT_EQ(lease.due(stored::RESOLVE), due_ms) << "the clock was broken already";
}

TEST_F(Working, AStepWhoseConditionDoesNotHoldIsPassedOver) {
  CaseOnDesk gripe = desk("gripe");
  gripe.pass_to(taipei("2026-02-05T13:00"));
  EXPECT_EQ(gripe.count(stored::Event::kStepPassedOver), 1);
  EXPECT_EQ(gripe.count(stored::Event::kStepFired), 2);
  EXPECT_THAT(gripe.last(stored::Event::kStepFired).step_fired().recipients(), ElementsAre("boss"));
  CaseOnDesk urgent = desk("gripe");
  urgent.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "媒體關注"});
  urgent.pass_to(taipei("2026-02-05T13:00"));
  EXPECT_EQ(urgent.count(stored::Event::kStepPassedOver), 0);
  EXPECT_EQ(urgent.count(stored::Event::kStepFired), 3);
}

TEST_F(Working, PeopleSleepTheClockDoesNot) {
  now_ = taipei("2026-02-02T23:00");
  CaseOnDesk gripe = desk("gripe");
  gripe.pass_to(taipei("2026-02-06T02:00"));
  const auto& escalations = gripe.state.escalations();
  ASSERT_EQ(escalations.size(), 2);
  EXPECT_EQ(taipei(escalations[0].fired_ms()), "2026-02-05T23:00");
  EXPECT_EQ(taipei(escalations[0].notify_ms()), "2026-02-06T08:00");
  EXPECT_EQ(escalations[1].notify_ms(), 0) << "headquarters is told at any hour";
}

TEST_F(Working, AVacantPostIsPassedOverOnTheRecord) {
  CaseOnDesk gripe = desk("gripe");
  gripe.pass_to(taipei("2026-02-05T10:41"));
  const stored::StepFired& fired = gripe.last(stored::Event::kStepFired).step_fired();
  EXPECT_THAT(fired.recipients(), ElementsAre("nina"));
  ASSERT_EQ(fired.passed_posts_size(), 1);
  EXPECT_EQ(fired.passed_posts(0).unit(), "line");
  EXPECT_FALSE(fired.passed_posts(0).away());
}

TEST_F(Working, OnlyACallMeetsTheFirstResponse) {
  CaseOnDesk lease = desk("lease");
  lease.must(Note{"已去函", true});
  lease.must(Reply{stored::BY_LETTER, "函復", 0});
  EXPECT_EQ(lease.clock(stored::FIRST_RESPONSE).status(), stored::RUNNING);
  lease.must(Reply{stored::BY_PHONE, "電話說明", 0});
  EXPECT_EQ(lease.clock(stored::FIRST_RESPONSE).status(), stored::MET);
}

TEST_F(Working, RemindersCountOpeningHours) {
  CaseOnDesk lease = desk("lease");
  lease.pass_to(taipei("2026-02-12T12:00"));
  std::vector<std::string> instants;
  const std::uint32_t resolve = lease.clock(stored::RESOLVE).clock();
  for (const stored::Event& event : lease.history) {
    if (event.has_step_fired() && event.step_fired().clock() == resolve)
      instants.push_back(taipei(event.step_fired().due_ms()));
  }
  EXPECT_THAT(instants, ElementsAre("2026-02-09T08:00", "2026-02-11", "2026-02-11T12:00",
                                    "2026-02-11T17:00", "2026-02-12T12:00"));
}

TEST_F(Working, WhatIsOverdueWhenTheCaseEndsStaysBroken) {
  CaseOnDesk kept = desk("lamp");
  kept.now = taipei("2026-02-03T10:00");
  EXPECT_FALSE(kept.act(Close{stored::RESOLVED, "", 0}).has_value()) << "a reply is owed";
  kept.must(Close{stored::RESOLVED, "現場已修復", 0});
  EXPECT_EQ(kept.clock(stored::REPLY).status(), stored::CANCELLED);
  CaseOnDesk overdue = desk("lamp");
  overdue.now = taipei("2026-02-04T10:00");
  overdue.must(Close{stored::RESOLVED, "現場已修復，未及回復", 0});
  EXPECT_EQ(overdue.clock(stored::REPLY).status(), stored::BROKEN);
}

TEST_F(Working, WhoTakesOnACaseNobodyHasIsItsHandler) {
  CaseOnDesk lamp = desk("lamp");
  lamp.state.clear_handler();
  Command accept = lamp.command(Accept{});
  accept.who = {stored::HANDLER, "hans", role_bit(stored::HANDLER)};
  ASSERT_TRUE(lamp.give(accept).has_value());
  EXPECT_EQ(lamp.state.handler(), "hans");
}

TEST_F(Working, AClockThatStartsLateTakesOffThePausesBeforeIt) {
  CaseOnDesk gripe = desk("gripe");
  gripe.must(RequestDocuments{{"照片"}, ""});
  gripe.now += 20 * kDayMs;
  gripe.must(ReceiveDocuments{});
  gripe.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "lease", stored::KIND_UNSPECIFIED, "更正"});
  ASSERT_EQ(gripe.clock(stored::RESOLVE).pauses_size(), 1);
  EXPECT_EQ(due(gripe, stored::RESOLVE), "2026-03-03") << "six and nine working days";
  EXPECT_GT(gripe.due(stored::RESOLVE), gripe.now);
}

TEST_F(Working, AGrantedDateStandsWhateverTheCalendar) {
  CaseOnDesk lease = desk("lease");
  const auto days = office_.national().days();
  stored::CalendarDay& holiday = *office_.national().add_days();
  holiday.set_date(20260227);
  holiday.set_what(stored::CalendarDay::HOLIDAY);
  office_.change_calendar("假日");
  relay(lease);
  const std::uint32_t clock = lease.clock(stored::RESOLVE).clock();
  lease.must(ExtendClock{clock, taipei("2026-03-12T17:00"), "缺料"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-12T17:00");
  *office_.national().mutable_days() = days;
  office_.change_calendar("撤銷假日");
  relay(lease);
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-12T17:00");
  for (const std::uint32_t date : {20260303u, 20260304u, 20260305u}) office_.close("臺北市", date);
  relay(lease);
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-12T17:00");
  office_.close("臺北市", 20260312);
  EXPECT_EQ(relay(lease).size(), 1u) << "on record";
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-13T17:00") << "to the next working day";
  lease.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "誤"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-13T17:00") << "whatever the policy";
  lease.must(ExtendClock{clock, taipei("2026-03-14T12:00"), "約在週六"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-03-14T12:00") << "a Saturday, if it was named";
}

TEST_F(Working, APolicyTakenAwayFromOpenCasesAndPutBack) {
  CaseOnDesk lease = desk("lease");
  const stored::Catalogue before = office_.tenant();
  office_.tenant().mutable_policies()->Clear();
  office_.change_policies(true);
  relay(lease);
  EXPECT_TRUE(clock_row(lease.state, office_.rules()).unclocked());
  const auto version = office_.tenant().version();
  office_.tenant() = before;
  office_.tenant().set_version(version);
  office_.change_policies(true);
  relay(lease);
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-11");
  EXPECT_FALSE(clock_row(lease.state, office_.rules()).unclocked());
}

// The dates depend on what happened and when, never on the order in which it was told.
TEST_F(Working, ToldInTimeOrAfterwardsInAnyOrder) {
  const char* given = std::getenv("CASEWHEEL_SEED");
  const unsigned seed =
      given == nullptr ? std::random_device{}() : std::strtoul(given, nullptr, 10);
  SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    for (const char* service : {"gripe", "lease"}) {
      const stored::ClockKind kind =
          std::string(service) == "gripe" ? stored::REPLY : stored::RESOLVE;
      std::vector<std::pair<TimeMs, TimeMs>> pauses;
      TimeMs at = kStart;
      for (int i = std::uniform_int_distribution(1, 5)(random); i > 0; --i) {
        const auto length = [&] {
          return std::uniform_int_distribution<TimeMs>(1, 3 * 24 * 60)(random) * kMinuteMs;
        };
        const TimeMs from = at + length();
        at = from + length();
        pauses.emplace_back(from, at);
      }
      CaseOnDesk in_time = desk(service);
      for (const auto& [from, to] : pauses) {
        in_time.now = from;
        in_time.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等", 0});
        in_time.now = to;
        in_time.must(Resume{"", 0});
      }
      CaseOnDesk afterwards = desk(service);
      afterwards.now = at;
      std::shuffle(pauses.begin(), pauses.end(), random);
      for (const auto& [from, to] : pauses) {
        afterwards.must(Suspend{stored::AWAITING_OTHER_AGENCY, "等", from});
        afterwards.must(Resume{"", to});
      }
      ASSERT_EQ(due(afterwards, kind), due(in_time, kind)) << service << ", round " << round;
    }
  }
}

}  // namespace
}  // namespace casewheel::domain
