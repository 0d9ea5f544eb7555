// Cases that become others, and what is done to them out of turn, by the calendars and policies of an office.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "domain_working_fixture.h"

namespace casewheel::domain {
namespace {

using Working = WorkingTest;

TEST_F(Working, AStepOfAnotherLadderIsAnotherEscalation) {
  CaseOnDesk lease = desk("lease");
  lease.pass_to(taipei("2026-02-10T00:01"));  // warned two working days before due
  stored::ClockRule& resolve = *office_.tenant().mutable_policies(1)->mutable_clocks(0);
  ASSERT_EQ(resolve.kind(), stored::RESOLVE);
  resolve.mutable_ladder(0)->set_offset_working_days(-1);
  office_.change_policies(true);
  relay(lease);
  lease.pass_to(taipei("2026-02-11T00:01"));  // and one day before, by the other ladder
  std::set<std::uint64_t> ladders;
  int warnings = 0;
  for (const stored::EscalationState& escalation : lease.state.escalations()) {
    if (escalation.clock_kind() != stored::RESOLVE || escalation.step() != 0) continue;
    ladders.insert(escalation.ladder());
    ++warnings;
  }
  EXPECT_EQ(warnings, 2);
  EXPECT_EQ(ladders.size(), 2u);
}

TEST_F(Working, AnAgreedDateKnowsWhatWasToldSinceItWasAgreed) {
  CaseOnDesk lease = desk("lease");
  lease.now += kHourMs;
  lease.must(Note{"先說一聲", true});
  lease.now += kHourMs;
  lease.must(AgreeDate{lease.now + 10 * kHourMs, ""});
  lease.now += kHourMs;
  const TimeMs told = lease.now;
  lease.must(Note{"在期限內說明", true});
  lease.pass_to(lease.now + 11 * kHourMs);
  lease.must(Note{"又說一次", true});
  for (stored::ClockRule& rule : *office_.tenant().mutable_policies(1)->mutable_clocks()) {
    if (rule.kind() == stored::AGREED_DATE) rule.add_met_by(stored::APPLICANT_WAS_TOLD);
  }
  office_.change_policies(true);
  relay(lease);
  EXPECT_EQ(lease.clock(stored::AGREED_DATE).status(), stored::MET);
  EXPECT_EQ(lease.clock(stored::AGREED_DATE).stopped_ms(), told);
}

TEST_F(Working, ACalendarWithoutHoursStopsInAPauseToo) {
  CaseOnDesk lamp = desk("lamp");
  office_.tenant().mutable_policies(3)->mutable_clocks(0)->add_pauses(stored::AT_APPLICANTS_WISH);
  office_.change_policies(true);
  relay(lamp);
  lamp.must(Suspend{stored::AT_APPLICANTS_WISH, "改期", 0});
  for (auto& weekly : *office_.national().mutable_weekly()) weekly.clear_opening();
  office_.change_calendar("沒有上班時間");
  relay(lamp);
  EXPECT_EQ(lamp.due(stored::REPLY), kNever);
  const TimeMs suspended = lamp.now;
  lamp.pass_to(suspended + 20 * kHourMs);
  lamp.must(Resume{"", 0});
  EXPECT_EQ(lamp.count(stored::Event::kClockBreached), 0);
  EXPECT_EQ(lamp.due(stored::REPLY), suspended + 28 * kHourMs);
}

TEST_F(Working, WhoHandlesACaseTakesNoBreachBack) {
  CaseOnDesk lease = desk("lease");
  lease.pass_to(taipei("2026-02-12T09:00"));
  ASSERT_TRUE(lease.clock(stored::RESOLVE).breached());
  const auto by = [&](const std::string& who, Action action) {
    Command command = lease.command(std::move(action));
    command.who = {stored::SUPERVISOR, who, kEveryRole};
    return command;
  };
  const Suspend back_dated{stored::AWAITING_OTHER_AGENCY, "等環保局", taipei("2026-02-03T09:00")};
  EXPECT_EQ(lease.give(by("hans", back_dated)).error().code, RejectionCode::kNotPermitted);
  CaseOnDesk other = lease;
  ASSERT_TRUE(lease.give(by("nina", back_dated)));
  EXPECT_FALSE(lease.clock(stored::RESOLVE).breached());
  std::swap(lease, other);
  ASSERT_TRUE(lease.give(by("hans", Suspend{stored::AWAITING_OTHER_AGENCY, "從現在起", 0})));
}

TEST_F(Working, NeitherInTwoStepsNorByATransfer) {
  const auto by = [](const CaseOnDesk& desk, const std::string& who, Action action) {
    Command command = desk.command(std::move(action));
    command.who = {stored::SUPERVISOR, who, kEveryRole};
    return command;
  };
  CaseOnDesk hasty = desk("lease");
  hasty.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "r"});
  hasty.pass_to(taipei("2026-02-03T09:00"));
  ASSERT_TRUE(hasty.clock(stored::RESOLVE).breached());
  const Reclassify away{stored::NORMAL, "gripe", stored::KIND_UNSPECIFIED, "r"};
  const Reclassify back{stored::NORMAL, "lease", stored::KIND_UNSPECIFIED, "r"};
  ASSERT_TRUE(hasty.give(by(hasty, "hans", away)));
  EXPECT_EQ(hasty.give(by(hasty, "hans", back)).error().code, RejectionCode::kNotPermitted);
  ASSERT_TRUE(hasty.give(by(hasty, "nina", back)));
  EXPECT_FALSE(hasty.clock(stored::RESOLVE).breached());

