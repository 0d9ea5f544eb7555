// How large a calendar may be, each limit with its reason. Going over one is reported with its value;
// nothing is cut off.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/limits.h"

namespace casewheel::catalogue {

inline constexpr std::size_t kCalendarsMax = 1'000;  // the units of four enterprises that differ
inline constexpr std::size_t kCalendarDepthMax = 8;  // national, tenant, region, unit: with room
inline constexpr std::size_t kCalendarDaysMax = 20'000;  // every date of half a century
inline constexpr std::size_t kWeeklyHoursMax = 200;  // twice a year for a century: daylight hours
inline constexpr std::size_t kDaySpansMax = 8;       // three shifts with their breaks
inline constexpr std::size_t kClosuresMax = 10'000;  // a century of typhoons
inline constexpr std::size_t kClosureDatesMax = 31;  // declared at once; a typhoon lasts days

// A calendar travels in one message and one row, as a catalogue does.
inline constexpr std::size_t kCalendarBytesMax = limits::kCatalogueBytes;

// DGPA's files are 6.5 KB.
inline constexpr std::size_t kDgpaBytesMax = 256 * 1024;

// A country's feed is some 100 KB and 200 events.
inline constexpr std::size_t kFeedBytesMax = 1024 * 1024;
inline constexpr std::size_t kFeedEventsMax = 5'000;
inline constexpr std::size_t kFeedLineBytesMax = 8 * 1024;  // unfolded
inline constexpr std::size_t kFeedNestingMax = 8;
inline constexpr std::size_t kFeedRulesMax = 100;  // a country has some 20 holidays of fixed rules
// libical looks up to a second for the first match of a rule that has none, so that is not done for
// many: after these the rest of the feed is not read.
inline constexpr std::size_t kFeedWrongRulesMax = 5;
inline constexpr std::int32_t kFeedEventDaysMax = 366;  // what lasts longer is no holiday

}  // namespace casewheel::catalogue
