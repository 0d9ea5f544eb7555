#include "engine/cli/times.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

struct Unit {
  std::string_view name;
  DurationMs length_ms;
};
constexpr std::array<Unit, 4> kShownUnits = {
    {{" 天", kDayMs}, {" 小時", kHourMs}, {" 分", kMinuteMs}, {" 秒", kSecondMs}}};
constexpr std::array<Unit, 14> kTypedUnits = {{{"ms", 1},
                                               {"w", 7 * kDayMs},
                                               {"d", kDayMs},
                                               {"h", kHourMs},
                                               {"m", kMinuteMs},
                                               {"s", kSecondMs},
                                               {"週", 7 * kDayMs},
                                               {"天", kDayMs},
                                               {"日", kDayMs},
                                               {"小時", kHourMs},
                                               {"時", kHourMs},
                                               {"分鐘", kMinuteMs},
                                               {"分", kMinuteMs},
                                               {"秒", kSecondMs}}};

constexpr double kLengthMaxMs = 1e15;  // 31,000 years: beyond it a double counts no milliseconds

}  // namespace

std::optional<absl::TimeZone> load_zone(const std::string& name) {
  absl::TimeZone zone;
  if (name.empty() || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

absl::TimeZone default_zone() { return load_zone("Asia/Taipei").value_or(absl::UTCTimeZone()); }

TimeMs to_ms(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

google::protobuf::Timestamp to_timestamp(TimeMs time_ms) {
  google::protobuf::Timestamp time;
  const TimeMs rest = ((time_ms % 1000) + 1000) % 1000;  // nanos count upwards, before 1970 too
  time.set_seconds((time_ms - rest) / 1000);
  time.set_nanos(static_cast<std::int32_t>(rest) * 1'000'000);
  return time;
}

google::protobuf::Duration to_duration(DurationMs length_ms) {
  google::protobuf::Duration length;
  length.set_seconds(length_ms / 1000);
  length.set_nanos(static_cast<std::int32_t>(length_ms % 1000) * 1'000'000);
  return length;
}

std::string format_time(TimeMs time_ms, const absl::TimeZone& zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(time_ms), zone);
}

std::string format_deadline(TimeMs time_ms, const absl::TimeZone& zone) {
  const std::string text = format_time(time_ms, zone);
  if (!text.ends_with(" 00:00:00") || time_ms % kSecondMs != 0) return text;
  return absl::FormatTime("%Y-%m-%d 24:00:00", absl::FromUnixMillis(time_ms - 1), zone);
}

std::optional<TimeMs> parse_time(const std::string& typed, const absl::TimeZone& zone) {
  static constexpr std::array kFormats = {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M%Ez",
                                          "%Y-%m-%d%ET%H:%M:%E*S",    "%Y-%m-%d%ET%H:%M",
                                          "%Y-%m-%d %H:%M:%E*S%Ez",   "%Y-%m-%d %H:%M:%E*S",
                                          "%Y-%m-%d %H:%M",           "%Y-%m-%d"};
  const std::optional<std::string> found = with_common_date(typed);
  if (!found) return std::nullopt;  // absl takes "infinite-future"
  const std::string& text = *found;
  for (const char* format : kFormats) {
    absl::Time time;
    if (absl::ParseTime(format, text, zone, &time, nullptr)) return absl::ToUnixMillis(time);
  }
  return std::nullopt;
}

std::string format_length(DurationMs length_ms) {
  const DurationMs length = length_ms < 0 ? -length_ms : length_ms;
  for (std::size_t i = 0; i < kShownUnits.size(); ++i) {
    const Unit& unit = kShownUnits[i];
    if (length < unit.length_ms) continue;
    std::string text = std::to_string(length / unit.length_ms) + std::string(unit.name);
    if (i + 1 < kShownUnits.size()) {
      const DurationMs rest = length % unit.length_ms / kShownUnits[i + 1].length_ms;
      if (rest > 0) text += " " + std::to_string(rest) + std::string(kShownUnits[i + 1].name);
    }
    return text;
  }
  return "0 秒";
}

std::optional<DurationMs> parse_length(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  const auto skip_spaces = [&text] {
    while (text.starts_with(' ')) text.remove_prefix(1);
  };
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() &&
           ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.'))
      ++digits;
    const std::string number(text.substr(0, digits));
    char* end = nullptr;
    const double count = std::strtod(number.c_str(), &end);
    if (digits == 0 || number.front() == '.' || *end != '\0') return std::nullopt;
    text.remove_prefix(digits);
    skip_spaces();
    const Unit* unit = nullptr;
    for (const Unit& candidate : kTypedUnits) {
      if (text.starts_with(candidate.name)) {
        unit = &candidate;
        break;
      }
    }
    if (unit == nullptr) return std::nullopt;
    text.remove_prefix(unit->name.size());
    skip_spaces();
    total += count * static_cast<double>(unit->length_ms);
    if (!(total <= kLengthMaxMs)) return std::nullopt;
  }
  return static_cast<DurationMs>(std::llround(total));
}

std::string format_due(TimeMs due_ms, TimeMs now_ms) {
  // A clock is met only before its due instant, so at the instant itself it is overdue.
  if (now_ms >= due_ms) return "逾期 " + format_length(now_ms - due_ms) + " overdue";
  return "尚餘 " + format_length(due_ms - now_ms) + " left";
}

}  // namespace casewheel::cli
