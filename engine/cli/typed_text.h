// What people type with a Chinese input method on, as the parsers know it: full-width signs as half-width
// ones, and dates of the Republic's calendar. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace casewheel::cli {

// "１３１１５：２－ａ" as "13115:2-a"; the ideographic space becomes a space. All else stays.
std::string half_width_signs(std::string_view text);

// A text that begins with a date, with that date as "2026-02-15" and what follows it behind a space or
// as RFC 3339 has it. Dates are written 2026-02-15, 2026/2/15, 2026年2月15日, or in the Republic's years,
// which have three digits at most: 115-02-15, 115/2/15, 民國115年2月15日; or all digits, 1150215. Chinese
// numerals do as well. Times of day may be written 14時30分, 下午2點半, too; what has two readings (晚上12點)
// is left as it is. Nothing where the text begins with none.
std::optional<std::string> with_common_date(std::string_view text);

// The same of a text that is a date and nothing else: "2026-02-15".
std::optional<std::string> common_date(std::string_view text);

}  // namespace casewheel::cli
