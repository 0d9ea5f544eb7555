// The account of a due instant: explain() of due.h. What is counted was decided in reckon(); here it
// is only told, stretch by stretch.
#include <algorithm>
#include <deque>
#include <utility>

#include "engine/sla/day_table.h"
#include "engine/sla/due.h"
#include "engine/sla/reckoning.h"

namespace casewheel::sla {
namespace {

// Collects the stretches of an account; of too many it keeps the first and the last ones.
class Teller {
 public:
  void add(Stretch stretch) {
    const bool joins =
        stretch.kind == Stretch::Kind::kClosed || stretch.kind == Stretch::Kind::kPaused;
    if (stretch.from >= stretch.to && stretch.counts_days == 0) return;
    Stretch* last = !ending_.empty()     ? &ending_.back()
                    : beginning_.empty() ? nullptr
                                         : &beginning_.back();
    if (joins && last != nullptr && last->kind == stretch.kind && last->origin == stretch.origin &&
        last->name == stretch.name && last->provisional == stretch.provisional) {
      last->to = stretch.to;
      return;
    }
    if (beginning_.size() < kStretchesMax / 2) {
      beginning_.push_back(std::move(stretch));
      return;
    }
    ending_.push_back(std::move(stretch));
    if (ending_.size() > kStretchesMax / 2) {
      ending_.pop_front();
      shortened_ = true;
    }
  }

  void finish(Account& account) {
    account.stretches = std::move(beginning_);
    account.stretches.insert(account.stretches.end(), std::move_iterator(ending_.begin()),
                             std::move_iterator(ending_.end()));
    account.shortened = shortened_;
  }

 private:
  std::vector<Stretch> beginning_;
  std::deque<Stretch> ending_;
  bool shortened_ = false;
};

// Tells about dates: which of their hours are closed, and why.
class DatesTeller {
 public:
  DatesTeller(const Calendar& calendar, Teller& teller)
      : calendar_(calendar), table_(calendar.table()), teller_(teller) {}

  // Open stretches count their length times `sign`; 0: all of it is told as closed.
  void working_time(TimeMs from, TimeMs to, int sign) {
    each_date(from, to, [&](Date date, TimeMs date_from, TimeMs date_to) {
      const TimeMs start = table_.start_of(date);
      TimeMs told = date_from;
      for (const OpenStretch& open : table_.stretches(date)) {
        const TimeMs open_from = std::max(start + open.from_ms, date_from);
        const TimeMs open_to = std::min(start + open.to_ms, date_to);
        if (open_from >= open_to) continue;
        closed_on(date, told, open_from);
        Stretch counted = counted_on(date, open_from, open_to);
        counted.counts_ms = sign * (open_to - open_from);
        teller_.add(std::move(counted));
        told = open_to;
      }
      closed_on(date, told, date_to);
    });
  }

  // Nothing in it is open, or nothing that is matters.
  void closed(TimeMs from, TimeMs to) {
    each_date(from, to, [&](Date date, TimeMs date_from, TimeMs date_to) {
      closed_on(date, date_from, date_to);
    });
  }

  void closed_on(Date date, TimeMs from, TimeMs to) {
    if (from >= to) return;
    const DayPlan plan = calendar_.plan(date);
    if (plan.origin != DayOrigin::kClosure) {
      closed_piece(plan, from, to);
      return;
    }
    // The night and the lunch of a day with a closure are not the closure's.
    const DayPlan before = calendar_.plan_before_closures(date);
    TimeMs told = from;
    for (const OpenSpan& span : before.hours) {
      const TimeMs taken_from = std::clamp(table_.instant(date, span.from_s * kSecondMs), told, to);
      const TimeMs taken_to = std::clamp(table_.instant(date, span.to_s * kSecondMs), told, to);
      if (taken_from >= taken_to) continue;
      if (told < taken_from) closed_piece(before, told, taken_from);
      closed_piece(plan, taken_from, taken_to);
      told = taken_to;
    }
    if (told < to) closed_piece(before, told, to);
  }

  Stretch counted_on(Date date, TimeMs from, TimeMs to) const {
    Stretch stretch;
    stretch.from = from;
    stretch.to = to;
    DayPlan plan = calendar_.plan_before_closures(date);
    stretch.origin = plan.origin;
    stretch.name = std::move(plan.name);
    stretch.provisional = plan.provisional;
    return stretch;
  }