  office_.tenant().mutable_units(2)->set_calendar("national");
  office_.give_calendar("north", 20260202, 20260213);
  CaseOnDesk moved = desk("lease");
  moved.pass_to(taipei("2026-02-12T09:00"));
  ASSERT_TRUE(moved.clock(stored::RESOLVE).breached());
  const Transfer transfer{"north", "", "r"};
  EXPECT_EQ(moved.give(by(moved, "hans", transfer)).error().code, RejectionCode::kNotPermitted);
  ASSERT_TRUE(moved.give(by(moved, "nina", transfer)));
  EXPECT_FALSE(moved.clock(stored::RESOLVE).breached());
}

TEST_F(Working, ReclassifiedByMistakeAndBack) {
  CaseOnDesk lease = desk("lease");
  const stored::CaseState before = lease.state;
  lease.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "gripe", stored::KIND_UNSPECIFIED, "誤植"});
  EXPECT_EQ(lease.clock(stored::RESOLVE).stop_cause(), stored::NOT_OF_POLICY);
  EXPECT_EQ(due(lease, stored::REPLY), "2026-02-05T10:40");
  lease.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "lease", stored::KIND_UNSPECIFIED, "更正"});
  for (const stored::ClockState& was : before.clocks()) {
    EXPECT_EQ(lease.clock(was.kind()).status(), stored::RUNNING);
    EXPECT_EQ(lease.due(was.kind()), office_.rules().due(was));
  }
  EXPECT_EQ(lease.clock(stored::REPLY).stop_cause(), stored::NOT_OF_POLICY);
}

TEST_F(Working, WhatWasDoneMeetsTheClocksOfAnotherPolicy) {
  CaseOnDesk lamp = desk("lamp");
  lamp.now += kHourMs;
  lamp.must(Reply{stored::BY_PHONE, "已派工", 0});
  const TimeMs replied = lamp.now;
  lamp.now += 5 * kDayMs;
  lamp.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "lease", stored::KIND_UNSPECIFIED, "更正"});
  EXPECT_EQ(lamp.clock(stored::FIRST_RESPONSE).status(), stored::MET);
  EXPECT_EQ(lamp.clock(stored::FIRST_RESPONSE).stopped_ms(), replied);
  lamp.look();
  EXPECT_EQ(lamp.count(stored::Event::kClockBreached), 0);
}

TEST_F(Working, ADateThatLiesBehindByAChangeIsLateByTheChange) {
  CaseOnDesk lease = desk("lease");
  lease.now += 4 * kDayMs;
  lease.must(Reply{stored::BY_LETTER, "函復", 0});
  lease.look();  // the first response was due after a day: staff were late with it
  EXPECT_EQ(lease.last(stored::Event::kClockBreached).clock_breached().cause(), stored::OVERLOAD);
  lease.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "醫院用電"});
  const Events events = lease.look();
  EXPECT_EQ(breach(events, lease.clock(stored::RESOLVE)).cause(), stored::LATE_BY_CHANGE);
  lease.must(Close{stored::RESOLVED, "", 0});
  EXPECT_TRUE(lease.last(stored::Event::kClockStopped).clock_stopped().late_by_change());
}

TEST_F(Working, APolicyMayCountFromTheChange) {
  office_.tenant().mutable_policies(0)->set_on_change(stored::COUNT_FROM_CHANGE);
  office_.change_policies(true);
  CaseOnDesk lease = desk("lease");
  lease.now = taipei("2026-02-05T09:00");
  lease.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "醫院用電"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-05T14:00");
  lease.now = taipei("2026-02-05T10:00");
  lease.must(Reclassify{stored::NORMAL, "", stored::KIND_UNSPECIFIED, "誤植"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-11");
  lease.must(Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "沒有誤植"});
  EXPECT_EQ(due(lease, stored::RESOLVE), "2026-02-05T14:00") << "since it first was urgent";
}

}  // namespace
}  // namespace casewheel::domain
