#include "engine/catalogue/calendar/day_text.h"

#include <array>
#include <charconv>
#include <vector>

#include "engine/sla/calendar.h"

namespace casewheel::catalogue {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"mon", "tue", "wed", "thu",
                                                    "fri", "sat", "sun"};

// All of `text` as a number of digits only.
std::optional<std::uint32_t> digits(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string padded(std::uint32_t number, std::size_t width) {
  std::string text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string written_time(std::uint32_t of_day_s) {
  std::string text = padded(of_day_s / 3600, 2) + ":" + padded(of_day_s / 60 % 60, 2);
  if (of_day_s % 60 != 0) text += ":" + padded(of_day_s % 60, 2);
  return text;
}

// hh:mm or hh:mm:ss, up to 24:00.
std::optional<std::uint32_t> parse_time(std::string_view text) {
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':') return std::nullopt;
  if (text.size() == 8 && text[5] != ':') return std::nullopt;
  const auto hour = digits(text.substr(0, 2));
  const auto minute = digits(text.substr(3, 2));
  const auto second = text.size() == 8 ? digits(text.substr(6, 2)) : 0;
  if (!hour || !minute || !second || *hour > 24 || *minute > 59 || *second > 59)
    return std::nullopt;
  const std::uint32_t time = *hour * 3600 + *minute * 60 + *second;
  if (time > kDayS) return std::nullopt;
  return time;
}

}  // namespace

bool is_date(std::uint32_t yyyymmdd) {
  const auto date = sla::date_of_yyyymmdd(yyyymmdd);
  return date && *date >= sla::kDateMin && *date <= sla::kDateMax;
}

std::string written_date(std::uint32_t yyyymmdd) {
  return padded(yyyymmdd / 10'000, 4) + "-" + padded(yyyymmdd / 100 % 100, 2) + "-" +
         padded(yyyymmdd % 100, 2);
}

std::optional<std::uint32_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::uint32_t number = *year * 10'000 + *month * 100 + *day;
  if (!is_date(number)) return std::nullopt;
  return number;
}

std::string written_hours(std::uint32_t from_s, std::uint32_t to_s) {
  return written_time(from_s) + "-" + written_time(to_s);
}

std::optional<stored::DayHours> parse_hours(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = parse_time(text.substr(0, dash));
  const auto to = parse_time(text.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  stored::DayHours hours;
  hours.set_from_s(*from);
  hours.set_to_s(*to);
  return hours;
}

std::string wrong_span(std::uint32_t from_s, std::uint32_t to_s, std::uint32_t after_s) {
  if (to_s > kDayS) return "ends after 24:00";
  if (to_s <= from_s) return "ends before it begins; hours past midnight belong to the next day";
  if (from_s < after_s) return "begins before the hours above it end; put them in order and apart";
  if (after_s > 0 && from_s == after_s)
    return "begins when the hours before it end; write both as one";
  return {};
}

std::optional<std::uint32_t> parse_weekday(std::string_view text) {
  for (std::size_t i = 0; i < kWeekdays.size(); ++i) {
    if (kWeekdays[i] == text) return static_cast<std::uint32_t>(i + 1);
  }
  return std::nullopt;
}

std::string_view written_weekday(std::uint32_t weekday) {
  return weekday >= 1 && weekday <= kWeekdays.size() ? kWeekdays[weekday - 1] : "?";
}

std::string written_week(const stored::WeeklyHours& week) {
  std::array<std::string, 8> hours;  // by weekday, [0] unused
  for (const stored::OpeningHours& opening : week.opening()) {
    if (opening.weekday() < 1 || opening.weekday() > 7) continue;
    std::string& text = hours[opening.weekday()];
    if (!text.empty()) text += ", ";
    text += written_hours(opening.from_s(), opening.to_s());
  }
  std::string text;
  for (std::uint32_t first = 1; first <= 7;) {
    std::uint32_t last = first;
    while (last < 7 && hours[last + 1] == hours[first]) ++last;
    if (!hours[first].empty()) {
      if (!text.empty()) text += ", ";
      text += written_weekday(first);
      if (last > first) text += "-" + std::string(written_weekday(last));
      text += ": [" + hours[first] + "]";
    }
    first = last + 1;
  }
  return text;
}

}  // namespace casewheel::catalogue
