#include "engine/sla/day_table.h"

#include <algorithm>

namespace casewheel::sla {

const DayHours& HoursByDate::on(Date date) const {
  static const DayHours kClosed;
  if (const Own* found = own_on(date)) return found->hours;
  const Week* week = week_on(date);
  return week == nullptr ? kClosed : week->hours[static_cast<std::size_t>(weekday(date) - 1)];
}

const HoursByDate::Own* HoursByDate::own_on(Date date) const {
  const auto found = std::lower_bound(
      own.begin(), own.end(), date, [](const Own& one, Date wanted) { return one.date < wanted; });
  return found != own.end() && found->date == date ? &*found : nullptr;
}

const HoursByDate::Week* HoursByDate::week_on(Date date) const {
  const auto after =
      std::upper_bound(weeks.begin(), weeks.end(), date,
                       [](Date wanted, const Week& week) { return wanted < week.from; });
  return after == weeks.begin() ? nullptr : &*std::prev(after);
}

template <typename Value>
void DayTable::Index<Value>::build(const std::vector<Run>& runs, Value Run::*member) {
  constexpr std::int64_t kBucketsMax = 4096;
  member_ = member;
  origin_ = runs.front().*member;
  const std::int64_t width = std::int64_t{runs.back().*member} - origin_;
  while ((width >> shift_) >= kBucketsMax) ++shift_;
  const auto buckets = static_cast<std::size_t>(width >> shift_) + 1;
  first_.assign(buckets + 1, static_cast<std::uint32_t>(runs.size() - 1));
  std::uint32_t run = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::int64_t begin = origin_ + (static_cast<std::int64_t>(bucket) << shift_);
    while (run + 1 < runs.size() && runs[run + 1].*member <= begin) ++run;
    first_[bucket] = run;
  }
}

template <typename Value>
const DayTable::Run& DayTable::Index<Value>::find(const std::vector<Run>& runs, Value value) const {
  const auto bucket =
      std::min(static_cast<std::size_t>((value - origin_) >> shift_), first_.size() - 2);
  const Run* low = runs.data() + first_[bucket];
  const Run* high = runs.data() + first_[bucket + 1];
  // A few runs are quicker walked than halved.
  while (high - low > 8) {
    const Run* middle = low + (high - low) / 2;
    if (middle->*member_ <= value) {
      low = middle;
    } else {
      high = middle;
    }
  }
  const Run* const last = runs.data() + runs.size() - 1;
  while (low != last && (low + 1)->*member_ <= value) ++low;
  return *low;
}

void DayTable::index_runs() {
  by_start_.build(runs_, &Run::start);
  by_open_ms_.build(runs_, &Run::open_ms_before);
  by_date_.build(runs_, &Run::first);
  by_days_.build(runs_, &Run::days_before);
}

DayTable::Place DayTable::place_of(TimeMs instant) const {
  instant = std::clamp(instant, begin(), end() - 1);
  const Run& run = by_start_.find(runs_, instant);
  Place place{&run, 0, instant - run.start};
  if (run.plain) {
    place.days_in = static_cast<std::int32_t>(place.elapsed_ms / kDayMs);
    place.elapsed_ms -= place.days_in * kDayMs;
  }
  return place;
}

const DayTable::Run& DayTable::run_of(Date date) const {
  date = std::clamp(date, kDateMin, kDateMax + 1);
  return by_date_.find(runs_, date);
}

const DayTable::Shape& DayTable::shape_of(const Run& run, std::int32_t days_in) const {
  const auto day = static_cast<std::size_t>((run.first_day + days_in) % 7);
  return shapes_[weeks_[run.week].shapes[day]];
}

Date DayTable::date_at(TimeMs instant) const {
  const Place place = place_of(instant);
  return place.run->first + place.days_in;
}

TimeMs DayTable::start_of(Date date) const {
  const Run& run = run_of(date);
  return run.start + (std::clamp(date, kDateMin, kDateMax + 1) - run.first) * kDayMs;
}

DurationMs DayTable::time_of_day(TimeMs instant) const {
  const Place place = place_of(instant);
  if (place.run->plain) return place.elapsed_ms;
  // Where the clocks go back across midnight they show the date before once more.
  const WallTime wall = zone_.wall_time(instant);
  return std::clamp<DurationMs>((wall.date - place.run->first) * kDayMs + wall.time_ms, 0,
                                kDayMs - 1);
}

TimeMs DayTable::instant(Date date, DurationMs time_ms) const {
  const Run& run = run_of(date);
  if (!run.plain) return zone_.instant(date, time_ms);
  return run.start + (date - run.first) * kDayMs + time_ms;
}

