// Random calendars, pauses and amounts: the arithmetic against minute-by-minute counting, and what
// must hold for all of them. CASEWHEEL_SEED=n reruns one seed, CASEWHEEL_ROUNDS=n runs longer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <random>

#include "engine/sla/due.h"
#include "tests/unit/sla_oracle.h"
#include "tests/unit/sla_schedules.h"

namespace casewheel::sla {
namespace {

constexpr int kWindowDays = 70;

struct Place {
  const char* zone;
  int year, month, day;  // a date on which something happens there
  bool days_in_order;    // else the clocks go back across midnight, to a date that was over
};
constexpr Place kPlaces[] = {
    {"Asia/Taipei", 2026, 2, 17, true},         {"America/New_York", 2026, 3, 8, true},
    {"America/New_York", 2026, 11, 1, true},    {"Australia/Lord_Howe", 2026, 4, 5, true},
    {"Australia/Lord_Howe", 2026, 10, 4, true}, {"Pacific/Apia", 2011, 12, 30, true},
    {"America/Sao_Paulo", 2018, 2, 18, true},   {"America/Sao_Paulo", 2018, 11, 4, true},
    {"Europe/London", 2025, 3, 30, true},       {"America/St_Johns", 2010, 11, 7, false},
};

class Sample {
 public:
  explicit Sample(unsigned seed) : random_(seed), place_(kPlaces[below(std::size(kPlaces))]) {
    const Zone zone = *Zone::load(place_.zone);
    middle_ = date_of(place_.year, place_.month, place_.day);
    begin_ = zone.instant(middle_ - 30, 0) / kMinuteMs * kMinuteMs;

    CalendarLayer layer;
    layer.weekly.push_back({kDateMin, {}});
    for (auto& of_day : layer.weekly[0].hours) {
      if (below(7) < 5) of_day = some_hours();
    }
    if (std::all_of(layer.weekly[0].hours.begin(), layer.weekly[0].hours.end(),
                    [](const DayHours& of_day) { return of_day.empty(); })) {
      layer.weekly[0].hours[below(7)] = some_hours();
    }
    std::vector<ClosedPart> closures;
    for (Date date = middle_ - 45; date < middle_ + 60; ++date) {
      const std::size_t what = below(20);
      if (what == 0) layer.days.push_back(holiday(date, "假日"));
      if (what == 1) layer.days.push_back(own_hours(date, some_hours(), "半日"));
      if (what == 2) layer.days.push_back(working_day(date, "補班"));
      if (what == 3)
        closures.push_back({date, false, below(2) == 0 ? DayHours{} : some_hours(), ""});
      if (below(40) == 0) closures.push_back({date, true, some_hours(), ""});
    }
    layer.known_until = kDateMax;
    std::shuffle(closures.begin(), closures.end(), random_);
    calendar = made(place_.zone, {layer}, closures);
    make_slow_ = [=, this] {
      return SlowClock(place_.zone, begin_, kWindowDays,
                       [&](int date) { return minutes_of(layer, closures, date); });
    };
  }

  const SlowClock& slow() {
    if (!slow_) slow_.emplace(make_slow_());
    return *slow_;
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }
  // Of the first 40 days of the window, the others are left for amounts. Often around the date on
  // which something happens.
  TimeMs some_minute() {
    if (below(3) == 0) {
      return begin_ + 29 * kDayMs + static_cast<TimeMs>(below(3 * 1440)) * kMinuteMs;
    }
    return begin_ + kDayMs + static_cast<TimeMs>(below(39 * 1440)) * kMinuteMs;
  }
  std::vector<Pause> some_pauses(TimeMs start) {
    std::vector<Pause> pauses;
    for (std::size_t count = below(4); count > 0; --count) {
      Pause pause;
      pause.from =
          std::max(begin_, start + (static_cast<TimeMs>(below(12 * 1440)) - 2 * 1440) * kMinuteMs);
      pause.to = pause.from + static_cast<DurationMs>(below(4 * 1440)) * kMinuteMs;
      pauses.push_back(pause);
    }
    std::sort(pauses.begin(), pauses.end(),
              [](const Pause& a, const Pause& b) { return a.from < b.from; });
    return pauses;
  }
  bool days_in_order() const { return place_.days_in_order; }
  std::string name() const { return place_.zone; }

