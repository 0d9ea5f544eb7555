// Sudden closures (颱風停班停課): declared by county, often the evening before, and taken back as
// suddenly. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/result.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

struct ClosureDeclaration {
  std::vector<std::string> counties;    // as people write them; empty: everywhere
  std::vector<std::uint32_t> dates;     // yyyymmdd
  std::vector<stored::DayHours> hours;  // what is closed, or given back; empty: the whole day
  std::string reason;                   // 康芮颱風; needed unless it is a reopening
  bool reopened = false;                // takes back what was closed on these dates
  TimeMs declared_ms = 0;
};

// `calendar` with one more closure a date, put in order of declaration; version and edition stay.
// Refused, naming the field of the declaration (counties, dates, hours, reason): no dates, dates that
// are none or stand twice, counties that are none or stand twice, hours out of order, no
// reason, a limit.
Result<stored::Calendar> declare_closure(stored::Calendar calendar,
                                         const ClosureDeclaration& declaration);

}  // namespace casewheel::catalogue