bool DayTable::is_open_at(TimeMs instant) const {
  if (instant < begin() || instant >= end()) return false;
  const Place place = place_of(instant);
  for (const OpenStretch& stretch : stretches_of(shape_of(*place.run, place.days_in))) {
    if (place.elapsed_ms < stretch.from_ms) return false;
    if (place.elapsed_ms < stretch.to_ms) return true;
  }
  return false;
}

std::span<const OpenStretch> DayTable::stretches(Date date) const {
  if (date < kDateMin || date > kDateMax) return {};
  const Run& run = run_of(date);
  return stretches_of(shape_of(run, date - run.first));
}

DurationMs DayTable::open_ms_before(TimeMs instant) const {
  if (instant >= end()) return open_ms();
  const Place place = place_of(instant);
  const Week& week = weeks_[place.run->week];
  const std::size_t first = place.run->first_day;
  const auto into = static_cast<std::size_t>(place.days_in % 7);
  DurationMs open = place.run->open_ms_before +
                    static_cast<DurationMs>(place.days_in / 7) * week.open_ms_before[7] +
                    week.open_ms_before[first + into] - week.open_ms_before[first];
  const DurationMs elapsed = place.elapsed_ms;
  for (const OpenStretch& stretch : stretches_of(shape_of(*place.run, place.days_in))) {
    if (elapsed <= stretch.from_ms) break;
    open += std::min<DurationMs>(elapsed, stretch.to_ms) - stretch.from_ms;
  }
  return open;
}

TimeMs DayTable::reached_at(DurationMs open_ms) const {
  const Run& run = by_open_ms_.find(runs_, open_ms - 1);
  const Week& week = weeks_[run.week];
  const std::size_t first = run.first_day;
  DurationMs rest = open_ms - run.open_ms_before;
  const DurationMs weeks = (rest - 1) / week.open_ms_before[7];
  rest -= weeks * week.open_ms_before[7];
  std::size_t day = first;
  while (week.open_ms_before[day + 1] - week.open_ms_before[first] < rest) ++day;
  rest -= week.open_ms_before[day] - week.open_ms_before[first];
  const std::int64_t days_in = weeks * 7 + static_cast<std::int64_t>(day - first);
  const auto open = stretches_of(shapes_[week.shapes[day % 7]]);
  std::size_t at = 0;
  while (open[at].open_ms_before + open[at].to_ms - open[at].from_ms < rest) ++at;
  return run.start + days_in * kDayMs + open[at].from_ms + rest - open[at].open_ms_before;
}

TimeMs DayTable::left_at(DurationMs open_ms) const {
  const Run& run = by_open_ms_.find(runs_, open_ms);
  const Week& week = weeks_[run.week];
  const std::size_t first = run.first_day;
  DurationMs rest = open_ms - run.open_ms_before;
  const DurationMs weeks = rest / week.open_ms_before[7];
  rest -= weeks * week.open_ms_before[7];
  std::size_t day = first;
  while (week.open_ms_before[day + 1] - week.open_ms_before[first] <= rest) ++day;
  rest -= week.open_ms_before[day] - week.open_ms_before[first];
  const std::int64_t days_in = weeks * 7 + static_cast<std::int64_t>(day - first);
  const auto open = stretches_of(shapes_[week.shapes[day % 7]]);
  std::size_t at = 0;
  while (open[at].open_ms_before + open[at].to_ms - open[at].from_ms <= rest) ++at;
  return run.start + days_in * kDayMs + open[at].from_ms + rest - open[at].open_ms_before;
}

std::int32_t DayTable::working_days_before(Date date) const {
  const Run& run = run_of(date);
  const Week& week = weeks_[run.week];
  const std::int32_t days_in = std::clamp(date, kDateMin, kDateMax + 1) - run.first;
  const std::size_t first = run.first_day;
  const auto into = static_cast<std::size_t>(days_in % 7);
  return run.days_before + days_in / 7 * week.days_before[7] + week.days_before[first + into] -
         week.days_before[first];
}

Date DayTable::working_day(std::int32_t index) const {
  const Run& run = by_days_.find(runs_, index);
  const Week& week = weeks_[run.week];
  const std::size_t first = run.first_day;
  const std::int32_t weeks = (index - run.days_before) / week.days_before[7];
  const std::int32_t rest = (index - run.days_before) % week.days_before[7];
  std::size_t day = first;
  while (week.days_before[day + 1] - week.days_before[first] <= rest) ++day;
  return run.first + weeks * 7 + static_cast<std::int32_t>(day - first);
}

std::size_t DayTable::memory_bytes() const {
  return sizeof(*this) + stretches_.capacity() * sizeof(OpenStretch) +
         shapes_.capacity() * sizeof(Shape) + weeks_.capacity() * sizeof(Week) +
         runs_.capacity() * sizeof(Run) + by_start_.memory_bytes() + by_open_ms_.memory_bytes() +
         by_date_.memory_bytes() + by_days_.memory_bytes();
}

}  // namespace casewheel::sla
