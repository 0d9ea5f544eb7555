// What every stored calendar must be, whatever it was read from: dates that exist and stand in order,
// hours in order and apart, known counties, sizes within their limits. What holds between calendars
// is CalendarSet's to say. Pure, any thread.
#pragma once

#include <optional>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/result.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// The first thing wrong, with field = "calendar <id> days 2026-02-16" or the like; empty when all is
// well. Version and edition are not looked at.
std::optional<Rejection> malformed(const stored::Calendar& calendar);

}  // namespace casewheel::catalogue
