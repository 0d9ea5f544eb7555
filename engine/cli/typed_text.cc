#include "engine/cli/typed_text.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "engine/cli/numerals.h"

namespace casewheel::cli {
namespace {

constexpr int kFirstYear = 1911;  // the year before the Republic's first

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

void skip_spaces(std::string_view& text) {
  while (take(text, " ")) {
  }
}

// So many digits at most; their number in `count`. -1 where there is none.
int take_number(std::string_view& text, std::size_t most, std::size_t* count) {
  std::size_t size = 0;
  while (size < text.size() && size <= most && is_digit(text[size])) ++size;
  *count = size;
  if (size == 0 || size > most) return -1;
  const int number = std::atoi(std::string(text.substr(0, size)).c_str());
  text.remove_prefix(size);
  return number;
}

std::string digits(const char* format, int number) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, number);
  return buffer;
}

// As take_number() of two digits, or in Chinese numerals: 十二.
int take_count(std::string_view& text) {
  std::size_t count = 0;
  if (const int number = take_number(text, 2, &count); number >= 0 || count > 0) return number;
  const std::optional<std::int64_t> number = take_chinese_number(text);
  constexpr std::int64_t kMost = 99;
  return number && *number <= kMost ? static_cast<int>(*number) : -1;
}

// A part of the day, and which hours of the clock's twelve it has: `first` to `last`, `noon` hours later
// in the day. 十二點 of the morning and of the evening have two readings, and none is taken.
struct DayPart {
  std::string_view word;
  int first, last, later;
};
constexpr std::array<DayPart, 14> kDayParts = {{{"凌晨", 0, 6, 0},
                                                {"清晨", 4, 8, 0},
                                                {"早上", 4, 11, 0},
                                                {"上午", 0, 11, 0},
                                                {"中午", 11, 12, 0},
                                                {"中午", 1, 2, 12},
                                                {"下午", 12, 12, 0},
                                                {"下午", 1, 11, 12},
                                                {"午後", 12, 12, 0},
                                                {"午後", 1, 6, 12},
                                                {"傍晚", 4, 7, 12},
                                                {"晚上", 5, 11, 12},
                                                {"晚間", 5, 11, 12},
                                                {"夜間", 6, 11, 12}}};

// The word at the beginning, taken off; empty where there is none.
std::string_view take_day_part(std::string_view& text) {
  for (const DayPart& part : kDayParts) {
    if (take(text, part.word)) return part.word;
  }
  return "";
}

// The hour of the day, 0 to 23; -1 where the part of the day does not have it. 下午14時 is 14.
int hour_within(std::string_view part, int hour) {
  if (part.empty()) return hour;
  for (const DayPart& one : kDayParts) {
    if (one.word != part) continue;
    if (hour >= one.first && hour <= one.last) return hour + one.later;
    const int of_day = hour - one.later;
    if (one.later != 0 && of_day >= one.first && of_day <= one.last) return hour;
  }
  return -1;
}

// "14時30分", "14點", "下午2點半", "下午兩點三十分", "9:30" as "14:30", "14:00", "14:30", "14:30", "09:30";
// anything else as it is.
std::string typed_time_of_day(std::string_view text) {
  const std::string whole(text);
  const std::string_view part = take_day_part(text);
  skip_spaces(text);
  const int hour = hour_within(part, take_count(text));
  skip_spaces(text);
  if (hour < 0) return whole;
  int minute = 0;
  if (take(text, ":")) {
    std::size_t count = 0;
    minute = take_number(text, 2, &count);
    if (minute < 0 || count != 2) return whole;
  } else if (take(text, "時") || take(text, "點")) {
    skip_spaces(text);
    if (take(text, "半")) {
      minute = 30;
    } else if (!text.empty() && !take(text, "整")) {
      minute = take_count(text);
      skip_spaces(text);
      if (minute < 0) return whole;
      if (!take(text, "分") && !text.empty()) return whole;
      take(text, "整");
    }
  } else {
    return whole;
  }
  return digits("%02d", hour) + ":" + digits("%02d", minute) + std::string(text);
}

