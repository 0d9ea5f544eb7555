// Holidays from an iCalendar feed (RFC 5545): whole-day events, their recurrence written out to a
// horizon. libical reads the values; which lines belong to which event is found here, because a
// refusal names its line and libical keeps none. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/result.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

struct FeedReading {
  std::uint32_t horizon = 0;  // yyyymmdd: the last date recurring events are written out to
  // Many public feeds (Google's, Apple's) mark holidays TRANSPARENT: busy for nobody, yet a day off.
  bool transparent_too = false;
};

struct HolidayFeed {
  std::vector<stored::CalendarDay> days;  // HOLIDAY, in order of date, on weekends too
  // The end of the last year with an event that stands for itself; 0 when all recur.
  std::uint32_t known_until = 0;
  std::vector<std::string> warnings;  // what was left out, counted
};

// Events that are transparent or cancelled, and components that are no events, are left out and
// counted in the warnings. Two events on one date share it, their names joined by 、. Refused, with
// field = "file:line" for every problem (the first 50 are named): what is no iCalendar, events with a
// time of day, ends that do not come after the start, recurrence other than YEARLY with
// BYMONTH, BYMONTHDAY and BYDAY, MONTHLY with BYMONTHDAY and BYDAY, WEEKLY with BYDAY and plain DAILY
// (INTERVAL, COUNT, UNTIL and WKST go with all), changed instances (RECURRENCE-ID), names that are no
// text, limits, and a feed without a single holiday. After five rules that are none or never come true
// the rest is not read.
Result<HolidayFeed> parse_icalendar(std::string_view text, std::string_view file_name,
                                    const FeedReading& reading);

// `calendar` with the feed's holidays. From the feed's first year to its last, holidays the calendar
// held before are superseded wholly; working days and own hours, of which a feed knows nothing, stay
// unless the feed names their date. Known to the feed's known_until at least. Version and edition stay.
stored::Calendar with_feed(stored::Calendar calendar, const HolidayFeed& feed);

}  // namespace casewheel::catalogue
