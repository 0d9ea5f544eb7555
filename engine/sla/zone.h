// A tenant's time zone: what is needed of Abseil's zones without showing them in headers
// (Debian's absl::string_view is not std's). Immutable after load, read from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace casewheel::sla {

// What the clock on the wall shows: a date as days since 1970-01-01, and the time of that day.
struct WallTime {
  std::int32_t date = 0;
  DurationMs time_ms = 0;  // 0 to 86399999
};

// The wall clock jumps at `at`: what would have shown `from_wall_ms` shows `to_wall_ms`. Both are
// milliseconds since 1970-01-01 00:00 of the wall clock.
struct ClockJump {
  TimeMs at = 0;
  DurationMs from_wall_ms = 0;
  DurationMs to_wall_ms = 0;
};

class Zone {
 public:
  // Empty when `name` is not a zone of the IANA database. Names that depend on the machine
  // ("localtime", paths) are no zones.
  static std::optional<Zone> load(std::string_view name);
  static Zone utc();

  std::uint32_t roc_date(TimeMs instant) const;  // yyymmdd, e.g. 1150723

  WallTime wall_time(TimeMs instant) const;
  // The instant at which the wall clock shows this; time_ms may be 86400000 (24:00, 00:00 of the day
  // after). A time that is left out in spring gives the instant of the jump, one that comes twice in
  // autumn gives the first.
  TimeMs instant(std::int32_t date, DurationMs time_ms) const;
  // Jumps of the wall clock in [from, to), in order.
  std::vector<ClockJump> jumps(TimeMs from, TimeMs to) const;

  // A date (2026-01-05), a local time (2026-01-05T09:00) or an instant with its offset
  // (2026-01-05T09:00:00+08:00). A date stands for the whole day: its first instant, or with
  // `end_of_day` the first instant of the day after. Empty when it is none of these or lies outside
  // 1970 to 2199.
  std::optional<TimeMs> parse(std::string_view text, bool end_of_day) const;
  // The shortest form that parse() reads back to the same instant.
  std::string format(TimeMs instant, bool end_of_day) const;

 private:
  struct Rules;  // absl::TimeZone
  explicit Zone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const Rules> rules_;
};

}  // namespace casewheel::sla
