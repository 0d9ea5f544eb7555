// Time as casewheel counts it: signed milliseconds since 1970-01-01T00:00:00Z (UTC, no leap
// seconds). Zones and calendars matter only in engine/sla; everywhere else an instant is a number.
#pragma once

#include <cstdint>
#include <limits>

namespace casewheel {

using TimeMs = std::int64_t;      // an instant
using DurationMs = std::int64_t;  // a length, may be negative

inline constexpr TimeMs kNever = std::numeric_limits<TimeMs>::max();

inline constexpr DurationMs kSecondMs = 1000;
inline constexpr DurationMs kMinuteMs = 60 * kSecondMs;
inline constexpr DurationMs kHourMs = 60 * kMinuteMs;
inline constexpr DurationMs kDayMs = 24 * kHourMs;

}  // namespace casewheel
