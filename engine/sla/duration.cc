#include "engine/sla/duration.h"

#include <array>
#include <cctype>

namespace casewheel::sla {
namespace {

struct Unit {
  std::string_view name;
  DurationMs length;
};

// Largest first: the order in which people must write them.
constexpr std::array<Unit, 6> kHumanUnits{{{"w", 7 * kDayMs},
                                           {"d", kDayMs},
                                           {"h", kHourMs},
                                           {"m", kMinuteMs},
                                           {"s", kSecondMs},
                                           {"ms", 1}}};
constexpr std::array<Unit, 2> kIsoDateUnits{{{"W", 7 * kDayMs}, {"D", kDayMs}}};
constexpr std::array<Unit, 3> kIsoTimeUnits{{{"H", kHourMs}, {"M", kMinuteMs}, {"S", kSecondMs}}};

constexpr std::size_t kTextBytesMax = 64;

Rejection wrong(std::string message) {
  return Rejection::of(RejectionCode::kInvalidArgument, std::move(message));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// Reads number-and-unit pairs from the front of `text`, larger units first, each at most once, until
// the end or `stop`. Returns their sum.
template <std::size_t N>
Result<DurationMs> read_parts(std::string_view& text, const std::array<Unit, N>& units, char stop,
                              bool spaces) {
  DurationMs sum = 0;
  std::size_t next_unit = 0;
  while (!text.empty() && text.front() != stop) {
    if (spaces && text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    if (!is_digit(text.front()))
      return wrong("a number is missing before a unit; write it like 72h or 1d12h");
    DurationMs number = 0;
    while (!text.empty() && is_digit(text.front())) {
      number = number * 10 + (text.front() - '0');
      if (number > kDurationMsMax) return wrong("longer than the limit of 3650d");
      text.remove_prefix(1);
    }
    if (!text.empty() && (text.front() == '.' || text.front() == ',')) {
      return wrong("fractions are not accepted; write 1h30m instead of 1.5h");
    }
    std::size_t length = 0;
    while (length < text.size() && is_letter(text[length]) && text[length] != stop) ++length;
    // ISO units are one letter each and stand against the next number only, so a run of letters is
    // one unit in both forms.
    const std::string_view name = text.substr(0, length);
    if (name.empty()) return wrong("a unit is missing after a number; units are w, d, h, m, s");
    std::size_t found = 0;
    while (found < units.size() && units[found].name != name) ++found;
    if (found == units.size()) {
      if (stop == 'T' && (name == "Y" || name == "M")) {
        return wrong("years and months vary in length; write days");
      }
      return wrong("unknown unit; units are w, d, h, m, s");
    }
    if (found < next_unit) return wrong("larger units come first and each once, like 1d12h");
    next_unit = found + 1;
    if (number > kDurationMsMax / units[found].length)
      return wrong("longer than the limit of 3650d");
    sum += number * units[found].length;
    if (sum > kDurationMsMax) return wrong("longer than the limit of 3650d");
    text.remove_prefix(length);
  }
  return sum;
}

Result<DurationMs> read_iso(std::string_view text) {
  text.remove_prefix(1);
  if (text.empty()) return wrong("nothing follows P; write it like PT72H or P3D");
  auto dates = read_parts(text, kIsoDateUnits, 'T', false);
  if (!dates) return dates.error();
  if (text.empty()) return *dates;
  text.remove_prefix(1);
  if (text.empty()) return wrong("nothing follows T; write it like PT72H");
  auto times = read_parts(text, kIsoTimeUnits, '\0', false);
  if (!times) return times.error();
  if (*dates + *times > kDurationMsMax) return wrong("longer than the limit of 3650d");
  return *dates + *times;
}

}  // namespace

Result<DurationMs> parse_duration(std::string_view text) {
  if (text.size() > kTextBytesMax) return wrong("not a duration; write it like 72h, 30m or 3d");
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return DurationMs{0};
  if (text.empty() || (!is_digit(text.front()) && text.front() != 'P')) {
    return wrong("not a duration; write it like 72h, 30m or 3d");
  }
  if (text.back() == ' ') return wrong("a blank at the end");
  auto length = text.front() == 'P' ? read_iso(text) : read_parts(text, kHumanUnits, '\0', true);
  if (!length) return length.error();
  return negative ? -*length : *length;
}

std::string format_duration(DurationMs duration) {
  if (duration == 0) return "0";
  std::string text;
  if (duration < 0) text.push_back('-');
  // Unsigned, so that the most negative number has its magnitude too.
  std::uint64_t rest = duration < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(duration)
                                    : static_cast<std::uint64_t>(duration);
  if (rest > 3 * kDayMs && rest % kDayMs == 0) return text + std::to_string(rest / kDayMs) + "d";
  for (const Unit& unit : kHumanUnits) {
    if (unit.length > kHourMs) continue;
    const auto length = static_cast<std::uint64_t>(unit.length);
    if (rest < length) continue;
    text += std::to_string(rest / length);
    text += unit.name;
    rest %= length;
  }
  return text;
}

}  // namespace casewheel::sla
