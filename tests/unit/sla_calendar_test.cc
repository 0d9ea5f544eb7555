// Calendars: what a date's hours are, and the sums over all dates that stand for them.
#include <gtest/gtest.h>

#include "engine/sla/day_table.h"
#include "engine/sla/due.h"
#include "tests/unit/sla_schedules.h"

namespace casewheel::sla {
namespace {

TEST(Dates, AreDaysSince1970) {
  EXPECT_EQ(date_of(1970, 1, 1), 0);
  EXPECT_EQ(date_of(1900, 1, 1), kDateMin);
  EXPECT_EQ(date_of(2299, 12, 31), kDateMax);
  EXPECT_EQ(yyyymmdd(date_of(2026, 2, 28)), 20260228U);
  EXPECT_EQ(yyyymmdd(kDateMin), 19000101U);
  EXPECT_EQ(date_of_yyyymmdd(20240229), date_of(2024, 2, 29));
  for (const std::uint32_t wrong : {20250229U, 20251301U, 20250001U, 20250100U, 0U, 229U}) {
    EXPECT_FALSE(date_of_yyyymmdd(wrong)) << wrong;
  }
  EXPECT_EQ(weekday(date_of(1970, 1, 1)), 4);
  EXPECT_EQ(weekday(date_of(1900, 1, 1)), 1);
  EXPECT_EQ(weekday(date_of(2026, 2, 15)), 7);
  for (Date date = kDateMin; date < kDateMax; ++date) {
    ASSERT_EQ(weekday(date + 1), weekday(date) % 7 + 1) << date;
  }
}

TEST(Calendar, TellsHoursAndNamesOfADate) {
  const auto calendar = made("Asia/Taipei", {taiwan_2026()});
  const DayHours office{hours(8, 12), hours(13, 17)};
  EXPECT_EQ(calendar->plan(date_of(2026, 1, 2)).hours, office);
  EXPECT_EQ(calendar->plan(date_of(2026, 1, 2)).origin, DayOrigin::kWeekly);
  EXPECT_TRUE(calendar->plan(date_of(2026, 1, 1)).hours.empty());
  EXPECT_EQ(calendar->plan(date_of(2026, 1, 1)).name, "開國紀念日");
  EXPECT_EQ(calendar->plan(date_of(2026, 2, 7)).hours, office) << "a make-up Saturday";
  EXPECT_EQ(calendar->plan(date_of(2026, 2, 7)).origin, DayOrigin::kWorkingDay);
  EXPECT_EQ(calendar->plan(date_of(2026, 2, 13)).hours, DayHours{hours(8, 12)});
  EXPECT_FALSE(calendar->plan(date_of(2026, 12, 31)).provisional);
  EXPECT_TRUE(calendar->plan(date_of(2027, 1, 1)).provisional);
  EXPECT_LT(calendar->memory_bytes(), 300'000U);
}

TEST(Calendar, TheNearestLayerThatSpeaksDecides) {
  CalendarLayer national = taiwan_2026();
  CalendarLayer tenant;
  tenant.weekly.push_back({date_of(2026, 2, 1), {}});
  tenant.weekly[0].hours.fill({hours(9, 18)});
  CalendarLayer unit;
  unit.days.push_back(own_hours(date_of(2026, 1, 1), {hours(10, 11)}, "值班"));
  unit.days.push_back(working_day(date_of(2026, 2, 16), "春節值班"));
  unit.known_until = date_of(2025, 6, 1);
  const auto calendar = made("Asia/Taipei", {unit, tenant, national});
  EXPECT_EQ(calendar->known_until(), date_of(2026, 12, 31));
  EXPECT_EQ(calendar->plan(date_of(2026, 1, 1)).name, "值班");
  EXPECT_EQ(calendar->plan(date_of(2026, 1, 30)).hours.size(), 2U) << "before the tenant's own";
  EXPECT_EQ(calendar->plan(date_of(2026, 2, 8)).hours, DayHours{hours(9, 18)}) << "a Sunday";
  EXPECT_EQ(calendar->plan(date_of(2026, 2, 16)).hours, DayHours{hours(9, 18)});
  EXPECT_EQ(calendar->plan(date_of(2026, 2, 17)).name, "春節");
}

TEST(Calendar, BeforeTheFirstWeeklyHoursItIsClosed) {
  CalendarLayer layer = office_week();
  layer.weekly[0].effective_from = date_of(2026, 1, 1);
  const auto calendar = made("Asia/Taipei", {layer});
  EXPECT_TRUE(calendar->plan(date_of(2025, 12, 31)).hours.empty());
  EXPECT_EQ(shown(*calendar, *next_opening(*calendar, at(*calendar, "2025-06-02T09:00"))),
            "2026-01-01T08:00");
}

TEST(Calendar, ClosuresAreTakenOutAndReopened) {
  const Date friday = date_of(2026, 7, 10);
  const auto plan_with = [&](std::vector<ClosedPart> closures) {
    return made("Asia/Taipei", {taiwan_2026()}, closures)->plan(friday);
  };
  const ClosedPart whole{friday, false, {}, "颱風"};
  const ClosedPart morning{friday, false, {hours(0, 12)}, "颱風上午"};
  const ClosedPart afternoon{friday, false, {hours(12, 24)}, "颱風下午"};
  const ClosedPart again{friday, true, {}, "恢復"};
  const ClosedPart from_ten{friday, true, {hours(10, 24)}, "恢復"};
  EXPECT_TRUE(plan_with({whole}).hours.empty());
  EXPECT_EQ(plan_with({whole}).origin, DayOrigin::kClosure);
  EXPECT_EQ(plan_with({whole}).name, "颱風");
  EXPECT_EQ(plan_with({morning}).hours, DayHours{hours(13, 17)});
  EXPECT_TRUE(plan_with({morning, afternoon}).hours.empty()) << "they add up";
  EXPECT_EQ(plan_with({whole, from_ten}).hours, (DayHours{hours(10, 12), hours(13, 17)}));
  EXPECT_EQ(plan_with({whole, again}).origin, DayOrigin::kWeekly);
  EXPECT_EQ(plan_with({whole, again, morning}).hours, DayHours{hours(13, 17)});
  EXPECT_EQ(plan_with({{friday, false, {hours(18, 24)}, "夜"}}).origin, DayOrigin::kWeekly)
      << "nothing was open";
  const auto closed = made("Asia/Taipei", {taiwan_2026()}, {whole});
  EXPECT_EQ(closed->plan_before_closures(friday).hours.size(), 2U);
}

TEST(Calendar, RefusesWhatMakesNoSense) {
  const auto refusal = [](const CalendarLayer& layer, std::vector<ClosedPart> closures = {}) {
    const auto calendar = Calendar::make(Zone::utc(), std::vector<CalendarLayer>{layer}, closures);
    return calendar ? std::string() : calendar.error().message;
  };
  EXPECT_EQ(refusal(office_week()), "");
  EXPECT_NE(refusal({}), "") << "no weekly hours anywhere";
  CalendarLayer layer = office_week();
  layer.weekly[0].hours[0] = {hours(13, 17), hours(8, 12)};
  EXPECT_NE(refusal(layer), "");
  layer.weekly[0].hours[0] = {hours(8, 25)};
  EXPECT_NE(refusal(layer), "");
  layer.weekly[0].hours[0] = {hours(9, 9)};
  EXPECT_NE(refusal(layer), "");
  layer = taiwan_2026();
  layer.days.push_back(holiday(date_of(2026, 1, 1), "twice"));
  EXPECT_EQ(refusal(layer), "2026-01-01: out of order or given twice");
  EXPECT_NE(refusal(office_week(), {{kDateMax + 1, false, {}, ""}}), "");
  layer = office_week();
  layer.weekly.push_back(layer.weekly[0]);
  EXPECT_NE(refusal(layer), "");
}

TEST(Calendar, TouchingSpansAreOne) {
  const auto calendar = made("UTC", {same_hours_every_day({hours(0, 12), hours(12, 24)})});
  EXPECT_EQ(calendar->plan(0).hours, DayHours{hours(0, 24)});
  EXPECT_EQ(working_time(*calendar, 0, 10 * kDayMs), 10 * kDayMs);
}

// The sums, against every date added up: of 400 years once, and of those in which clocks jump.
TEST(DayTable, SumsAgreeWithDates) {
  for (const char* zone : {"Asia/Taipei", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
                           "America/Sao_Paulo", "America/St_Johns"}) {
    CalendarLayer layer = taiwan_2026();
    layer.weekly.push_back({date_of(2020, 3, 4), {}});
    layer.weekly[1].hours.fill({hours(0, 3), hours(22, 24)});
    const auto calendar = made(zone, {layer});
    const DayTable& table = calendar->table();
    const bool all = std::string(zone) == "America/New_York";
    const Date first = all ? kDateMin : date_of(2005, 1, 1);
    const Date last = all ? kDateMax : date_of(2030, 12, 31);
    DurationMs open_ms = table.open_ms_before(table.start_of(first));
    std::int32_t days = table.working_days_before(first);
    for (Date date = first; date <= last; ++date) {
      const TimeMs start = table.start_of(date);
      const TimeMs end = table.start_of(date + 1);
      ASSERT_LE(start, end) << zone << " " << yyyymmdd(date);
      if (start < end) {
        ASSERT_EQ(table.date_at(start), date) << zone;
        ASSERT_EQ(table.date_at(end - 1), date) << zone;
      }
      ASSERT_EQ(table.open_ms_before(start), open_ms) << zone << " " << yyyymmdd(date);
      ASSERT_EQ(table.working_days_before(date), days) << zone;
      for (const OpenStretch& stretch : table.stretches(date)) {
        ASSERT_LE(start + stretch.to_ms, end) << zone;
        ASSERT_EQ(table.left_at(open_ms), start + stretch.from_ms) << zone << yyyymmdd(date);
        open_ms += stretch.to_ms - stretch.from_ms;
        ASSERT_EQ(table.reached_at(open_ms), start + stretch.to_ms) << zone << yyyymmdd(date);
      }
      if (table.is_working_day(date)) {
        ASSERT_EQ(table.working_day(days), date) << zone;
        ++days;
      }
    }
    if (all) {
      EXPECT_EQ(table.open_ms(), open_ms);
      EXPECT_EQ(table.working_days(), days);
    }
    EXPECT_LT(table.memory_bytes(), 200'000U) << zone;
  }
}

TEST(DayTable, DaysOnWhichClocksJumpAddUp) {
  const DayHours round_the_clock{hours(0, 24)};
  const auto length = [&](const char* zone, int year, int month, int day, DayHours spans) {
    const auto calendar = made(zone, {same_hours_every_day(std::move(spans))});
    const DayTable& table = calendar->table();
    const Date date = date_of(year, month, day);
    return table.open_ms_before(table.start_of(date + 1)) -
           table.open_ms_before(table.start_of(date));
  };
  EXPECT_EQ(length("America/New_York", 2026, 3, 8, round_the_clock), 23 * kHourMs);
  EXPECT_EQ(length("America/New_York", 2026, 11, 1, round_the_clock), 25 * kHourMs);
  EXPECT_EQ(length("America/New_York", 2026, 3, 8, {hours(1, 4)}), 2 * kHourMs);
  EXPECT_EQ(length("America/New_York", 2026, 11, 1, {hours(1, 2)}), 2 * kHourMs);
  EXPECT_EQ(length("America/New_York", 2026, 3, 8, {hours(2, 3)}), 0) << "left out that day";
  EXPECT_EQ(length("Australia/Lord_Howe", 2026, 4, 5, round_the_clock), 49 * kHourMs / 2);
  EXPECT_EQ(length("Australia/Lord_Howe", 2026, 10, 4, round_the_clock), 47 * kHourMs / 2);
  EXPECT_EQ(length("America/Sao_Paulo", 2018, 2, 17, round_the_clock), 25 * kHourMs);
  EXPECT_EQ(length("America/Sao_Paulo", 2018, 11, 4, round_the_clock), 23 * kHourMs);
  EXPECT_EQ(length("Pacific/Apia", 2011, 12, 30, round_the_clock), 0) << "a day Samoa skipped";
  EXPECT_EQ(length("Pacific/Apia", 2011, 12, 31, round_the_clock), 24 * kHourMs);
}

TEST(Zone, WallTimeAndBack) {
  const Zone zone = *Zone::load("America/New_York");
  const Date spring = date_of(2026, 3, 8);
  const Date autumn = date_of(2026, 11, 1);
  EXPECT_EQ(zone.instant(spring, 2 * kHourMs + 30 * kMinuteMs), zone.instant(spring, 3 * kHourMs));
  const TimeMs first = zone.instant(autumn, kHourMs + 1);
  EXPECT_EQ(zone.wall_time(first).time_ms, kHourMs + 1);
  EXPECT_EQ(zone.wall_time(first + kHourMs).time_ms, kHourMs + 1) << "the hour comes twice";
  EXPECT_EQ(zone.instant(autumn, kDayMs), zone.instant(autumn + 1, 0));
  EXPECT_EQ(zone.wall_time(-1).date, -1);
  const auto jumps =
      zone.jumps(zone.instant(date_of(2026, 1, 1), 0), zone.instant(date_of(2027, 1, 1), 0));
  ASSERT_EQ(jumps.size(), 2U);
  EXPECT_EQ(jumps[0].at, zone.instant(spring, 3 * kHourMs));
  EXPECT_EQ(jumps[0].to_wall_ms - jumps[0].from_wall_ms, kHourMs);
  EXPECT_EQ(jumps[1].to_wall_ms - jumps[1].from_wall_ms, -kHourMs);
  EXPECT_TRUE(Zone::utc().jumps(0, kNever / 2).empty());
}

}  // namespace
}  // namespace casewheel::sla