  template <typename Tell>
  void each_date(TimeMs from, TimeMs to, Tell tell) const {
    if (from >= to) return;
    for (Date date = table_.date_at(from); date <= kDateMax; ++date) {
      const TimeMs start = table_.start_of(date);
      if (start >= to) break;
      const TimeMs date_from = std::max(from, start);
      const TimeMs date_to = std::min(to, table_.start_of(date + 1));
      if (date_from < date_to) tell(date, date_from, date_to);
    }
  }

 private:
  void closed_piece(const DayPlan& plan, TimeMs from, TimeMs to) {
    Stretch stretch;
    stretch.kind = Stretch::Kind::kClosed;
    stretch.from = from;
    stretch.to = to;
    stretch.provisional = plan.provisional;
    // The night of a make-up day is a night like any other.
    if (plan.origin != DayOrigin::kWorkingDay) {
      stretch.origin = plan.origin;
      stretch.name = plan.name;
    }
    teller_.add(std::move(stretch));
  }

  const Calendar& calendar_;
  const DayTable& table_;
  Teller& teller_;
};

Stretch stretch_of(Stretch::Kind kind, TimeMs from, TimeMs to) {
  Stretch stretch;
  stretch.kind = kind;
  stretch.from = from;
  stretch.to = to;
  return stretch;
}

// Pauses between the two instants, what overlaps joined; the last one may end at kNever.
std::vector<Pause> pauses_between(const DueQuestion& question, TimeMs from, TimeMs until) {
  std::vector<Pause> found;
  for (const Pause& one : question.pauses) {
    Pause pause = as_asked(one, question);
    pause.from = std::max(pause.from, from);
    if (pause.to != kNever) pause.to = std::min(pause.to, until);
    if (pause.from >= until || pause.from >= pause.to) continue;
    if (!found.empty() && pause.from <= found.back().to) {
      found.back().to = std::max(found.back().to, pause.to);
    } else {
      found.push_back(pause);
    }
  }
  return found;
}

// Wall and working time: pauses lie over what would count otherwise.
template <typename Count>
void tell_time(const DueQuestion& question, TimeMs from, TimeMs until, Teller& teller,
               Count count) {
  TimeMs told = from;
  for (const Pause& pause : pauses_between(question, from, until)) {
    count(told, pause.from);
    teller.add(stretch_of(Stretch::Kind::kPaused, pause.from, pause.to));
    told = pause.to;
  }
  if (told < until && until != kNever) count(told, until);
}

class DaysAccount {
 public:
  DaysAccount(const Calendar& calendar, const DueQuestion& question, const Reckoning& reckoning,
              Teller& teller)
      : table_(calendar.table()),
        question_(question),
        reckoning_(reckoning),
        teller_(teller),
        dates_(calendar, teller),
        working_(question.amount.kind == Amount::Kind::kWorkingDays) {}

  void tell(TimeMs from) {
    find_paused_dates();
    const TimeMs due = reckoning_.due_counted;
    if (due != kNever) {
      tell_until(from, reckoning_.days_end);
      dates_.closed(std::max(from, reckoning_.days_end), due);
      return;
    }
    tell_until(from, lasting_from_);
    teller_.add(stretch_of(Stretch::Kind::kPaused, std::max(from, lasting_from_), kNever));
  }

  void tell_backwards(TimeMs start) {
    const TimeMs due = reckoning_.due_counted;
    if (due >= start) {
      dates_.closed(start, due);
      return;
    }
    dates_.each_date(due, start, [&](Date date, TimeMs from, TimeMs to) {
      if (date >= reckoning_.first_date) {
        teller_.add(stretch_of(Stretch::Kind::kNotCounted, from, to));
      } else {
        counted_or_closed(date, from, to, -1);
      }
    });
  }

 private:
  void find_paused_dates() {
    Date passed = reckoning_.first_date;
    for (const Pause& one : question_.pauses) {
      const Pause pause = as_asked(one, question_);
      if (pause.from >= reckoning_.due_counted) break;
      if (pause.to == kNever) {
        lasting_from_ = pause.from;
        break;
      }
      const PausedDates dates = paused_dates(table_, pause, passed);
      if (dates.through <= dates.after) continue;
      paused_.push_back(dates);
      passed = dates.through;
    }
  }

