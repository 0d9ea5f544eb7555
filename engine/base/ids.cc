#include "engine/base/ids.h"

#include <chrono>
#include <cstdio>

namespace casewheel {
namespace {

// A totally anti-symmetric quasigroup of order 10 (Damm 2004).
constexpr std::uint8_t kDamm[10][10] = {
    {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
    {1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
    {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
    {2, 5, 8, 1, 4, 3, 6, 7, 9, 0}};

constexpr std::size_t kPrefixDigits = 9;  // tenant and date
constexpr std::size_t kSuffixDigits = 3;  // partition and check digit
constexpr std::size_t kSequenceDigitsMin = 5;
constexpr std::size_t kSequenceDigitsMax = 10;

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t n = 0;
  for (char c : digits) n = n * 10 + static_cast<std::uint64_t>(c - '0');
  return n;
}

}  // namespace

char damm_check_digit(std::string_view digits) {
  std::uint8_t interim = 0;
  for (char c : digits) interim = kDamm[interim][c - '0'];
  return static_cast<char>('0' + interim);
}

std::string format_case_number(PartitionId partition, CaseId id) {
  char buffer[40];
  const int length = std::snprintf(buffer, sizeof buffer, "%02u%07u%05u%02u", id.tenant_number(),
                                   id.roc_date(), id.sequence(), static_cast<unsigned>(partition));
  std::string number(buffer, static_cast<std::size_t>(length));
  number.push_back(damm_check_digit(number));
  return number;
}

std::optional<CaseAddress> parse_case_number(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    } else if (c != ' ' && c != '-') {
      return std::nullopt;
    }
    if (digits.size() > kPrefixDigits + kSequenceDigitsMax + kSuffixDigits) return std::nullopt;
  }
  if (digits.size() < kPrefixDigits + kSequenceDigitsMin + kSuffixDigits) return std::nullopt;
  const std::string_view view = digits;
  if (damm_check_digit(view.substr(0, view.size() - 1)) != view.back()) return std::nullopt;
  const std::string_view middle =
      view.substr(kPrefixDigits, view.size() - kPrefixDigits - kSuffixDigits);
  if (middle.size() > kSequenceDigitsMin && middle.front() == '0') return std::nullopt;
  const std::uint64_t sequence = number_of(middle);
  if (sequence > 0xffffffffULL) return std::nullopt;
  const auto partition =
      static_cast<PartitionId>(number_of(view.substr(view.size() - kSuffixDigits, 2)));
  return CaseAddress{partition,
                     CaseId::make(static_cast<std::uint8_t>(number_of(view.substr(0, 2))),
                                  static_cast<std::uint32_t>(number_of(view.substr(2, 7))),
                                  static_cast<std::uint32_t>(sequence))};
}

std::uint32_t roc_date_of(std::int64_t time_ms, int utc_offset_seconds) {
  using namespace std::chrono;
  const auto local = sys_time<milliseconds>{milliseconds{time_ms}} + seconds{utc_offset_seconds};
  const year_month_day date{floor<days>(local)};
  const int roc_year = static_cast<int>(date.year()) - 1911;
  if (roc_year < 1 || roc_year > 999) return 0;
  return static_cast<std::uint32_t>(roc_year) * 10000 + static_cast<unsigned>(date.month()) * 100 +
         static_cast<unsigned>(date.day());
}

}  // namespace casewheel
