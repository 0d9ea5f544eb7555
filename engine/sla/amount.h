// What a promise allows, in the terms its policy chose. Plain values; engine/sla/due.h turns one
// into an instant.
#pragma once

#include <cstdint>

#include "engine/base/time.h"

namespace casewheel::sla {

// How n working days from an instant become an instant. A working day is a local date with opening
// hours; its opening and closing are those of the date, lunch and half days heeded. "Roll" moves an
// instant outside opening hours to the next opening; an instant within hours stays. A day counts on
// its own date: 0 days end where they begin.
enum class DayRule : std::uint8_t {
  // Roll to the next opening, go n working days on, keep the time of day; if that date does not
  // reach it (it closes earlier), its closing.
  kKeepWallTime,
  // As above, but only a date without hours rolls: before opening, over lunch and after closing of
  // a working day the time of day stays as it is, and what began after closing is not drawn back to
  // one.
  kKeepWallTimeNoRollWithinDay,
  // From the date itself (a day off too) n working days on, then that date's first opening at or
  // after the time of day; when none is left, the next opening.
  kNextOpenAfterDays,
  // Roll to the next opening, n working days on, the closing of that date.
  kEndOfWorkingDay,
  // 行政程序法第 48 條: the date itself is not counted, n working days after it, 24:00 of that date
  // (00:00 local of the day after).
  kEndOfDayFirstDayExcluded,
};

enum class CountFrom : std::uint8_t {
  kReceived,
  kOpening,  // received outside hours: from the next opening
};

struct Amount {
  enum class Kind : std::uint8_t {
    kWallMs,       // day and night
    kWorkingMs,    // within opening hours
    kWorkingDays,  // by day_rule
    // The nth date after the first, which is not counted: its 24:00 (Act above) or, by
    // kKeepWallTime, the
    // time of day it began with. No other day_rule makes a difference.
    kCalendarDays,
  };
  Kind kind = Kind::kWallMs;
  DurationMs ms = 0;
  std::int32_t days = 0;
  DayRule day_rule = DayRule::kKeepWallTime;
  CountFrom count_from = CountFrom::kReceived;
  // When received outside hours, added to ms or days.
  DurationMs outside_hours_extra_ms = 0;
  std::int32_t outside_hours_extra_days = 0;

  // Whether it cannot be computed without a calendar.
  bool needs_calendar() const {
    return kind != Kind::kWallMs || count_from != CountFrom::kReceived ||
           outside_hours_extra_ms != 0 || outside_hours_extra_days != 0;
  }
};

}  // namespace casewheel::sla
