// Calendars for the tests of engine/sla, and instants as people write them.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engine/sla/calendar.h"

namespace casewheel::sla {

inline OpenSpan hours(int from_h, int to_h) { return {from_h * 3600, to_h * 3600}; }

// Monday to Friday 08:00-12:00 and 13:00-17:00.
inline CalendarLayer office_week() {
  CalendarLayer layer;
  CalendarLayer::Weekly weekly;
  weekly.effective_from = kDateMin;
  for (std::size_t day = 0; day < 5; ++day) weekly.hours[day] = {hours(8, 12), hours(13, 17)};
  layer.weekly.push_back(weekly);
  layer.known_until = date_of(2026, 12, 31);
  return layer;
}

inline CalendarLayer same_hours_every_day(DayHours of_day) {
  CalendarLayer layer;
  CalendarLayer::Weekly weekly;
  weekly.effective_from = kDateMin;
  weekly.hours.fill(of_day);
  layer.weekly.push_back(weekly);
  layer.known_until = kDateMax;
  return layer;
}

inline CalendarLayer::Day holiday(Date date, std::string name) {
  return {date, DayOrigin::kHoliday, {}, std::move(name)};
}
inline CalendarLayer::Day working_day(Date date, std::string name) {
  return {date, DayOrigin::kWorkingDay, {}, std::move(name)};
}
inline CalendarLayer::Day own_hours(Date date, DayHours spans, std::string name) {
  return {date, DayOrigin::kOwnHours, std::move(spans), std::move(name)};
}

inline std::shared_ptr<const Calendar> made(const std::string& zone,
                                            const std::vector<CalendarLayer>& layers,
                                            const std::vector<ClosedPart>& closures = {}) {
  const auto calendar = Calendar::make(*Zone::load(zone), layers, closures);
  EXPECT_TRUE(calendar.has_value()) << (calendar ? "" : calendar.error().message);
  return calendar ? *calendar : nullptr;
}

// The beginning of 2026 as DGPA published it: 2026-01-01 and the new year from 2026-02-14 (Saturday)
// to 02-22, 02-27 for 02-28; one make-up Saturday and one half day are invented.
inline CalendarLayer taiwan_2026() {
  CalendarLayer layer = office_week();
  layer.days.push_back(holiday(date_of(2026, 1, 1), "開國紀念日"));
  layer.days.push_back(working_day(date_of(2026, 2, 7), "補行上班"));
  layer.days.push_back(own_hours(date_of(2026, 2, 13), {hours(8, 12)}, "除夕前半日"));
  for (int day = 16; day <= 20; ++day) {
    layer.days.push_back(holiday(date_of(2026, 2, day), "春節"));
  }
  layer.days.push_back(holiday(date_of(2026, 2, 27), "和平紀念日補假"));
  return layer;
}

inline TimeMs at(const Calendar& calendar, const std::string& text) {
  const auto instant = calendar.zone().parse(text, false);
  EXPECT_TRUE(instant.has_value()) << text;
  return instant.value_or(0);
}

// 2026-01-05T09:00 of the wall clock, midnight too; what is below a minute behind a +.
inline std::string shown(const Calendar& calendar, TimeMs instant) {
  if (instant == kNever) return "never";
  const WallTime wall = calendar.zone().wall_time(instant);
  const std::uint32_t date = yyyymmdd(wall.date);
  char text[32];
  std::snprintf(text, sizeof text, "%04u-%02u-%02uT%02lld:%02lld", date / 10000, date / 100 % 100,
                date % 100, static_cast<long long>(wall.time_ms / kHourMs),
                static_cast<long long>(wall.time_ms / kMinuteMs % 60));
  std::string written = text;
  if (const DurationMs rest = wall.time_ms % kMinuteMs; rest != 0) {
    written += "+" + std::to_string(rest) + "ms";
  }
  return written;
}

}  // namespace casewheel::sla
