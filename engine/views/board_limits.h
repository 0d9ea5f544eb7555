// The bounds of the board: what one lock hold, one page and one watch may cost. Constants only, so
// any thread.
#pragma once

#include <cstddef>

#include "engine/base/time.h"

namespace casewheel::views {

// Rows changed, or index entries visited, while the board's lock is held. At 0.1 to 1 us each this
// lets the next one in within about a millisecond.
inline constexpr std::size_t kRowsPerHold = 1'024;

// Every change is compared with every watch, so many watches shorten the slice of changes: at some
// 5 ns a comparison this is again a fraction of a millisecond.
inline constexpr std::size_t kComparisonsPerHold = 65'536;

// Counting visits no rows, only neighbouring index entries and counters, at a few ns each.
inline constexpr std::size_t kCountsPerHold = 8'192;

// Notices copied while their lock is held: some 100 bytes each, with a name.
inline constexpr std::size_t kNoticesPerHold = 256;

// Calls put into the figures while their lock is held: two searches of a map each.
inline constexpr std::size_t kCallsPerHold = 256;

// Rows of one page. The API offers 500; twice that leaves room for exports.
inline constexpr std::size_t kPageRowsMax = 1'000;

// Units of one filter: an enterprise's whole tree fits (Taipower has some 2,000 sections).
inline constexpr std::size_t kFilterUnitsMax = 10'000;

// Open watches: each costs every change a comparison, and up to kWatchPendingMax entries.
inline constexpr std::size_t kWatchesMax = 1'024;

// Changed cases waiting for one watcher, about 0.6 MB. A reader this far behind is better served
// by a new snapshot.
inline constexpr std::size_t kWatchPendingMax = 20'000;

// How far engine time must move before commits (rather than ticks) make every watch look for rows
// that came due: without it thousands of commits a second would each visit every watch. Far below
// what a person watching can see.
inline constexpr DurationMs kLookEveryMs = 100;

// Instants are below this (the year 10889), so that due and partition share 8 bytes.
inline constexpr TimeMs kInstantLimit = TimeMs{1} << 48;
// Where a case without a clock stands in due order: before all dates.
inline constexpr TimeMs kUnclockedDue = 1;

}  // namespace casewheel::views
