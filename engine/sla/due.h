// From a start, an amount and pauses to the due instant, and the account of how it came about.
// Pure and exact: derived from the intervals each time, never accumulated. Callable from any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/sla/amount.h"
#include "engine/sla/calendar.h"
#include "engine/sla/pause.h"

namespace casewheel::sla {

struct DueQuestion {
  TimeMs start = 0;
  Amount amount;
  std::span<const Pause> pauses;  // in order of their beginning; may overlap
  TimeMs open_until = 0;          // as if a pause that lasts ended here; 0: it lasts for good
};

struct DueAnswer {
  TimeMs due = 0;            // kNever while a pause that began before due lasts
  bool provisional = false;  // rests on dates after what the calendar's publisher has spoken for
};

// `calendar` may be null when the amount needs none. Refused, never a loop: an amount that needs a
// calendar without one, hours or days that do not fit between kDateMin and kDateMax (a schedule with
// no hours, a calendar of holidays).
//
// A pause that begins at or after due does not move it. Working and wall time: what lies in a pause
// does not count. Days: dates are counted, so a pause adds the working (calendar) dates after its
// first date up to and with its last one; what overlaps counts once; a pause within one date adds
// none, and dates up to the one that days are counted from add none either. A negative amount knows
// no pauses.
Result<DueAnswer> due(const Calendar* calendar, const DueQuestion& question);

// A date that a person named. It stands: only pauses from its naming on move it, by the wall, and a
// calendar that has no work on its date, to the same time of the next working day. At midnight it is the
// end of the day before.
struct NamedDate {
  TimeMs at = 0;
  TimeMs since = 0;  // when it was named
  bool moves_to_working_day = true;
};
// `calendar` may be null: every date has work. kNever and `open_until` as above.
TimeMs due_of(const Calendar* calendar, const NamedDate& named, std::span<const Pause> pauses,
              TimeMs open_until);
// Whether there is no work on the date of the instant; at midnight, on the day that ends with it.
bool is_day_off(const Calendar& calendar, TimeMs instant);

// Working time between two instants, negative when end lies before start. What lies outside the dates
// that can be computed with has none.
DurationMs working_time(const Calendar& calendar, TimeMs start, TimeMs end);
// The instant `ms` of working time after (before, when negative) `from`. What ends on a closing
// instant ends there, not at the next opening; 0 is `from` when open, else the next opening.
Result<TimeMs> add_working_time(const Calendar& calendar, TimeMs from, DurationMs ms);
// n working days (negative: before) by the rule.
Result<TimeMs> add_working_days(const Calendar& calendar, TimeMs from, std::int32_t days,
                                DayRule rule);
// `from` when open, else the next opening.
Result<TimeMs> next_opening(const Calendar& calendar, TimeMs from);
bool is_open_at(const Calendar& calendar, TimeMs instant);

// One stretch of the account, in order and without gaps from the start to due (or to kNever, when
// the last one is a pause that lasts). Of a negative amount they go from due to the start and count
// negative.
struct Stretch {
  enum class Kind : std::uint8_t {
    kCounted,  // adds `counts_ms` (time) or one day
    kClosed,   // outside opening hours: a night, lunch, a weekend, a holiday, a closure
    // Counted nothing because of a pause: closed hours within it included.
    kPaused,
    kNotCounted,  // the first day where the rule leaves it out, hours of a date before it ends
    kExtension,
  };
  Kind kind = Kind::kCounted;
  TimeMs from = 0;
  TimeMs to = 0;
  DurationMs counts_ms = 0;      // kCounted of wall and working time
  std::int32_t counts_days = 0;  // kCounted of days
  // kClosed: why, with its name. kCounted: a make-up day or one with hours of its own.
  DayOrigin origin = DayOrigin::kWeekly;
  std::string name;
  bool provisional = false;
};

struct Account {
  DueAnswer answer;
  TimeMs counted_from = 0;  // after roll to the opening
  DurationMs extra_ms = 0;  // of cases received outside hours
  std::int32_t extra_days = 0;
  std::vector<Stretch> stretches;
  bool shortened = false;  // more than kStretchesMax: the middle ones are left out
};
inline constexpr std::size_t kStretchesMax = 2000;

// The same date as due(), with the stretches that add up to it.
Result<Account> explain(const Calendar* calendar, const DueQuestion& question);
// From the naming on; what nothing held up is told as `kind`, kCounted or kExtension.
Account explain(const Calendar* calendar, const NamedDate& named, std::span<const Pause> pauses,
                Stretch::Kind kind);

}  // namespace casewheel::sla
