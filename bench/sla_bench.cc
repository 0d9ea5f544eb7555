// What a due instant costs, next to the way one would have gone: date by date. Feeds `sla_due_per_s`
// and `sla_due_vs_walk` of the closing table. Owned by bench/; one thread, no clock but the
// benchmark's own.
//
// Both answer the same questions about a calendar as Taiwan's is: Monday to Friday 08:00-12:00 and
// 13:00-17:00, ten years of holidays, make-up Saturdays and half days. The walk hashes its exceptions
// and asks the zone when a span begins and ends, as it must where clocks may jump. A second walk,
// which feeds no name, takes Taipei's offset for a constant and so can do nothing but this calendar.
// Before anything is measured all three must agree.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "engine/sla/due.h"

namespace casewheel::sla {
namespace {

constexpr DurationMs kTaipeiMs = 8 * kHourMs;
constexpr std::size_t kQuestions = 1 << 12;

// SplitMix64, so that every run asks the same.
class Random {
 public:
  std::uint64_t below(std::uint64_t limit) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % limit;
  }

 private:
  std::uint64_t state_ = 20260105;
};

const DayHours kOffice{{8 * 3600, 12 * 3600}, {13 * 3600, 17 * 3600}};

CalendarLayer taiwan() {
  CalendarLayer layer;
  layer.weekly.push_back({kDateMin, {}});
  for (std::size_t day = 0; day < 5; ++day) layer.weekly[0].hours[day] = kOffice;
  std::vector<CalendarLayer::Day> days;
  const auto add = [&](Date date, DayOrigin what, DayHours hours = {}) {
    days.push_back({date, what, std::move(hours), ""});
  };
  for (int year = 2017; year <= 2026; ++year) {
    for (const auto& [month, day] : {std::pair{1, 1}, {2, 28}, {4, 4}, {4, 5}, {5, 1}, {10, 10}}) {
      add(date_of(year, month, day), DayOrigin::kHoliday);
    }
    const Date new_year = date_of(year, 1, 28) + year % 5 * 4;
    add(new_year - 1, DayOrigin::kOwnHours, {kOffice[0]});
    for (Date date = new_year; date < new_year + 6; ++date) add(date, DayOrigin::kHoliday);
    for (const int month : {3, 9}) {
      Date saturday = date_of(year, month, 12);
      while (weekday(saturday) != 6) ++saturday;
      add(saturday, DayOrigin::kWorkingDay);
    }
  }
  std::sort(days.begin(), days.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
  layer.days = std::move(days);
  layer.known_until = date_of(2026, 12, 31);
  return layer;
}

std::vector<DueQuestion> questions() {
  Random random;
  std::vector<DueQuestion> found(kQuestions);
  for (DueQuestion& question : found) {
    question.start = date_of(2024, 1, 1) * kDayMs +
                     static_cast<TimeMs>(random.below(700 * static_cast<std::uint64_t>(kDayMs)));
    switch (random.below(4)) {
      case 0:
      case 1:
        question.amount.kind = Amount::Kind::kWorkingMs;
        question.amount.ms = static_cast<DurationMs>(1 + random.below(240)) * kHourMs;
        break;
      case 2:
        question.amount.kind = Amount::Kind::kWorkingDays;
        question.amount.day_rule = DayRule::kEndOfDayFirstDayExcluded;
        question.amount.days = static_cast<std::int32_t>(1 + random.below(30));
        break;
      default:
        question.amount.kind = Amount::Kind::kWorkingDays;
        question.amount.day_rule = DayRule::kKeepWallTime;
        question.amount.days = static_cast<std::int32_t>(1 + random.below(30));
    }
  }
  return found;
}

// When the wall clock shows a time, and what it shows.
struct AnyZone {
  Zone zone;
  TimeMs instant(Date date, DurationMs time) const { return zone.instant(date, time); }
  WallTime wall_time(TimeMs instant) const { return zone.wall_time(instant); }
};
struct ConstantOffset {
  TimeMs instant(Date date, DurationMs time) const { return date * kDayMs + time - kTaipeiMs; }
  WallTime wall_time(TimeMs instant) const {
    return {static_cast<Date>((instant + kTaipeiMs) / kDayMs), (instant + kTaipeiMs) % kDayMs};
  }
};

template <typename Clock>
class Walk {
 public:
  Walk(Clock clock, const CalendarLayer& layer)
      : clock_(std::move(clock)), weekly_(layer.weekly[0].hours) {
    for (const CalendarLayer::Day& day : layer.days) {
      own_[day.date] = day.what == DayOrigin::kWorkingDay ? kOffice : day.hours;
    }
  }

  TimeMs due(const DueQuestion& question) const {
    const Date date = clock_.wall_time(question.start).date;
    if (question.amount.kind == Amount::Kind::kWorkingMs) {
      return after_time(date, question.start, question.amount.ms);
    }
    if (question.amount.day_rule == DayRule::kEndOfDayFirstDayExcluded) {
      return clock_.instant(after_days(date, question.amount.days), kDayMs);
    }
    return keeping_time(date, question.start, question.amount.days);
  }

 private:
  const DayHours& hours(Date date) const {
    const auto found = own_.find(date);
    if (found != own_.end()) return found->second;
    return weekly_[static_cast<std::size_t>((date + 3) % 7)];
  }
  TimeMs after_time(Date date, TimeMs start, DurationMs left) const {
    for (;; ++date) {
      for (const OpenSpan& span : hours(date)) {
        const TimeMs to = clock_.instant(date, span.to_s * kSecondMs);
        if (to <= start) continue;
        const TimeMs from = std::max(start, clock_.instant(date, span.from_s * kSecondMs));
        if (left <= to - from) return from + left;
        left -= to - from;
      }
    }
  }
  Date after_days(Date date, std::int32_t days) const {
    while (days > 0) {
      ++date;
      if (!hours(date).empty()) --days;
    }
    return date;
  }
  TimeMs keeping_time(Date date, TimeMs start, std::int32_t days) const {
    for (;; ++date) {
      for (const OpenSpan& span : hours(date)) {
        if (start >= clock_.instant(date, span.to_s * kSecondMs)) continue;
        start = std::max(start, clock_.instant(date, span.from_s * kSecondMs));
        const DurationMs time = clock_.wall_time(start).time_ms;
        date = after_days(date, days);
        return clock_.instant(date, std::min(time, hours(date).back().to_s * kSecondMs));
      }
    }
  }

  Clock clock_;
  std::array<DayHours, 7> weekly_;
  std::unordered_map<Date, DayHours> own_;
};

struct Rivals {
  std::shared_ptr<const Calendar> calendar;
  Walk<AnyZone> walk;
  Walk<ConstantOffset> constant_walk;
  std::vector<DueQuestion> asked;
};

const Rivals& rivals() {
  static const Rivals made = [] {
    const CalendarLayer layer = taiwan();
    const Zone zone = *Zone::load("Asia/Taipei");
    auto calendar = Calendar::make(zone, {&layer, 1}, {});
    if (!calendar) std::abort();
    Rivals both{*calendar, {{zone}, layer}, {{}, layer}, questions()};
    for (const DueQuestion& question : both.asked) {
      const TimeMs found = due(both.calendar.get(), question)->due;
      if (found != both.walk.due(question) || found != both.constant_walk.due(question)) {
        std::fprintf(stderr, "the walk and the engine disagree from %lld on\n",
                     static_cast<long long>(question.start));
        std::abort();
      }
    }
    return both;
  }();
  return made;
}

void BM_due_engine(benchmark::State& state) {
  const Rivals& both = rivals();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(due(both.calendar.get(), both.asked[next++ % kQuestions])->due);
  }
}
BENCHMARK(BM_due_engine);

void BM_due_walk(benchmark::State& state) {
  const Rivals& both = rivals();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(both.walk.due(both.asked[next++ % kQuestions]));
  }
}
BENCHMARK(BM_due_walk);

void BM_due_constant_walk(benchmark::State& state) {
  const Rivals& both = rivals();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(both.constant_walk.due(both.asked[next++ % kQuestions]));
  }
}
BENCHMARK(BM_due_constant_walk);

void BM_calendar_made(benchmark::State& state) {
  const CalendarLayer layer = taiwan();
  const Zone zone = *Zone::load("Asia/Taipei");
  for (auto _ : state) {
    const auto calendar = Calendar::make(zone, {&layer, 1}, {});
    state.counters["bytes"] = static_cast<double>((*calendar)->memory_bytes());
  }
}
BENCHMARK(BM_calendar_made)->Unit(benchmark::kMicrosecond);

void BM_explain(benchmark::State& state) {
  const Rivals& both = rivals();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        explain(both.calendar.get(), both.asked[next++ % kQuestions])->stretches.size());
  }
}
BENCHMARK(BM_explain)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace casewheel::sla

BENCHMARK_MAIN();
