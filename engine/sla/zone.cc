#include "engine/sla/zone.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <charconv>

#include "engine/base/ids.h"

namespace casewheel::sla {
namespace {

constexpr std::size_t kZoneNameBytesMax = 64;
constexpr TimeMs kInstantMax = 7258118400000;  // 2200-01-01T00:00:00Z

// Exactly `text.size()` digits, as a number.
std::optional<int> digits(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  if (text.front() < '0' || text.front() > '9') return std::nullopt;
  return number;
}

// yyyy-mm-dd; empty when there is no such day.
std::optional<absl::CivilDay> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const absl::CivilDay civil(*year, *month, *day);
  // Civil days normalise 31 February into March: that is no day people mean.
  if (civil.month() != *month || civil.day() != *day) return std::nullopt;
  return civil;
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > kZoneNameBytesMax) return false;
  for (char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool rest = (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
    if (!letter && !rest) return false;
  }
  if (name.front() < 'A' || name.front() > 'Z')
    return false;  // refuses paths, localtime, posix/, right/
  return !name.starts_with("Fixed/") && name != "Factory";
}

}  // namespace

struct Zone::Rules {
  absl::TimeZone zone;
};

std::optional<Zone> Zone::load(std::string_view name) {
  if (!is_zone_name(name)) return std::nullopt;
  auto rules = std::make_shared<Rules>();
  if (!absl::LoadTimeZone(std::string(name), &rules->zone)) return std::nullopt;
  return Zone(std::move(rules));
}

Zone Zone::utc() {
  auto rules = std::make_shared<Rules>();
  rules->zone = absl::UTCTimeZone();
  return Zone(std::move(rules));
}

std::uint32_t Zone::roc_date(TimeMs instant) const {
  return roc_date_of(instant, rules_->zone.At(absl::FromUnixMillis(instant)).offset);
}

WallTime Zone::wall_time(TimeMs instant) const {
  const DurationMs wall =
      instant + rules_->zone.At(absl::FromUnixMillis(instant)).offset * kSecondMs;
  const DurationMs time = ((wall % kDayMs) + kDayMs) % kDayMs;
  return {static_cast<std::int32_t>((wall - time) / kDayMs), time};
}

TimeMs Zone::instant(std::int32_t date, DurationMs time_ms) const {
  const absl::CivilSecond second = absl::CivilSecond(absl::CivilDay() + date) + time_ms / kSecondMs;
  const absl::TimeZone::TimeInfo found = rules_->zone.At(second);
  if (found.kind == absl::TimeZone::TimeInfo::SKIPPED) return absl::ToUnixMillis(found.trans);
  return absl::ToUnixMillis(found.pre) + time_ms % kSecondMs;
}

std::vector<ClockJump> Zone::jumps(TimeMs from, TimeMs to) const {
  std::vector<ClockJump> found;
  const auto wall_ms = [](absl::CivilSecond second) {
    return (second - absl::CivilSecond()) * kSecondMs;
  };
  absl::Time after = absl::FromUnixMillis(from - 1);
  absl::TimeZone::CivilTransition jump;
  while (rules_->zone.NextTransition(after, &jump)) {
    after = rules_->zone.At(jump.to).trans;
    const TimeMs at = absl::ToUnixMillis(after);
    if (at >= to) break;
    found.push_back({at, wall_ms(jump.from), wall_ms(jump.to)});
  }
  return found;
}

std::optional<TimeMs> Zone::parse(std::string_view text, bool end_of_day) const {
  if (text.size() > 40) return std::nullopt;
  std::optional<absl::Time> time;
  if (const auto day = parse_day(text)) {
    time = absl::FromCivil(end_of_day ? *day + 1 : *day, rules_->zone);
  } else if (text.size() == 16 && (text[10] == 'T' || text[10] == ' ') && text[13] == ':') {
    const auto date = parse_day(text.substr(0, 10));
    const auto hour = digits(text.substr(11, 2));
    const auto minute = digits(text.substr(14, 2));
    if (!date || !hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    time = absl::FromCivil(
        absl::CivilMinute(date->year(), date->month(), date->day(), *hour, *minute), rules_->zone);
  } else if (text.size() >= 20 && parse_day(text.substr(0, 10)) && text[10] == 'T') {
    absl::Time parsed;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &parsed, &error))
      return std::nullopt;
    time = parsed;
  }
  if (!time || *time < absl::UnixEpoch() || *time > absl::FromUnixMillis(kInstantMax))
    return std::nullopt;
  return absl::ToUnixMillis(*time);
}

std::string Zone::format(TimeMs instant, bool end_of_day) const {
  const absl::Time time = absl::FromUnixMillis(instant);
  absl::CivilDay day(rules_->zone.At(time).cs);
  if (absl::FromCivil(day, rules_->zone) == time) {
    if (end_of_day) --day;
    return absl::FormatCivilTime(day);
  }
  return absl::FormatTime(absl::RFC3339_full, time, rules_->zone);
}

}  // namespace casewheel::sla