// "1151205" and "20261205", as forms and registers have dates. Nothing where there are fewer or more digits.
std::optional<std::string> take_date_of_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count != 7 && count != 8) return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t size) {
    return std::atoi(std::string(text.substr(from, size)).c_str());
  };
  const int year = number(0, count - 4) + (count == 7 ? kFirstYear : 0);
  const int month = number(count - 4, 2), day = number(count - 2, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  text.remove_prefix(count);
  return digits("%04d", year) + "-" + digits("%02d", month) + "-" + digits("%02d", day);
}

// The year at the beginning, of four digits at most or in Chinese numerals; -1 where there is none.
int take_year(std::string_view& text, bool* of_republic) {
  std::size_t count = 0;
  int year = take_number(text, 4, &count);
  constexpr std::int64_t kMost = 9999;
  if (count == 0) {
    const std::optional<std::int64_t> number = take_chinese_number(text);
    year = number && *number <= kMost ? static_cast<int>(*number) : -1;
    count = year > 999 ? 4 : 3;
  }
  *of_republic = count <= 3;
  return year;
}

// The date at the beginning, taken off `text`.
std::optional<std::string> take_date(std::string_view& text) {
  skip_spaces(text);
  const bool named = take(text, "民國") || take(text, "中華民國");
  skip_spaces(text);
  if (!named) {
    if (std::optional<std::string> date = take_date_of_digits(text)) return date;
  }
  bool of_republic = false;
  int year = take_year(text, &of_republic);
  skip_spaces(text);
  if (year <= 0 || (named && !of_republic)) return std::nullopt;
  if (of_republic) year += kFirstYear;
  const char mark = text.empty() ? '\0' : text.front();
  const bool chinese = take(text, "年");
  if (!chinese && mark != '-' && mark != '/' && mark != '.') return std::nullopt;
  if (!chinese) text.remove_prefix(1);
  skip_spaces(text);
  const int month = take_count(text);
  skip_spaces(text);
  if (month < 1 || !take(text, chinese ? "月" : std::string_view(&mark, 1))) return std::nullopt;
  skip_spaces(text);
  const int day = take_count(text);
  if (day < 1) return std::nullopt;
  if (chinese) {
    skip_spaces(text);
    if (!take(text, "日")) take(text, "號");
  }
  return digits("%04d", year) + "-" + digits("%02d", month) + "-" + digits("%02d", day);
}

}  // namespace

std::string half_width_signs(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = [&](std::size_t ahead) {
      return at + ahead < text.size() ? static_cast<unsigned char>(text[at + ahead]) : 0U;
    };
    const unsigned code = (byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
    if ((byte(0) & 0xf0U) == 0xe0U && (code == 0x3000 || (code >= 0xff01 && code <= 0xff5e))) {
      out += code == 0x3000 ? ' ' : static_cast<char>(code - 0xff01 + '!');
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::optional<std::string> with_common_date(std::string_view text) {
  const std::string plain = half_width_signs(text);
  std::string_view rest = plain;
  std::optional<std::string> date = take_date(rest);
  if (!date) return std::nullopt;
  while (rest.ends_with(' ')) rest.remove_suffix(1);
  if (rest.empty()) return date;
  if (rest.starts_with('T') || rest.starts_with('t')) return *date + std::string(rest);
  // Behind 日 a time may follow at once; behind a digit it would be read as part of the day.
  skip_spaces(rest);
  return *date + " " + typed_time_of_day(rest);
}

std::optional<std::string> common_date(std::string_view text) {
  std::optional<std::string> date = with_common_date(text);
  constexpr std::size_t kDateChars = 10;
  if (!date || date->size() != kDateChars) return std::nullopt;
  return date;
}

}  // namespace casewheel::cli
