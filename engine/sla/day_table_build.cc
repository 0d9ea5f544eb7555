// How a DayTable comes about: runs are cut where the weekly rule changes, at dates with hours of
// their own and at dates on which the clocks jump.
#include <algorithm>
#include <map>
#include <utility>

#include "engine/sla/day_table.h"

namespace casewheel::sla {
namespace {

std::int32_t wall_date(DurationMs wall_ms) {
  return static_cast<std::int32_t>((wall_ms - ((wall_ms % kDayMs) + kDayMs) % kDayMs) / kDayMs);
}

void keep_once(std::vector<Date>& dates) {
  std::sort(dates.begin(), dates.end());
  dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
}

}  // namespace

class DayTable::Builder {
 public:
  Builder(DayTable& table, const HoursByDate& hours)
      : table_(table),
        hours_(hours),
        jumps_(table.zone_.jumps((kDateMin - 2) * kDayMs, (kDateMax + 3) * kDayMs)) {}

  void build() {
    for (const ClockJump& jump : jumps_) {
      const auto [low, high] = std::minmax(jump.from_wall_ms, jump.to_wall_ms);
      for (Date date = wall_date(low); date <= wall_date(high); ++date) jumping_.push_back(date);
    }
    keep_once(jumping_);

    std::vector<Date> cuts{kDateMin};
    const auto cut = [&](Date date) {
      if (date > kDateMin && date <= kDateMax) cuts.push_back(date);
    };
    for (const Date date : jumping_) {
      cut(date);
      cut(date + 1);
    }
    for (const HoursByDate::Week& week : hours_.weeks) cut(week.from);
    for (const HoursByDate::Own& own : hours_.own) {
      cut(own.date);
      cut(own.date + 1);
    }
    keep_once(cuts);
    cuts.push_back(kDateMax + 1);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) add_run(cuts[i], cuts[i + 1]);

    Run end = next_;
    end.first = kDateMax + 1;
    end.start = table_.zone_.instant(kDateMax + 1, 0);
    end.week = 0;
    table_.runs_.push_back(end);
    table_.stretches_.shrink_to_fit();
    table_.shapes_.shrink_to_fit();
    table_.weeks_.shrink_to_fit();
    table_.runs_.shrink_to_fit();
  }

 private:
  using Stretches = std::vector<std::pair<std::int32_t, std::int32_t>>;

  void add_run(Date first, Date end) {
    Run run = next_;
    run.first = first;
    run.first_day = static_cast<std::uint8_t>(weekday(first) - 1);
    run.start = table_.zone_.instant(first, 0);
    run.plain = !std::binary_search(jumping_.begin(), jumping_.end(), first);
    std::array<std::uint32_t, 7> shapes{};
    if (!run.plain) {
      shapes.fill(shape(jumping_stretches(first)));
    } else if (hours_.own_on(first) != nullptr) {
      shapes.fill(shape(plain_stretches(hours_.on(first))));
    } else {
      const HoursByDate::Week* rule = hours_.week_on(first);
      for (std::size_t day = 0; day < 7; ++day) {
        shapes[day] = shape(rule == nullptr ? Stretches{} : plain_stretches(rule->hours[day]));
      }
    }
    run.week = week(shapes);

    const Week& of_week = table_.weeks_[run.week];
    const std::size_t from = run.first_day;
    const auto into = static_cast<std::size_t>((end - first) % 7);
    next_.open_ms_before += static_cast<DurationMs>((end - first) / 7) * of_week.open_ms_before[7] +
                            of_week.open_ms_before[from + into] - of_week.open_ms_before[from];
    next_.days_before += (end - first) / 7 * of_week.days_before[7] +
                         of_week.days_before[from + into] - of_week.days_before[from];

    if (!table_.runs_.empty()) {
      const Run& last = table_.runs_.back();
      if (last.plain && run.plain && last.week == run.week &&
          last.start + (first - last.first) * kDayMs == run.start) {
        return;
      }
    }
    table_.runs_.push_back(run);
  }

