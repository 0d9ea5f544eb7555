// Which days off a change of calendars takes away. Pure, any thread.
//
// The rule: a date with a word of its own (a holiday, own hours, a closure) keeps what is off on it until
// somebody takes it away on purpose. What the calendars say is compared as they are compiled, date by date,
// so it does not matter in which way the day goes: not listed any more, turned into hours, or left behind
// with the parent. Weekly hours are no word of a date: a make-up Saturday takes nothing away, and neither do
// longer hours of every Monday.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/calendar/calendar_set.h"

namespace casewheel::catalogue {

struct DayOff {
  std::uint32_t date = 0;  // yyyymmdd
  std::string name;        // of the holiday or the reason of the closure; may be empty
  std::string county;      // where it was off; empty: everywhere
};

// What was off under `before_id` of `before` and is open under `after_id` of `after`, in order of date, each
// once. Where there is no such calendar any more, everything that was off is open.
std::vector<DayOff> days_off_lost(const CalendarSet& before, std::string_view before_id,
                                  const CalendarSet& after, std::string_view after_id);

// "2026-02-16 農曆除夕", "2026-07-24 颱風 (臺南市)".
std::string written_day_off(const DayOff& day);

}  // namespace casewheel::catalogue
