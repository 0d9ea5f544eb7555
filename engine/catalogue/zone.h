// A tenant's time zone: what the catalogue needs of Abseil's zones without showing them in headers
// (Debian's absl::string_view is not std's). Immutable after load, read from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace casewheel::catalogue {

class Zone {
 public:
  // Empty when `name` is not a zone of the IANA database. Names that depend on the machine
  // ("localtime", paths) are no zones.
  static std::optional<Zone> load(std::string_view name);
  static Zone utc();

  std::uint32_t roc_date(TimeMs instant) const;  // yyymmdd, e.g. 1150723

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

}  // namespace casewheel::catalogue
