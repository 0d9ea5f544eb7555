// The simulation's calendars: a national one, one of a unit in shifts that builds on it, one overseas
// with summer time; and all that may happen to them while cases are open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/time.h"
#include "tests/simulation/random.h"

namespace casewheel::simulation {

namespace stored = ::casewheel::journal::v1;

extern const std::vector<std::string> kCounties;  // cases may name any of them, or none

// As they stand when the world begins at `start`: known for some weeks, with holidays and a make-up
// Saturday. Only with `summer_time` the one overseas has any: its zone costs most of a run.
std::vector<stored::Calendar> first_calendars(TimeMs start, bool summer_time);

// `calendar` after something has happened to it around `now`: a closure or a reopening of some
// counties, a holiday put in or taken out, the next months becoming known, other weekly hours.
stored::Calendar changed_calendar(stored::Calendar calendar, Random& random, TimeMs now);

}  // namespace casewheel::simulation
