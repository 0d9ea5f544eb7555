// The slow way to a date: day by day over the calendars as they were applied, nearest first, closures
// in the order of their declaration. What the oracles judge by; shares nothing with the engine but
// sla::Zone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/base/time.h"
#include "engine/sla/zone.h"

namespace casewheel::simulation {

namespace stored = ::casewheel::journal::v1;

using Pauses = std::vector<std::pair<TimeMs, TimeMs>>;  // to == 0 while it lasts

// One calendar for the cases of one county, as it stood under one edition.
class SlowCalendar {
 public:
  // Itself first, then those above it.
  SlowCalendar(std::vector<const stored::Calendar*> chain, std::string county);

  // When `allowance` from `start` is used up; kNever while a pause lasts that began before.
  TimeMs due(const stored::Allowance& allowance, TimeMs start, Pauses pauses) const;
  // Working time (backwards when negative), and working days that keep the time of day.
  TimeMs add_working_ms(TimeMs from, DurationMs ms) const;
  TimeMs add_working_days(TimeMs from, int days) const;
  TimeMs next_opening(TimeMs from) const;
  // Whether the date has any hours; at midnight, the date that ends with it.
  bool has_work(TimeMs instant) const { return works(date_of(instant - 1)); }
  // The instant itself on a day that has work, else the same time of the next that has.
  TimeMs to_working_day(TimeMs instant) const;

 private:
  struct Span {
    TimeMs from = 0;
    TimeMs to = 0;
  };

  using Minutes = std::vector<std::pair<int, int>>;  // of the day: from, to

  const std::vector<Span>& open_spans(int date) const;
  Minutes minutes_of(int date) const;
  bool works(int date) const { return !open_spans(date).empty(); }
  bool is_open(TimeMs instant) const;
  int date_of(TimeMs instant) const { return zone_.wall_time(instant).date; }
  int step(int date, int days) const;
  TimeMs end_of_days(TimeMs start, int days, stored::DayRule rule) const;
  TimeMs use_up(TimeMs from, DurationMs amount, const Pauses& pauses) const;
  TimeMs use_up_days(TimeMs from, int days, const stored::Allowance& allowance,
                     const Pauses& pauses) const;

  std::vector<const stored::Calendar*> chain_;
  std::string county_;
  sla::Zone zone_;
  mutable std::map<int, std::vector<Span>> spans_;  // by date, as asked for
};

// Wall time, stretch by stretch; what is paused uses nothing.
TimeMs use_up_wall(TimeMs from, DurationMs amount, Pauses pauses);

// Every calendar at every edition.
class SlowCalendars {
 public:
  explicit SlowCalendars(std::map<std::uint64_t, stored::Calendar> by_edition)
      : by_edition_(std::move(by_edition)) {}
  SlowCalendars() = default;

  // Null when there is no such calendar.
  const SlowCalendar* at(std::uint64_t edition, const std::string& id,
                         const std::string& county) const;
  const std::map<std::uint64_t, stored::Calendar>& changes() const { return by_edition_; }
  // The calendar and those above it as they stood under an edition.
  std::vector<const stored::Calendar*> chain(std::uint64_t edition, const std::string& id) const;
  std::uint64_t latest() const { return by_edition_.empty() ? 0 : by_edition_.rbegin()->first; }

 private:
  std::map<std::uint64_t, stored::Calendar> by_edition_;
  mutable std::map<std::tuple<std::uint64_t, std::string, std::string>, SlowCalendar> made_;
};

}  // namespace casewheel::simulation
