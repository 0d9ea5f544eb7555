// What changes from one version of a calendar to the next, in lines a supervisor reads before she
// applies it. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// Lines like "+ 2025-09-29 holiday 補假", "- 2025-02-08 working day 補行上班",
// "~ hours from 2026-01-01: mon-fri 08:00-17:00 -> 08:00-12:00, 13:00-17:00" and
// "+ closure 2026-07-10 臺南市: 颱風"; every change has its line. After them, beginning with "!", what
// she should look at twice: years without a holiday or of which nothing is known, a calendar that is
// known less far than before, hours until 23:59, and changes of dates before `today` (yyyymmdd; 0:
// unknown). Empty when
// nothing changed; version and edition do not count. An empty `before` (no id) stands for a calendar
// that is new.
std::vector<std::string> diff(const stored::Calendar& before, const stored::Calendar& after,
                              std::uint32_t today);

}  // namespace casewheel::catalogue
