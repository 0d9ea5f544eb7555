#include "engine/cli/typed_text.h"

#include <cstdio>
#include <cstdlib>

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

// "14時30分" and "14時" as "14:30" and "14:00"; anything else as it is.
std::string typed_time_of_day(std::string_view text) {
  const std::string whole(text);
  std::size_t count = 0;
  const int hour = take_number(text, 2, &count);
  skip_spaces(text);
  if (hour < 0 || !(take(text, "時") || take(text, "點"))) return whole;
  skip_spaces(text);
  int minute = 0;
  if (!text.empty()) {
    minute = take_number(text, 2, &count);
    skip_spaces(text);
    if (minute < 0 || !take(text, "分")) return whole;
  }
  return digits("%02d", hour) + ":" + digits("%02d", minute) + std::string(text);
}

// The date at the beginning, taken off `text`.
std::optional<std::string> take_date(std::string_view& text) {
  skip_spaces(text);
  const bool named = take(text, "民國") || take(text, "中華民國");
  skip_spaces(text);
  std::size_t year_digits = 0, count = 0;
  int year = take_number(text, 4, &year_digits);
  skip_spaces(text);
  if (year <= 0 || (named && year_digits > 3)) return std::nullopt;
  if (year_digits <= 3) year += kFirstYear;
  const char mark = text.empty() ? '\0' : text.front();
  const bool chinese = take(text, "年");
  if (!chinese && mark != '-' && mark != '/' && mark != '.') return std::nullopt;
  if (!chinese) text.remove_prefix(1);
  skip_spaces(text);
  const int month = take_number(text, 2, &count);
  skip_spaces(text);
  if (month < 1 || !take(text, chinese ? "月" : std::string_view(&mark, 1))) return std::nullopt;
  skip_spaces(text);
  const int day = take_number(text, 2, &count);
  if (day < 1) return std::nullopt;
  if (chinese) {
    skip_spaces(text);
    take(text, "日");
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