  static Stretches plain_stretches(const DayHours& hours) {
    Stretches found;
    for (const OpenSpan& span : hours) {
      found.emplace_back(span.from_s * kSecondMs, span.to_s * kSecondMs);
    }
    return found;
  }

  // Between two jumps the wall clock runs evenly, and may show times of the neighbouring dates.
  Stretches jumping_stretches(Date date) const {
    const TimeMs start = table_.zone_.instant(date, 0);
    const TimeMs end = table_.zone_.instant(date + 1, 0);
    std::vector<TimeMs> cuts{start};
    for (const ClockJump& jump : jumps_) {
      if (jump.at > start && jump.at < end) cuts.push_back(jump.at);
    }
    cuts.push_back(end);
    Stretches found;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      if (cuts[i] >= cuts[i + 1]) continue;
      const WallTime shown = table_.zone_.wall_time(cuts[i]);
      const DurationMs wall_from = shown.date * kDayMs + shown.time_ms;
      const DurationMs wall_to = wall_from + (cuts[i + 1] - cuts[i]);
      for (Date day = shown.date; day * kDayMs < wall_to; ++day) {
        for (const OpenSpan& span : hours_.on(day)) {
          const DurationMs from = std::max(wall_from, day * kDayMs + span.from_s * kSecondMs);
          const DurationMs to = std::min(wall_to, day * kDayMs + span.to_s * kSecondMs);
          if (from >= to) continue;
          const auto elapsed_from = static_cast<std::int32_t>(cuts[i] - start + from - wall_from);
          const auto elapsed_to = static_cast<std::int32_t>(cuts[i] - start + to - wall_from);
          if (!found.empty() && found.back().second == elapsed_from) {
            found.back().second = elapsed_to;
          } else {
            found.emplace_back(elapsed_from, elapsed_to);
          }
        }
      }
    }
    return found;
  }

  std::uint32_t shape(const Stretches& stretches) {
    const auto [known, is_new] =
        known_shapes_.try_emplace(stretches, static_cast<std::uint32_t>(table_.shapes_.size()));
    if (!is_new) return known->second;
    Shape made;
    made.first_stretch = static_cast<std::uint32_t>(table_.stretches_.size());
    made.stretch_count = static_cast<std::uint32_t>(stretches.size());
    for (const auto& [from, to] : stretches) {
      table_.stretches_.push_back({from, to, made.open_ms});
      made.open_ms += to - from;
    }
    table_.shapes_.push_back(made);
    return known->second;
  }

  std::uint32_t week(const std::array<std::uint32_t, 7>& shapes) {
    const auto [known, is_new] =
        known_weeks_.try_emplace(shapes, static_cast<std::uint32_t>(table_.weeks_.size()));
    if (!is_new) return known->second;
    Week made;
    made.shapes = shapes;
    for (std::size_t day = 0; day < 14; ++day) {
      const Shape& one = table_.shapes_[shapes[day % 7]];
      made.open_ms_before[day + 1] = made.open_ms_before[day] + one.open_ms;
      made.days_before[day + 1] =
          static_cast<std::int8_t>(made.days_before[day] + (one.open_ms > 0 ? 1 : 0));
    }
    table_.weeks_.push_back(made);
    return known->second;
  }

  DayTable& table_;
  const HoursByDate& hours_;
  std::vector<ClockJump> jumps_;
  std::vector<Date> jumping_;
  Run next_;  // what lies before the next run
  std::map<Stretches, std::uint32_t> known_shapes_;
  std::map<std::array<std::uint32_t, 7>, std::uint32_t> known_weeks_;
};

DayTable::DayTable(const Zone& zone, const HoursByDate& hours) : zone_(zone) {
  Builder(*this, hours).build();
  index_runs();
}

}  // namespace casewheel::sla
