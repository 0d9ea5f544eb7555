// Due instants, case by case: working time, the day rules, pauses, receipt outside hours, refusals.
#include <gtest/gtest.h>

#include "engine/sla/due.h"
#include "tests/unit/sla_schedules.h"

namespace casewheel::sla {
namespace {

class Due : public testing::Test {
 protected:
  std::shared_ptr<const Calendar> calendar_ = made("Asia/Taipei", {taiwan_2026()});

  std::string after_minutes(const std::string& start, std::int64_t minutes) {
    const auto found = add_working_time(*calendar_, at(*calendar_, start), minutes * kMinuteMs);
    return found ? shown(*calendar_, *found) : found.error().message;
  }
  std::string after_days(const std::string& start, int days, DayRule rule) {
    const auto found = add_working_days(*calendar_, at(*calendar_, start), days, rule);
    return found ? shown(*calendar_, *found) : found.error().message;
  }
  std::string due_of(const DueQuestion& question) {
    const auto found = due(calendar_.get(), question);
    return found ? shown(*calendar_, found->due) : found.error().message;
  }
  Pause pause(const std::string& from, const std::string& to) {
    return {at(*calendar_, from), to.empty() ? 0 : at(*calendar_, to)};
  }
};

TEST_F(Due, WorkingTimeLeavesOutLunchNightsAndHolidays) {
  const struct {
    const char* start;
    std::int64_t minutes;
    const char* due;
  } kCases[] = {
      {"2026-01-05T09:00", 60, "2026-01-05T10:00"},
      {"2026-01-05T11:30", 60, "2026-01-05T13:30"},
      {"2026-01-05T11:30", 30, "2026-01-05T12:00"},  // stays at the closing
      {"2026-01-05T16:00", 60, "2026-01-05T17:00"},
      {"2026-01-05T16:00", 61, "2026-01-06T08:01"},
      {"2026-01-05T12:10", 0, "2026-01-05T13:00"},
      {"2026-01-05T12:00", 0, "2026-01-05T13:00"},
      {"2026-01-05T09:07", 0, "2026-01-05T09:07"},
      {"2026-01-01T10:00", 0, "2026-01-02T08:00"},
      {"2026-02-06T16:00", 120, "2026-02-07T09:00"},  // the make-up Saturday
      {"2026-02-13T11:00", 120, "2026-02-23T09:00"},  // half day, then the new year
      {"2026-01-05T08:00", 40 * 60, "2026-01-09T17:00"},
      {"2026-01-05T10:00", -120, "2026-01-05T08:00"},  // stays at the opening
      {"2026-01-05T10:00", -121, "2026-01-02T16:59"},
      {"2026-01-03T10:00", -60, "2026-01-02T16:00"},
      {"2026-02-23T09:00", -120, "2026-02-13T11:00"},
      {"2026-01-05T08:00", 52 * 40 * 60 * 4, "2030-01-07T12:00"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(after_minutes(c.start, c.minutes), c.due) << c.start << " + " << c.minutes;
  }
}

TEST_F(Due, DayRules) {
  using enum DayRule;
  const struct {
    DayRule rule;
    const char* start;
    int days;
    const char* due;
  } kCases[] = {
      {kKeepWallTime, "2026-01-05T09:30", 1, "2026-01-06T09:30"},
      {kKeepWallTime, "2026-01-05T06:00", 1, "2026-01-06T08:00"},
      {kKeepWallTime, "2026-01-05T18:00", 1, "2026-01-07T08:00"},
      {kKeepWallTime, "2026-01-10T10:00", 0, "2026-01-12T08:00"},
      {kKeepWallTime, "2026-02-12T15:00", 1, "2026-02-13T12:00"},  // the half day closes earlier
      {kKeepWallTime, "2026-02-06T15:00", 1, "2026-02-07T15:00"},
      {kKeepWallTime, "2026-02-13T09:00", 1, "2026-02-23T09:00"},
      {kKeepWallTime, "2026-02-23T09:00", -1, "2026-02-13T09:00"},
      {kKeepWallTime, "2026-02-23T15:00", -1, "2026-02-13T12:00"},
      {kKeepWallTimeNoRollWithinDay, "2026-01-05T06:00", 1, "2026-01-06T06:00"},
      {kKeepWallTimeNoRollWithinDay, "2026-01-05T18:00", 1, "2026-01-06T18:00"},
      {kKeepWallTimeNoRollWithinDay, "2026-01-05T12:30", 0, "2026-01-05T12:30"},
      {kKeepWallTimeNoRollWithinDay, "2026-01-10T10:00", 1, "2026-01-13T08:00"},
      {kKeepWallTimeNoRollWithinDay, "2026-02-12T15:00", 1, "2026-02-13T12:00"},
      {kKeepWallTimeNoRollWithinDay, "2026-02-12T20:00", 1, "2026-02-13T20:00"},
      {kNextOpenAfterDays, "2026-01-05T09:30", 1, "2026-01-06T09:30"},
      {kNextOpenAfterDays, "2026-01-05T18:00", 1, "2026-01-07T08:00"},
      {kNextOpenAfterDays, "2026-01-05T12:30", 1, "2026-01-06T13:00"},
      {kNextOpenAfterDays, "2026-01-10T10:00", 1, "2026-01-12T10:00"},  // the day off counts 0
      {kNextOpenAfterDays, "2026-01-10T10:00", 0, "2026-01-12T08:00"},
      {kNextOpenAfterDays, "2026-02-12T15:00", 1, "2026-02-23T08:00"},
      {kNextOpenAfterDays, "2026-01-10T10:00", -1, "2026-01-09T10:00"},
      {kEndOfWorkingDay, "2026-01-05T09:30", 0, "2026-01-05T17:00"},
      {kEndOfWorkingDay, "2026-01-05T18:00", 1, "2026-01-07T17:00"},
      {kEndOfWorkingDay, "2026-02-12T09:30", 1, "2026-02-13T12:00"},
      {kEndOfDayFirstDayExcluded, "2026-01-05T09:30", 0, "2026-01-06T00:00"},
      {kEndOfDayFirstDayExcluded, "2026-01-05T23:59", 1, "2026-01-07T00:00"},
      {kEndOfDayFirstDayExcluded, "2026-01-09T09:00", 1, "2026-01-13T00:00"},
      {kEndOfDayFirstDayExcluded, "2026-01-10T09:00", 1, "2026-01-13T00:00"},
      {kEndOfDayFirstDayExcluded, "2026-02-06T09:00", 1, "2026-02-08T00:00"},
      {kEndOfDayFirstDayExcluded, "2026-02-12T09:00", 2, "2026-02-24T00:00"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(after_days(c.start, c.days, c.rule), c.due)
        << c.start << " + " << c.days << " by " << static_cast<int>(c.rule);
  }
}

TEST_F(Due, CalendarDaysEndAtMidnight) {
  DueQuestion question;
  question.amount.kind = Amount::Kind::kCalendarDays;
  question.amount.day_rule = DayRule::kEndOfDayFirstDayExcluded;
  question.start = at(*calendar_, "2026-02-12T15:00");
  question.amount.days = 3;
  EXPECT_EQ(due_of(question), "2026-02-16T00:00");
  const std::vector<Pause> pauses{pause("2026-02-13T10:00", "2026-02-15T00:00"),
                                  pause("2026-02-14T10:00", "2026-02-15T10:00")};
  question.pauses = pauses;
  EXPECT_EQ(due_of(question), "2026-02-18T00:00") << "the 14th and the 15th, once each";
}

TEST_F(Due, CalendarDaysMayKeepTheTimeOfDay) {
  DueQuestion question;
  question.amount.kind = Amount::Kind::kCalendarDays;
  question.amount.day_rule = DayRule::kKeepWallTime;
  question.start = at(*calendar_, "2026-02-12T15:00");
  question.amount.days = 3;
  EXPECT_EQ(due_of(question), "2026-02-15T15:00") << "a Sunday: no calendar is asked";
  question.amount.days = 0;
  EXPECT_EQ(due_of(question), "2026-02-12T15:00");
  question.amount.days = -3;
  EXPECT_EQ(due_of(question), "2026-02-09T15:00");
  question.amount.days = 3;
  const std::vector<Pause> pauses{pause("2026-02-13T10:00", "2026-02-15T00:00")};
  question.pauses = pauses;
  EXPECT_EQ(due_of(question), "2026-02-16T15:00") << "the 14th, as a whole";
}

TEST_F(Due, ReceivedOutsideHours) {
  DueQuestion question;
  question.amount.ms = 2 * kHourMs;
  question.amount.count_from = CountFrom::kOpening;
  question.amount.outside_hours_extra_ms = 30 * kMinuteMs;
  question.start = at(*calendar_, "2026-01-05T20:00");
  EXPECT_EQ(due_of(question), "2026-01-06T10:30");
  question.start = at(*calendar_, "2026-01-05T09:00");
  EXPECT_EQ(due_of(question), "2026-01-05T11:00");
  question.amount.kind = Amount::Kind::kWorkingMs;
  question.start = at(*calendar_, "2026-01-05T12:30");
  EXPECT_EQ(due_of(question), "2026-01-05T15:30");

  DueQuestion days;
  days.amount.kind = Amount::Kind::kWorkingDays;
  days.amount.day_rule = DayRule::kEndOfDayFirstDayExcluded;
  days.amount.days = 1;
  days.amount.outside_hours_extra_days = 1;
  days.start = at(*calendar_, "2026-01-09T09:00");
  EXPECT_EQ(due_of(days), "2026-01-13T00:00");
  days.start = at(*calendar_, "2026-01-10T09:00");
  EXPECT_EQ(due_of(days), "2026-01-14T00:00");
  days.amount.count_from = CountFrom::kOpening;
  EXPECT_EQ(due_of(days), "2026-01-15T00:00") << "from Monday, which is not counted";
}

TEST_F(Due, PausesOfWorkingTime) {
  DueQuestion question;
  question.amount.kind = Amount::Kind::kWorkingMs;
  question.amount.ms = 4 * kHourMs;
  question.start = at(*calendar_, "2026-01-05T08:00");
  const struct {
    const char* name;
    std::vector<Pause> pauses;
    const char* due;
  } kCases[] = {
      {"none", {}, "2026-01-05T12:00"},
      {"begins at due", {pause("2026-01-05T12:00", "2026-01-05T15:00")}, "2026-01-05T12:00"},
      {"within", {pause("2026-01-05T09:00", "2026-01-05T10:00")}, "2026-01-05T14:00"},
      {"over lunch only after one hour",
       {pause("2026-01-05T11:00", "2026-01-05T13:00")},
       "2026-01-05T14:00"},
      {"over the night", {pause("2026-01-05T11:00", "2026-01-06T09:00")}, "2026-01-06T10:00"},
      {"overlapping",
       {pause("2026-01-05T09:00", "2026-01-05T10:00"),
        pause("2026-01-05T09:30", "2026-01-05T10:30")},
       "2026-01-05T14:30"},
      {"before the start", {pause("2026-01-02T09:00", "2026-01-05T07:00")}, "2026-01-05T12:00"},
      {"lasting", {pause("2026-01-05T09:00", "")}, "never"},
      {"lasting from due on", {pause("2026-01-05T12:00", "")}, "2026-01-05T12:00"},
  };
  for (const auto& c : kCases) {
    question.pauses = c.pauses;
    EXPECT_EQ(due_of(question), c.due) << c.name;
  }
  const std::vector<Pause> lasting{pause("2026-01-05T09:00", "")};
  question.pauses = lasting;
  question.open_until = at(*calendar_, "2026-01-05T11:00");
  EXPECT_EQ(due_of(question), "2026-01-05T15:00");
}

TEST_F(Due, ANamedDateStands) {
  const NamedDate named{at(*calendar_, "2026-01-06T12:00"), at(*calendar_, "2026-01-05T12:00")};
  const struct {
    const char* name;
    std::vector<Pause> pauses;
    const char* due;
  } kCases[] = {
      {"none", {}, "2026-01-06T12:00"},
      {"before it was named", {pause("2026-01-05T08:00", "2026-01-05T12:00")}, "2026-01-06T12:00"},
      {"since", {pause("2026-01-05T20:00", "2026-01-05T23:00")}, "2026-01-06T15:00"},
      {"over its naming", {pause("2026-01-05T08:00", "2026-01-05T13:00")}, "2026-01-06T13:00"},
      {"behind it", {pause("2026-01-06T12:00", "2026-01-06T13:00")}, "2026-01-06T12:00"},
      {"to a day off", {pause("2026-01-05T20:00", "2026-01-08T20:00")}, "2026-01-09T12:00"},
  };
  for (const auto& c : kCases) {
    const TimeMs due = sla::due_of(calendar_.get(), named, c.pauses, 0);
    EXPECT_EQ(due, at(*calendar_, c.due)) << c.name;
  }
  EXPECT_EQ(sla::due_of(calendar_.get(), named, std::vector{pause("2026-01-06T11:59", "")}, 0),
            kNever);
}

TEST_F(Due, ANamedDateMovesOnlyToTheNextWorkingDay) {
  const TimeMs saturday = at(*calendar_, "2026-01-10T15:00");
  const TimeMs monday = at(*calendar_, "2026-01-12T15:00");
  EXPECT_EQ(sla::due_of(calendar_.get(), {saturday, saturday - kDayMs}, {}, 0), monday);
  EXPECT_EQ(sla::due_of(calendar_.get(), {saturday, saturday - kDayMs, false}, {}, 0), saturday)
      << "meant so";
  EXPECT_EQ(sla::due_of(nullptr, {saturday, saturday - kDayMs}, {}, 0), saturday);
  const TimeMs friday_24 = at(*calendar_, "2026-01-10T00:00");
  EXPECT_EQ(sla::due_of(calendar_.get(), {friday_24, friday_24 - kDayMs}, {}, 0), friday_24)
      << "the end of Friday";
  const TimeMs saturday_24 = at(*calendar_, "2026-01-11T00:00");
  EXPECT_EQ(sla::due_of(calendar_.get(), {saturday_24, saturday_24 - kDayMs}, {}, 0),
            at(*calendar_, "2026-01-13T00:00"))
      << "the end of Monday";
}

TEST_F(Due, PausesOfWorkingDays) {
  DueQuestion question;
  question.amount.kind = Amount::Kind::kWorkingDays;
  question.amount.day_rule = DayRule::kEndOfDayFirstDayExcluded;
  question.amount.days = 2;
  question.start = at(*calendar_, "2026-01-05T08:00");
  const struct {
    const char* name;
    std::vector<Pause> pauses;
    const char* due;
  } kCases[] = {
      {"none", {}, "2026-01-08T00:00"},
      {"within one date", {pause("2026-01-06T09:00", "2026-01-06T16:00")}, "2026-01-08T00:00"},
      {"until the midnight after",
       {pause("2026-01-06T09:00", "2026-01-07T00:00")},
       "2026-01-08T00:00"},
      {"until the day after", {pause("2026-01-06T09:00", "2026-01-07T08:00")}, "2026-01-09T00:00"},
      {"two that share a date",
       {pause("2026-01-05T09:00", "2026-01-07T08:00"),
        pause("2026-01-06T09:00", "2026-01-08T08:00")},
       "2026-01-13T00:00"},
      {"over a weekend", {pause("2026-01-07T09:00", "2026-01-12T09:00")}, "2026-01-13T00:00"},
      {"before the start", {pause("2026-01-01T09:00", "2026-01-05T09:00")}, "2026-01-08T00:00"},
      {"begins at due", {pause("2026-01-08", "2026-01-12")}, "2026-01-08T00:00"},
      {"lasting", {pause("2026-01-07T23:00", "")}, "never"},
  };
  for (const auto& c : kCases) {
    question.pauses = c.pauses;
    EXPECT_EQ(due_of(question), c.due) << c.name;
  }
}

TEST_F(Due, IsProvisionalWhenItRestsOnDatesNotSpokenFor) {
  const auto provisional = [&](const char* start, Amount amount) {
    DueQuestion question;
    question.start = at(*calendar_, start);
    question.amount = amount;
    return due(calendar_.get(), question)->provisional;
  };
  Amount days;
  days.kind = Amount::Kind::kWorkingDays;
  days.day_rule = DayRule::kEndOfDayFirstDayExcluded;
  days.days = 1;
  EXPECT_FALSE(provisional("2026-12-30T09:00", days)) << "24:00 of the 31st is still the 31st";
  EXPECT_TRUE(provisional("2026-12-31T09:00", days));
  Amount time;
  time.kind = Amount::Kind::kWorkingMs;
  time.ms = 8 * kHourMs;
  EXPECT_FALSE(provisional("2026-12-31T08:00", time));
  EXPECT_TRUE(provisional("2026-12-31T08:01", time));
  Amount wall;
  wall.ms = 30 * kDayMs;
  EXPECT_FALSE(provisional("2026-12-31T08:00", wall)) << "no calendar can change it";
  wall.count_from = CountFrom::kOpening;
  EXPECT_TRUE(provisional("2026-12-31T18:00", wall));
  Amount calendar_days;
  calendar_days.kind = Amount::Kind::kCalendarDays;
  calendar_days.days = 30;
  EXPECT_FALSE(provisional("2026-12-31T08:00", calendar_days));
}

TEST_F(Due, WallTimeNeedsNoCalendar) {
  DueQuestion question;
  question.start = 1000;
  question.amount.ms = 72 * kHourMs;
  EXPECT_EQ(due(nullptr, question)->due, 1000 + 72 * kHourMs);
  question.amount.kind = Amount::Kind::kWorkingMs;
  const auto refused = due(nullptr, question);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RejectionCode::kFailedPrecondition);
}

TEST(Refusals, WhatDoesNotFitIsRefusedAndNamed) {
  const auto why = [](const CalendarLayer& layer, Amount amount, const char* start) {
    const auto calendar = made("Asia/Taipei", {layer});
    DueQuestion question;
    question.start = at(*calendar, start);
    question.amount = amount;
    const auto found = due(calendar.get(), question);
    const auto told = explain(calendar.get(), question);
    EXPECT_EQ(found.has_value(), told.has_value());
    return found ? shown(*calendar, found->due) : found.error().message;
  };
  Amount hour;
  hour.kind = Amount::Kind::kWorkingMs;
  hour.ms = kHourMs;
  Amount day;
  day.kind = Amount::Kind::kWorkingDays;
  day.days = 1;
  Amount none = hour;
  none.ms = 0;

  const CalendarLayer no_hours = same_hours_every_day({});
  for (const Amount& amount : {hour, day, none}) {
    EXPECT_EQ(why(no_hours, amount, "2026-01-05T09:00"),
              "the calendar has no opening hours on any date");
  }
  Amount calendar_days;
  calendar_days.kind = Amount::Kind::kCalendarDays;
  calendar_days.day_rule = DayRule::kEndOfDayFirstDayExcluded;
  calendar_days.days = 2;
  EXPECT_EQ(why(no_hours, calendar_days, "2026-01-05T09:00"), "2026-01-08T00:00");

  CalendarLayer only_dates = same_hours_every_day({});
  only_dates.days.push_back(own_hours(date_of(2026, 1, 7), {hours(8, 9)}, ""));
  EXPECT_EQ(why(only_dates, hour, "2026-01-05T09:00"), "2026-01-07T09:00");
  EXPECT_EQ(why(only_dates, hour, "2026-01-08T09:00"),
            "the calendar has no opening hours after 2026-01-07");
  Amount two = hour;
  two.ms = 2 * kHourMs;
  EXPECT_EQ(why(only_dates, two, "2026-01-05T09:00"),
            "the calendar has opening hours only until 2026-01-07, too few for the amount");
  two.ms = -kHourMs;
  EXPECT_EQ(why(only_dates, two, "2026-01-05T09:00"),
            "the calendar has no opening hours before 2026-01-07");

  CalendarLayer holidays = office_week();
  for (Date date = date_of(2026, 1, 1); date < date_of(2028, 1, 1); ++date) {
    holidays.days.push_back(holiday(date, "假"));
  }
  EXPECT_EQ(why(holidays, hour, "2026-01-05T09:00"), "2028-01-03T09:00") << "two years of holidays";

  Amount long_day = day;
  long_day.days = 2'000'000'000;
  EXPECT_EQ(why(office_week(), long_day, "2026-01-05T09:00"),
            "the amount ends after 2299-12-31, the last date that can be computed with");
  long_day.days = -2'000'000'000;
  EXPECT_EQ(why(office_week(), long_day, "2026-01-05T09:00"),
            "the amount ends before 1900-01-01, the first date that can be computed with");
  calendar_days.days = 2'000'000'000;
  EXPECT_NE(why(office_week(), calendar_days, "2026-01-05T09:00").find("2299"), std::string::npos);
  Amount endless = hour;
  endless.ms = kNever;
  EXPECT_NE(why(office_week(), endless, "2026-01-05T09:00").find("400 years"), std::string::npos);
}

TEST(Refusals, InstantsBeyondTheDates) {
  const auto calendar = made("Asia/Taipei", {office_week()});
  for (const TimeMs start :
       {kNever, kNever - 1, -kNever, kDateMin * kDayMs - kDayMs, (kDateMax + 2) * kDayMs}) {
    DueQuestion question;
    question.start = start;
    EXPECT_FALSE(due(calendar.get(), question)) << start;
    question.amount.kind = Amount::Kind::kWorkingDays;
    EXPECT_FALSE(due(calendar.get(), question)) << start;
    EXPECT_FALSE(add_working_time(*calendar, start, kHourMs)) << start;
    EXPECT_FALSE(add_working_days(*calendar, start, 1, DayRule::kKeepWallTime)) << start;
    EXPECT_FALSE(next_opening(*calendar, start)) << start;
    EXPECT_FALSE(is_open_at(*calendar, start)) << start;
  }
  const DurationMs all = working_time(*calendar, -kNever, kNever);
  EXPECT_GT(all, 0);
  EXPECT_EQ(working_time(*calendar, kNever, -kNever), -all);
}

}  // namespace
}  // namespace casewheel::sla
