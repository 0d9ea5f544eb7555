// The government's office calendar (政府行政機關辦公日曆表) exactly as DGPA publishes it: one CSV a
// year, header 西元日期,星期,是否放假,備註, UTF-8 with or without its mark or Big5, quoted or not.
// Pure, any thread.
//
// Source: Directorate-General of Personnel Administration, Government Open Data Licence 1.0.
#pragma once

#include <string_view>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/result.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// One year as it differs from a week of Monday to Friday.
struct YearOfDays {
  int year = 0;
  // In order of date: HOLIDAY for a weekday off, and for a Saturday or Sunday that carries a name,
  // because an office open on Saturdays is closed on a national holiday too; WORKING_DAY for a
  // Saturday or Sunday that works. Named after 備註.
  std::vector<stored::CalendarDay> days;
};

// Refused, with field = "file:line" for every problem (the first 50 are named): another header, dates
// that are none or of another year, a date twice or missing, a weekday that is not the date's, a flag
// other than 0 (works) and 2 (off), a name over its limit, other encodings.
Result<YearOfDays> parse_dgpa(std::string_view csv, std::string_view file_name);

// `calendar` with this year as the file says: whatever it held of the year is superseded wholly, and it
// is known to the year's end at least. Version and edition stay.
stored::Calendar with_year(stored::Calendar calendar, const YearOfDays& year);

}  // namespace casewheel::catalogue
