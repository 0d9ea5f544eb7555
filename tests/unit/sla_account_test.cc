// The account of a due instant, as a person reads it.
#include <gtest/gtest.h>

#include "engine/sla/due.h"
#include "tests/unit/sla_schedules.h"

namespace casewheel::sla {
namespace {

using Lines = std::vector<std::string>;

std::string word(const Stretch& stretch) {
  switch (stretch.kind) {
    case Stretch::Kind::kCounted:
      if (stretch.counts_days != 0) return "day " + std::to_string(stretch.counts_days);
      return std::to_string(stretch.counts_ms / kMinuteMs) + " min";
    case Stretch::Kind::kClosed:
      return "closed";
    case Stretch::Kind::kPaused:
      return "paused";
    case Stretch::Kind::kNotCounted:
      return "not counted";
    case Stretch::Kind::kExtension:
      return "extension";
  }
  return "?";
}

Lines told(const Calendar& calendar, const Account& account) {
  Lines lines;
  for (const Stretch& stretch : account.stretches) {
    lines.push_back(shown(calendar, stretch.from) + " " + shown(calendar, stretch.to) + " " +
                    word(stretch) + (stretch.name.empty() ? "" : " " + stretch.name) +
                    (stretch.provisional ? " provisional" : ""));
  }
  return lines;
}

class AccountOf : public testing::Test {
 protected:
  AccountOf() {
    const std::vector<ClosedPart> closures{{date_of(2026, 7, 10), false, {hours(12, 24)}, "颱風"}};
    calendar_ = made("Asia/Taipei", {taiwan_2026()}, closures);
    question_.amount.kind = Amount::Kind::kWorkingMs;
  }
  Lines lines() {
    const auto account = explain(calendar_.get(), question_);
    EXPECT_TRUE(account.has_value());
    if (!account) return {account.error().message};
    EXPECT_EQ(account->answer.due, due(calendar_.get(), question_)->due);
    return told(*calendar_, *account);
  }

