// Durations as people write them in a catalogue ("72h", "1d12h", "PT72H") into milliseconds and back.
// Pure functions, callable from any thread. Wall time only: a day here is 24 hours. Working days are
// not a duration: they join Allowance with their calendars.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace casewheel::sla {

// Ten years. No service promises more, and sums of a few durations stay far from overflow.
inline constexpr DurationMs kDurationMsMax = 3650 * kDayMs;

// Accepts an optional sign and then either
//   number and unit, larger units first:  3d  1d12h  90m  1h 30m   (w, d, h, m, s, ms)
//   or ISO 8601 without years and months, whose length varies:  PT72H  P3D  P1DT12H  P2W
// and a bare 0. The rejection's message says what is wrong and what would be right.
Result<DurationMs> parse_duration(std::string_view text);

// The canonical form, which parse_duration reads back exactly. Hours are the largest unit up to 72h,
// because that is how such limits are spoken of; whole days above: "72h", "1h30m", "-12h", "30d".
std::string format_duration(DurationMs duration);

}  // namespace casewheel::sla
