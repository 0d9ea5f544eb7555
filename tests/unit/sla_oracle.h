// The slow way to a date: minute by minute, asking the zone what the wall clock shows at each. Shares
// nothing with engine/sla, so that both being wrong alike is unlikely. Owned by the tests; holds
// whole minutes only, and only those of its window.
#pragma once

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace casewheel::sla {

class SlowClock {
 public:
  static constexpr std::int64_t kMinute = 60'000;
  using Minutes = std::bitset<1440>;  // of a wall day: open or not

  // `hours` of a date, which is days since 1970-01-01.
  SlowClock(const std::string& zone_name, std::int64_t begin_ms, int days,
            const std::function<Minutes(int date)>& hours)
      : begin_(begin_ms / kMinute * kMinute) {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(zone_name, &zone)) std::abort();
    absl::CivilDay day;
    Minutes of_day = hours(0);
    int date = 0;
    for (int i = 0; i < days * 1440; ++i) {
      const absl::CivilSecond wall = zone.At(absl::FromUnixMillis(begin_ + i * kMinute)).cs;
      if (absl::CivilDay(wall) != day) {
        day = absl::CivilDay(wall);
        date = static_cast<int>(day - absl::CivilDay());
        of_day = hours(date);
      }
      const int minute = wall.hour() * 60 + wall.minute();
      open_.push_back(of_day[static_cast<std::size_t>(minute)] ? 1 : 0);
      date_.push_back(date);
      minute_.push_back(minute);
    }
  }

  struct Pause {
    std::int64_t from = 0;
    std::int64_t to = 0;
  };
  using Answer = std::optional<std::int64_t>;  // empty: beyond the window

  bool open_at(std::int64_t t) const { return open_[at(t)] != 0; }

  Answer next_open(std::int64_t t) const {
    for (std::size_t i = at(t); i < open_.size(); ++i) {
      if (open_[i]) return instant(i);
    }
    return {};
  }

  // Counts minutes that are open and in no pause; backwards, when negative, without pauses.
  Answer add(std::int64_t from, std::int64_t minutes, const std::vector<Pause>& pauses = {}) const {
    if (minutes == 0) return next_open(from);
    std::size_t i = at(from);
    if (minutes < 0) {
      while (i > 0) {
        --i;
        if (open_[i] && ++minutes == 0) return instant(i);
      }
      return {};
    }
    for (; i < open_.size(); ++i) {
      if (open_[i] && !paused(instant(i), pauses) && --minutes == 0) return instant(i + 1);
    }
    return {};
  }

  std::int64_t working_minutes(std::int64_t from, std::int64_t to) const {
    std::int64_t count = 0;
    for (std::size_t i = at(from); i < at(to); ++i) count += open_[i];
    return count;
  }

  enum class Rule { kKeep, kKeepNoRollWithinDay, kNextOpen, kEndOfWorkingDay, kEndOfDay };

  Answer add_days(std::int64_t from, int days, Rule rule) const {
    const auto start = first_instant(from, rule);
    if (!start) return {};
    const int date = date_[at(*start)];
    const auto target = step(date, days);
    if (!target) return {};
    if (rule == Rule::kEndOfDay) return after_date(*target);
    if (rule == Rule::kEndOfWorkingDay) return closing(*target);
    std::int64_t end = *start;
    if (days != 0) {
      const auto same = shows(*target, minute_[at(*start)]);
      if (!same) return {};
      end = *same;
    }
    if (rule == Rule::kNextOpen) return next_open(end);
    if (days == 0 || *start > *closing(date)) return end;
    return std::min(end, *closing(*target));
  }

  // Pauses add the working dates after their first up to their last, each date once, as long as they
  // begin before due.
  Answer add_days(std::int64_t from, int days, Rule rule, const std::vector<Pause>& pauses) const {
    const auto start = first_instant(from, rule);
    if (!start) return {};
    Answer due = add_days(from, days, rule);
    std::vector<int> paused_dates;
    for (const Pause& pause : pauses) {
      if (!due || pause.from >= *due) break;
      const int last = date_[at(std::max(pause.from, pause.to - 1))];
      for (int date = date_[at(pause.from)] + 1; date <= last; ++date) {
        const bool known =
            std::find(paused_dates.begin(), paused_dates.end(), date) != paused_dates.end();
        if (date > date_[at(*start)] && works(date) && !known) paused_dates.push_back(date);
      }
      due = add_days(from, days + static_cast<int>(paused_dates.size()), rule);
    }
    return due;
  }

  // Dates that pass whatever the hours; pauses as above, but of every date.
  Answer add_dates(std::int64_t from, int days, Rule rule, const std::vector<Pause>& pauses) const {
    const int start = date_[at(from)];
    std::vector<int> paused_dates;
    const auto due_after = [&](int count) -> Answer {
      const int target = start + count;
      if (target < date_.front() || target >= date_.back()) return {};
      if (rule != Rule::kKeep) return after_date(target);
      return count == 0 ? from : shows(target, minute_[at(from)]);
    };
    Answer due = due_after(days);
    for (const Pause& pause : pauses) {
      if (!due || pause.from >= *due) break;
      const int last = date_[at(std::max(pause.from, pause.to - 1))];
      for (int date = date_[at(pause.from)] + 1; date <= last; ++date) {
        const bool known =
            std::find(paused_dates.begin(), paused_dates.end(), date) != paused_dates.end();
        if (date > start && !known) paused_dates.push_back(date);
      }
      due = due_after(days + static_cast<int>(paused_dates.size()));
    }
    return due;
  }

  bool works(int date) const { return closing(date).has_value(); }

 private:
  std::size_t at(std::int64_t t) const {
    const auto i = static_cast<std::size_t>((t - begin_) / kMinute);
    if (t < begin_ || i >= open_.size()) std::abort();
    return i;
  }
  std::int64_t instant(std::size_t i) const {
    return begin_ + static_cast<std::int64_t>(i) * kMinute;
  }
  static bool paused(std::int64_t t, const std::vector<Pause>& pauses) {
    return std::any_of(pauses.begin(), pauses.end(),
                       [&](const Pause& p) { return p.from <= t && t < p.to; });
  }

  Answer first_instant(std::int64_t from, Rule rule) const {
    if (rule == Rule::kKeep || rule == Rule::kEndOfWorkingDay) return next_open(from);
    if (rule == Rule::kKeepNoRollWithinDay && !works(date_[at(from)])) return next_open(from);
    return from;
  }
  std::optional<int> step(int date, int days) const {
    while (days != 0) {
      const int way = days > 0 ? 1 : -1;
      date += way;
      if (date < date_.front() || date > date_.back()) return {};
      if (works(date)) days -= way;
    }
    return date;
  }
  std::pair<std::size_t, std::size_t> minutes_of(int date) const {
    const auto range = std::equal_range(date_.begin(), date_.end(), date);
    return {static_cast<std::size_t>(range.first - date_.begin()),
            static_cast<std::size_t>(range.second - date_.begin())};
  }
  Answer closing(int date) const {
    const auto [first, end] = minutes_of(date);
    for (std::size_t i = end; i > first; --i) {
      if (open_[i - 1]) return instant(i);
    }
    return {};
  }
  Answer after_date(int date) const { return instant(minutes_of(date).second); }
  Answer shows(int date, int minute) const {
    const auto [first, end] = minutes_of(date);
    for (std::size_t i = first; i < end; ++i) {
      if (minute_[i] >= minute) return instant(i);
    }
    return instant(end);
  }

  std::int64_t begin_;
  std::vector<char> open_;
  std::vector<int> date_;
  std::vector<int> minute_;
};

}  // namespace casewheel::sla