  std::shared_ptr<const Calendar> calendar;

 private:
  // Quarters of an hour, up to three spans; sometimes the whole day or up to 24:00.
  DayHours some_hours() {
    if (below(10) == 0) return {hours(0, 24)};
    std::vector<int> cuts;
    for (std::size_t i = 2 * (1 + below(3)); i > 0; --i) {
      cuts.push_back(static_cast<int>(below(97)) * 900);
    }
    std::sort(cuts.begin(), cuts.end());
    DayHours spans;
    for (std::size_t i = 0; i + 1 < cuts.size(); i += 2) {
      if (cuts[i] < cuts[i + 1]) spans.push_back({cuts[i], cuts[i + 1]});
    }
    return spans.empty() ? DayHours{hours(9, 17)} : spans;
  }

  static void paint(SlowClock::Minutes& minutes, const DayHours& spans, bool open) {
    for (const OpenSpan& span : spans) {
      for (int s = span.from_s; s < span.to_s; s += 60) {
        minutes[static_cast<std::size_t>(s / 60)] = open;
      }
    }
  }
  static SlowClock::Minutes minutes_of(const CalendarLayer& layer,
                                       const std::vector<ClosedPart>& closures, int date) {
    const auto& week = layer.weekly[0].hours;
    const DayHours* of_day =
        &week[static_cast<std::size_t>(absl::GetWeekday(absl::CivilDay() + date))];
    for (const CalendarLayer::Day& day : layer.days) {
      if (day.date != date) continue;
      if (day.what != DayOrigin::kWorkingDay) {
        of_day = &day.hours;
      } else if (of_day->empty()) {
        of_day = &*std::find_if(week.begin(), week.end(),
                                [](const DayHours& one) { return !one.empty(); });
      }
    }
    SlowClock::Minutes open;
    SlowClock::Minutes closed;
    paint(open, *of_day, true);
    for (const ClosedPart& part : closures) {
      if (part.date == date) {
        paint(closed, part.hours.empty() ? DayHours{hours(0, 24)} : part.hours, !part.reopened);
      }
    }
    return open & ~closed;
  }

