// The lines of an iCalendar object (RFC 5545 section 3.1) put together again and sorted into their
// events. Only what a holiday is told by is kept. Used by parse_icalendar for the length of one call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/calendar/line_problems.h"

namespace casewheel::catalogue {

struct FeedLine {
  std::size_t line = 0;  // where it begins, from 1
  std::string name;      // of the property, in capitals
  std::string text;      // unfolded, name included
};

struct FeedEvent {
  std::size_t line = 0;  // of its BEGIN
  std::vector<FeedLine> properties;

  // The first of that name; null when there is none.
  const FeedLine* find(std::string_view name) const;
};

struct FeedLines {
  std::vector<FeedEvent> events;
  std::size_t other_components = 0;  // to-dos, journals and the like; time zones do not count
};

// Reports what is no iCalendar; then the events are incomplete.
FeedLines read_feed_lines(std::string_view text, LineProblems& problems);

}  // namespace casewheel::catalogue