  std::shared_ptr<const Calendar> calendar_;
  DueQuestion question_;
};

TEST_F(AccountOf, WorkingTimeNamesWhatWasClosed) {
  question_.start = at(*calendar_, "2026-02-13T11:00");
  question_.amount.ms = 2 * kHourMs;
  EXPECT_EQ(lines(), (Lines{"2026-02-13T11:00 2026-02-13T12:00 60 min 除夕前半日",
                            "2026-02-13T12:00 2026-02-14T00:00 closed 除夕前半日",
                            "2026-02-14T00:00 2026-02-16T00:00 closed",
                            "2026-02-16T00:00 2026-02-21T00:00 closed 春節",
                            "2026-02-21T00:00 2026-02-23T08:00 closed",
                            "2026-02-23T08:00 2026-02-23T09:00 60 min"}));
}

TEST_F(AccountOf, OnlyTheHoursAClosureTookAreItsOwn) {
  question_.start = at(*calendar_, "2026-07-10T11:00");
  question_.amount.ms = 2 * kHourMs;
  EXPECT_EQ(lines(), (Lines{"2026-07-10T11:00 2026-07-10T12:00 60 min",
                            "2026-07-10T12:00 2026-07-10T13:00 closed",
                            "2026-07-10T13:00 2026-07-10T17:00 closed 颱風",
                            "2026-07-10T17:00 2026-07-13T08:00 closed",
                            "2026-07-13T08:00 2026-07-13T09:00 60 min"}));
}

TEST_F(AccountOf, PausesLieOverOpenAndClosed) {
  question_.start = at(*calendar_, "2026-01-05T16:00");
  question_.amount.ms = 2 * kHourMs;
  const std::vector<Pause> pauses{
      {at(*calendar_, "2026-01-05T16:30"), at(*calendar_, "2026-01-06T09:00")},
      {at(*calendar_, "2026-01-06T08:30"), at(*calendar_, "2026-01-06T09:30")}};
  question_.pauses = pauses;
  EXPECT_EQ(lines(), (Lines{"2026-01-05T16:00 2026-01-05T16:30 30 min",
                            "2026-01-05T16:30 2026-01-06T09:30 paused",
                            "2026-01-06T09:30 2026-01-06T11:00 90 min"}));
}

TEST_F(AccountOf, APauseWithinAnExtension) {
  const std::vector<Pause> pauses{
      {at(*calendar_, "2026-01-05T10:00"), at(*calendar_, "2026-01-05T10:30")}};
  const NamedDate named{at(*calendar_, "2026-01-05T11:00"), at(*calendar_, "2026-01-05T09:00")};
  const Account account = explain(calendar_.get(), named, pauses, Stretch::Kind::kExtension);
  EXPECT_EQ(account.answer.due, at(*calendar_, "2026-01-05T11:30"));
  ASSERT_EQ(account.stretches.size(), 3u);
  EXPECT_EQ(account.stretches[0].kind, Stretch::Kind::kExtension);
  EXPECT_EQ(account.stretches[1].kind, Stretch::Kind::kPaused);
  EXPECT_EQ(account.stretches[2].to, account.answer.due);
}

TEST_F(AccountOf, APauseThatLastsEndsIt) {
  question_.start = at(*calendar_, "2026-01-05T16:00");
  question_.amount.ms = 2 * kHourMs;
  const std::vector<Pause> pauses{{at(*calendar_, "2026-01-05T16:30"), 0}};
  question_.pauses = pauses;
  EXPECT_EQ(lines(),
            (Lines{"2026-01-05T16:00 2026-01-05T16:30 30 min", "2026-01-05T16:30 never paused"}));
  question_.amount.kind = Amount::Kind::kWallMs;
  EXPECT_EQ(lines(),
            (Lines{"2026-01-05T16:00 2026-01-05T16:30 30 min", "2026-01-05T16:30 never paused"}));
  question_.amount.kind = Amount::Kind::kWorkingDays;
  question_.amount.days = 2;
  EXPECT_EQ(lines(), (Lines{"2026-01-05T16:00 2026-01-05T16:30 not counted",
                            "2026-01-05T16:30 never paused"}));
}

TEST_F(AccountOf, WorkingDaysByTheAct) {
  question_.start = at(*calendar_, "2026-01-08T16:00");
  question_.amount.kind = Amount::Kind::kWorkingDays;
  question_.amount.day_rule = DayRule::kEndOfDayFirstDayExcluded;
  question_.amount.days = 2;
  const std::vector<Pause> pauses{
      {at(*calendar_, "2026-01-09T10:00"), at(*calendar_, "2026-01-12T09:00")}};
  question_.pauses = pauses;
  EXPECT_EQ(lines(), (Lines{"2026-01-08T16:00 2026-01-09T00:00 not counted",
                            "2026-01-09T00:00 2026-01-10T00:00 day 1",
                            "2026-01-10T00:00 2026-01-12T00:00 closed",
                            "2026-01-12T00:00 2026-01-13T00:00 paused",
                            "2026-01-13T00:00 2026-01-14T00:00 day 1"}));
}

TEST_F(AccountOf, WorkingDaysThatKeepTheTimeOfDay) {
  question_.start = at(*calendar_, "2026-01-10T16:00");
  question_.amount.kind = Amount::Kind::kWorkingDays;
  question_.amount.days = 1;
  question_.amount.outside_hours_extra_days = 1;
  EXPECT_EQ(lines(), (Lines{"2026-01-10T16:00 2026-01-12T00:00 closed",
                            "2026-01-12T00:00 2026-01-13T00:00 not counted",
                            "2026-01-13T00:00 2026-01-14T00:00 day 1",
                            "2026-01-14T00:00 2026-01-14T08:00 day 1"}));
  const auto account = explain(calendar_.get(), question_);
  EXPECT_EQ(account->extra_days, 1);
  question_.amount.outside_hours_extra_days = 0;
  question_.amount.days = -1;
  question_.start = at(*calendar_, "2026-01-12T16:00");
  EXPECT_EQ(lines(), (Lines{"2026-01-09T16:00 2026-01-10T00:00 day -1",
                            "2026-01-10T00:00 2026-01-12T00:00 closed",
                            "2026-01-12T00:00 2026-01-12T16:00 not counted"}));
}

TEST_F(AccountOf, WallTimeFromTheNextOpening) {
  question_.start = at(*calendar_, "2026-12-31T18:00");
  question_.amount.kind = Amount::Kind::kWallMs;
  question_.amount.ms = 72 * kHourMs;
  question_.amount.count_from = CountFrom::kOpening;
  EXPECT_EQ(lines(), (Lines{"2026-12-31T18:00 2027-01-01T00:00 closed",
                            "2027-01-01T00:00 2027-01-01T08:00 closed provisional",
                            "2027-01-01T08:00 2027-01-04T08:00 4320 min"}));
}

TEST_F(AccountOf, OfManyStretchesTheFirstAndTheLastAreKept) {
  question_.start = at(*calendar_, "2026-01-05T08:00");
  question_.amount.ms = 20'000 * kHourMs;
  const auto account = explain(calendar_.get(), question_);
  ASSERT_TRUE(account.has_value());
  EXPECT_TRUE(account->shortened);
  ASSERT_EQ(account->stretches.size(), kStretchesMax);
  EXPECT_EQ(account->stretches.front().from, question_.start);
  EXPECT_EQ(account->stretches.back().to, account->answer.due);
}

}  // namespace
}  // namespace casewheel::sla