  void tell_until(TimeMs from, TimeMs until) {
    const TimeMs first_end = std::min(until, table_.start_of(reckoning_.first_date + 1));
    // Before the first date lies only what was rolled over.
    const TimeMs first_start = std::max(from, table_.start_of(reckoning_.first_date));
    dates_.closed(from, std::min(first_start, until));
    teller_.add(stretch_of(Stretch::Kind::kNotCounted, first_start, first_end));
    Date date = reckoning_.first_date + 1;
    auto paused = paused_.begin();
    std::int64_t left = std::int64_t{question_.amount.days} + reckoning_.extra_days;
    for (; date <= kDateMax; ++date) {
      const TimeMs start = table_.start_of(date);
      // The last date counts even where the rule ends with its first instant.
      if (start > until || (start == until && date > reckoning_.last_date)) break;
      const TimeMs end = std::min(until, table_.start_of(date + 1));
      while (paused != paused_.end() && paused->through < date) ++paused;
      const bool is_paused = paused != paused_.end() && date > paused->after;
      if (is_paused && (!working_ || table_.is_working_day(date))) {
        teller_.add(stretch_of(Stretch::Kind::kPaused, start, end));
      } else if (left == 0 && (!working_ || table_.is_working_day(date))) {
        // A pause that began while only the next opening was awaited moves it over dates nobody counts.
        teller_.add(stretch_of(Stretch::Kind::kNotCounted, start, end));
      } else {
        left -= counted_or_closed(date, start, end, 1);
      }
    }
  }

  // Whether the date counts.
  bool counted_or_closed(Date date, TimeMs from, TimeMs to, std::int32_t sign) {
    if (working_ && !table_.is_working_day(date)) {
      dates_.closed_on(date, from, to);
      return false;
    }
    Stretch counted = working_ ? dates_.counted_on(date, from, to)
                               : stretch_of(Stretch::Kind::kCounted, from, to);
    counted.counts_days = sign;
    teller_.add(std::move(counted));
    return true;
  }

  const DayTable& table_;
  const DueQuestion& question_;
  const Reckoning& reckoning_;
  Teller& teller_;
  DatesTeller dates_;
  bool working_;
  std::vector<PausedDates> paused_;
  TimeMs lasting_from_ = kNever;
};

}  // namespace

Result<Account> explain(const Calendar* calendar, const DueQuestion& question) {
  const auto reckoning = reckon(calendar, question);
  if (!reckoning) return reckoning.error();
  Account account;
  account.answer = reckoning->answer;
  account.counted_from = reckoning->counted_from;
  account.extra_ms = reckoning->extra_ms;
  account.extra_days = reckoning->extra_days;

  Teller teller;
  const TimeMs from = reckoning->counted_from;
  const TimeMs due = reckoning->due_counted;
  const Amount& amount = question.amount;
  const bool is_days =
      amount.kind == Amount::Kind::kWorkingDays || amount.kind == Amount::Kind::kCalendarDays;
  const bool backwards = is_days ? std::int64_t{amount.days} + account.extra_days < 0
                                 : amount.ms + account.extra_ms < 0;
  const auto count_wall = [&](TimeMs one, TimeMs other) {
    Stretch counted = stretch_of(Stretch::Kind::kCounted, one, other);
    counted.counts_ms = (backwards ? -1 : 1) * (other - one);
    teller.add(std::move(counted));
  };
  const auto count_working = [&](TimeMs one, TimeMs other) {
    DatesTeller(*calendar, teller).working_time(one, other, backwards ? -1 : 1);
  };

  if (from > question.start && !backwards) {
    DatesTeller(*calendar, teller).closed(question.start, from);
  }
  if (is_days) {
    DaysAccount days(*calendar, question, *reckoning, teller);
    backwards ? days.tell_backwards(from) : days.tell(from);
  } else if (amount.kind == Amount::Kind::kWallMs) {
    backwards ? count_wall(due, from) : tell_time(question, from, due, teller, count_wall);
  } else {
    backwards ? count_working(due, from) : tell_time(question, from, due, teller, count_working);
  }
  teller.finish(account);
  return account;
}

Account explain(const Calendar* calendar, const NamedDate& named, std::span<const Pause> pauses,
                Stretch::Kind kind) {
  Account account;
  account.counted_from = named.since;
  account.answer.due = due_of(calendar, named, pauses, 0);
  NamedDate unmoved = named;
  unmoved.moves_to_working_day = false;
  const TimeMs until = due_of(calendar, unmoved, pauses, 0);
  DueQuestion question;
  question.pauses = pauses;
  Teller teller;
  tell_time(question, named.since, until, teller, [&](TimeMs from, TimeMs to) {
    Stretch stretch = stretch_of(kind, from, to);
    if (kind == Stretch::Kind::kCounted) stretch.counts_ms = to - from;
    teller.add(std::move(stretch));
  });
  if (until != account.answer.due) DatesTeller(*calendar, teller).closed(until, account.answer.due);
  teller.finish(account);
  return account;
}

}  // namespace casewheel::sla
