// How the dates and opening hours of calendars are written: 2026-02-16, 08:00-12:00, mon-fri. One
// form for YAML, diffs and messages. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "casewheel/journal/v1/calendar.pb.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

inline constexpr std::uint32_t kDayS = 86'400;

// Whether yyyymmdd is a date that can be computed with (1900 to 2299).
bool is_date(std::uint32_t yyyymmdd);
std::string written_date(std::uint32_t yyyymmdd);                // "2026-02-16"
std::optional<std::uint32_t> parse_date(std::string_view text);  // empty when it is none

// "08:00-12:00"; with seconds where they are not 0, and up to 24:00.
std::string written_hours(std::uint32_t from_s, std::uint32_t to_s);
std::optional<stored::DayHours> parse_hours(std::string_view text);

template <typename Spans>
std::string written_spans(const Spans& spans) {  // "08:00-12:00, 13:00-17:00"
  std::string text;
  for (const auto& span : spans) {
    if (!text.empty()) text += ", ";
    text += written_hours(span.from_s(), span.to_s());
  }
  return text;
}

// Why `span` may not follow one that ends at `after_s` on the same day; empty when it may.
std::string wrong_span(std::uint32_t from_s, std::uint32_t to_s, std::uint32_t after_s);

// 1 for mon to 7 for sun.
std::optional<std::uint32_t> parse_weekday(std::string_view text);
std::string_view written_weekday(std::uint32_t weekday);

// The hours of a week as YAML writes them, days with the same hours together:
// "mon-fri: [08:00-12:00, 13:00-17:00], sat: [08:00-12:00]". Closed days are left out.
std::string written_week(const stored::WeeklyHours& week);

}  // namespace casewheel::catalogue