  std::mt19937 random_;
  Place place_;
  Date middle_ = 0;
  TimeMs begin_ = 0;
  std::function<SlowClock()> make_slow_;
  std::optional<SlowClock> slow_;
};

std::vector<SlowClock::Pause> slow_pauses(const std::vector<Pause>& pauses) {
  std::vector<SlowClock::Pause> same;
  for (const Pause& pause : pauses) same.push_back({pause.from, pause.to});
  return same;
}

// Runs `round` with fresh seeds, or with the one that is asked for.
template <typename Round>
void with_seeds(int rounds, Round round) {
  const char* wanted = std::getenv("CASEWHEEL_SEED");
  const char* longer = std::getenv("CASEWHEEL_ROUNDS");
  if (longer != nullptr) rounds = std::atoi(longer);
  const unsigned first = wanted != nullptr
                             ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10))
                             : std::random_device{}();
  if (wanted != nullptr) rounds = 1;
  std::cout << "CASEWHEEL_SEED=" << first << "\n";
  for (int i = 0; i < rounds; ++i) {
    const unsigned seed = first + static_cast<unsigned>(i);
    SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
    Sample sample(seed);
    SCOPED_TRACE(sample.name());
    round(sample);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(WorkingTimeProperty, AgreesWithCountingMinutes) {
  with_seeds(8, [](Sample& sample) {
    const Calendar& calendar = *sample.calendar;
    for (int i = 0; i < 60; ++i) {
      const TimeMs start = sample.some_minute();
      ASSERT_EQ(is_open_at(calendar, start), sample.slow().open_at(start)) << start;
      const auto minutes = static_cast<std::int64_t>(sample.below(6000));
      if (const auto expected = sample.slow().add(start, minutes)) {
        const auto found = add_working_time(calendar, start, minutes * kMinuteMs);
        ASSERT_TRUE(found.has_value());
        ASSERT_EQ(*found, *expected) << shown(calendar, start) << " + " << minutes;
        ASSERT_EQ(working_time(calendar, start, *found), minutes * kMinuteMs);
      }
      if (const auto expected = sample.slow().add(start, -minutes)) {
        const auto found = add_working_time(calendar, start, -minutes * kMinuteMs);
        ASSERT_TRUE(found.has_value());
        ASSERT_EQ(*found, *expected) << shown(calendar, start) << " - " << minutes;
      }
      const TimeMs other = sample.some_minute();
      ASSERT_EQ(working_time(calendar, std::min(start, other), std::max(start, other)),
                sample.slow().working_minutes(std::min(start, other), std::max(start, other)) *
                    kMinuteMs);
      ASSERT_EQ(working_time(calendar, start, other), -working_time(calendar, other, start));

      const std::vector<Pause> pauses = sample.some_pauses(start);
      if (minutes == 0) continue;
      const auto expected = sample.slow().add(start, minutes, slow_pauses(pauses));
      if (!expected) continue;
      DueQuestion question;
      question.start = start;
      question.amount.kind = Amount::Kind::kWorkingMs;
      question.amount.ms = minutes * kMinuteMs;
      question.pauses = pauses;
      const auto found = due(&calendar, question);
      ASSERT_TRUE(found.has_value());
      ASSERT_EQ(found->due, *expected)
          << shown(calendar, start) << " + " << minutes << " with " << pauses.size() << " pauses";
    }
  });
}

TEST(WorkingDaysProperty, AgreesWithSteppingDates) {
  constexpr std::pair<DayRule, SlowClock::Rule> kRules[] = {
      {DayRule::kKeepWallTime, SlowClock::Rule::kKeep},
      {DayRule::kKeepWallTimeNoRollWithinDay, SlowClock::Rule::kKeepNoRollWithinDay},
      {DayRule::kNextOpenAfterDays, SlowClock::Rule::kNextOpen},
      {DayRule::kEndOfWorkingDay, SlowClock::Rule::kEndOfWorkingDay},
      {DayRule::kEndOfDayFirstDayExcluded, SlowClock::Rule::kEndOfDay},
  };
  with_seeds(10, [&](Sample& sample) {
    if (!sample.days_in_order()) return;
    const Calendar& calendar = *sample.calendar;
    for (int i = 0; i < 60; ++i) {
      const auto [rule, slow_rule] = kRules[sample.below(std::size(kRules))];
      const TimeMs start = sample.some_minute() + 3 * kDayMs;
      const int days = static_cast<int>(sample.below(9)) - 2;
      if (const auto expected = sample.slow().add_days(start, days, slow_rule)) {
        const auto found = add_working_days(calendar, start, days, rule);
        ASSERT_TRUE(found.has_value());
        ASSERT_EQ(*found, *expected)
            << shown(calendar, start) << " + " << days << " by " << static_cast<int>(rule) << ": "
            << shown(calendar, *found) << " but " << shown(calendar, *expected);
      }
      if (days < 0) continue;
      const std::vector<Pause> pauses = sample.some_pauses(start);
      const auto expected = sample.slow().add_days(start, days, slow_rule, slow_pauses(pauses));
      if (!expected) continue;
      DueQuestion question;
      question.start = start;
      question.amount.kind = Amount::Kind::kWorkingDays;
      question.amount.day_rule = rule;
      question.amount.days = days;
      question.pauses = pauses;
      const auto found = due(&calendar, question);
      ASSERT_TRUE(found.has_value());
      ASSERT_EQ(found->due, *expected)
          << shown(calendar, start) << " + " << days << " by " << static_cast<int>(rule);
    }
  });
}

TEST(CalendarDaysProperty, AgreesWithSteppingDates) {
  with_seeds(10, [&](Sample& sample) {
    if (!sample.days_in_order()) return;
    for (int i = 0; i < 60; ++i) {
      const bool keeps = sample.below(2) == 0;
      const TimeMs start = sample.some_minute() + 3 * kDayMs;
      const int days = static_cast<int>(sample.below(9));
      const std::vector<Pause> pauses = sample.some_pauses(start);
      const auto expected = sample.slow().add_dates(
          start, days, keeps ? SlowClock::Rule::kKeep : SlowClock::Rule::kEndOfDay,
          slow_pauses(pauses));
      if (!expected) continue;
      DueQuestion question;
      question.start = start;
      question.amount.kind = Amount::Kind::kCalendarDays;
      question.amount.day_rule =
          keeps ? DayRule::kKeepWallTime : DayRule::kEndOfDayFirstDayExcluded;
      question.amount.days = days;
      question.pauses = pauses;
      const auto found = due(sample.calendar.get(), question);
      ASSERT_TRUE(found.has_value());
      ASSERT_EQ(found->due, *expected)
          << shown(*sample.calendar, start) << " + " << days << " dates, keeps " << keeps;
    }
  });
}

TEST(WorkingTimeProperty, ThereAndBackAndInOrder) {
  with_seeds(25, [](Sample& sample) {
    const Calendar& calendar = *sample.calendar;
    for (int i = 0; i < 100; ++i) {
      const TimeMs start = sample.some_minute() + static_cast<TimeMs>(sample.below(60'000));
      const auto amount = static_cast<DurationMs>(1 + sample.below(100 * kHourMs));
      const auto end = add_working_time(calendar, start, amount);
      ASSERT_TRUE(end.has_value());
      ASSERT_EQ(working_time(calendar, start, *end), amount);
      ASSERT_EQ(working_time(calendar, start, *end - 1), amount - 1) << "the first such instant";
      const auto back = add_working_time(calendar, *end, -amount);
      ASSERT_TRUE(back.has_value());
      ASSERT_EQ(*back, *next_opening(calendar, start));
      if (is_open_at(calendar, start)) {
        ASSERT_EQ(*back, start);
      }

      const TimeMs later = start + static_cast<DurationMs>(sample.below(3 * kDayMs));
      ASSERT_LE(*end, *add_working_time(calendar, later, amount));
      const auto more = static_cast<DurationMs>(1 + sample.below(kDayMs));
      ASSERT_LT(*end, *add_working_time(calendar, start, amount + more));
      ASSERT_LE(*add_working_time(calendar, start, 0), *end);
      ASSERT_LE(*add_working_time(calendar, start, -amount - more),
                *add_working_time(calendar, start, -amount));

      for (const DayRule rule : {DayRule::kKeepWallTimeNoRollWithinDay, DayRule::kNextOpenAfterDays,
                                 DayRule::kEndOfWorkingDay, DayRule::kEndOfDayFirstDayExcluded,
                                 DayRule::kKeepWallTime}) {
        const int days = static_cast<int>(sample.below(10));
        const auto due_then = add_working_days(calendar, start, days, rule);
        ASSERT_TRUE(due_then.has_value());
        ASSERT_LE(*due_then, *add_working_days(calendar, start, days + 1, rule));
        const bool keeps_time =
            rule != DayRule::kEndOfWorkingDay && rule != DayRule::kEndOfDayFirstDayExcluded;
        // In the hour that comes twice a later instant can have the earlier time of day.
        const bool comes_twice =
            calendar.zone().wall_time(later).time_ms - calendar.zone().wall_time(start).time_ms !=
            (later - start) % kDayMs;
        if (keeps_time && comes_twice) continue;
        // From a day off these two give a later time of day than the morning after does: one keeps
        // Saturday afternoon's, the other rolls to an opening that Monday before it does not reach.
        const auto is_day_off = [&](TimeMs instant) {
          return calendar.plan(calendar.zone().wall_time(instant).date).hours.empty();
        };
        if ((rule == DayRule::kNextOpenAfterDays ||
             rule == DayRule::kKeepWallTimeNoRollWithinDay) &&
            (is_day_off(start) || is_day_off(later))) {
          continue;
        }
        ASSERT_LE(*due_then, *add_working_days(calendar, later, days, rule))
            << shown(calendar, start) << " and " << shown(calendar, later) << " + " << days
            << " by " << static_cast<int>(rule);
      }
    }
  });
}

TEST(AccountProperty, AddsUpWithoutGaps) {
  with_seeds(25, [](Sample& sample) {
    const Calendar& calendar = *sample.calendar;
    for (int i = 0; i < 60; ++i) {
      DueQuestion question;
      question.start = sample.some_minute();
      question.amount.kind = static_cast<Amount::Kind>(sample.below(4));
      question.amount.day_rule = static_cast<DayRule>(sample.below(5));
      question.amount.count_from = static_cast<CountFrom>(sample.below(2));
      question.amount.ms = static_cast<DurationMs>(1 + sample.below(60 * kHourMs));
      question.amount.days = static_cast<std::int32_t>(sample.below(8));
      question.amount.outside_hours_extra_ms = static_cast<DurationMs>(sample.below(2)) * kHourMs;
      question.amount.outside_hours_extra_days = static_cast<std::int32_t>(sample.below(2));
      std::vector<Pause> pauses = sample.some_pauses(question.start);
      if (!pauses.empty() && sample.below(4) == 0) pauses.back().to = 0;
      question.pauses = pauses;

      const auto account = explain(&calendar, question);
      ASSERT_TRUE(account.has_value());
      const auto answer = due(&calendar, question);
      ASSERT_EQ(account->answer.due, answer->due);
      ASSERT_EQ(account->answer.provisional, answer->provisional);
      ASSERT_FALSE(account->shortened);
      SCOPED_TRACE(shown(calendar, question.start) + " to " + shown(calendar, answer->due) +
                   " kind " + std::to_string(static_cast<int>(question.amount.kind)) + " rule " +
                   std::to_string(static_cast<int>(question.amount.day_rule)));
      TimeMs told = question.start;
      DurationMs counted_ms = 0;
      std::int32_t counted_days = 0;
      for (const Stretch& stretch : account->stretches) {
        ASSERT_EQ(stretch.from, told);
        ASSERT_LE(stretch.from, stretch.to);
        told = stretch.to;
        counted_ms += stretch.counts_ms;
        counted_days += stretch.counts_days;
        if (stretch.kind != Stretch::Kind::kCounted) {
          ASSERT_EQ(stretch.counts_ms + stretch.counts_days, 0);
        }
      }
      ASSERT_EQ(told, answer->due);
      const bool is_days = question.amount.kind == Amount::Kind::kWorkingDays ||
                           question.amount.kind == Amount::Kind::kCalendarDays;
      const DurationMs amount_ms = question.amount.ms + account->extra_ms;
      const std::int32_t amount_days = question.amount.days + account->extra_days;
      if (answer->due == kNever) {
        ASSERT_EQ(account->stretches.back().kind, Stretch::Kind::kPaused);
        ASSERT_LE(counted_ms, amount_ms);
        ASSERT_LE(counted_days, amount_days);
      } else {
        ASSERT_EQ(counted_ms, is_days ? 0 : amount_ms);
        ASSERT_EQ(counted_days, is_days ? amount_days : 0);
      }
    }
  });
}

}  // namespace
}  // namespace casewheel::sla
