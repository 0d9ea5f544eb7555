#include "engine/sla/due.h"

#include <algorithm>

#include "engine/sla/day_table.h"
#include "engine/sla/reckoning.h"

namespace casewheel::sla {
namespace {

// The same dates as kDateMin to kDateMax, for what needs no zone.
constexpr TimeMs kFirstInstant = kDateMin * kDayMs;
constexpr TimeMs kEndInstant = (kDateMax + 1) * kDayMs;
// No sum of a start, an amount, an extension and pauses between these can overflow.
constexpr DurationMs kComputableMsMax = kEndInstant - kFirstInstant;

Rejection not_computable(std::string message) {
  return Rejection::of(RejectionCode::kInvalidArgument, std::move(message));
}

Rejection start_out_of_range() {
  return not_computable(
      "the start lies outside of 1900 to 2299, which is all that can be computed with");
}

// Why working time or days cannot be found after an instant.
Rejection nothing_left(const DayTable& table, Date from) {
  if (table.working_days() == 0)
    return not_computable("the calendar has no opening hours on any date");
  const Date last = table.working_day(table.working_days() - 1);
  if (last < from) {
    return not_computable("the calendar has no opening hours after " + iso_date(last));
  }
  if (last < kDateMax - 366) {
    return not_computable("the calendar has opening hours only until " + iso_date(last) +
                          ", too few for the amount");
  }
  return not_computable(
      "the amount ends after 2299-12-31, the last date that can be computed with");
}

Rejection nothing_before(const DayTable& table, Date from) {
  if (table.working_days() == 0)
    return not_computable("the calendar has no opening hours on any date");
  const Date first = table.working_day(0);
  if (first > from)
    return not_computable("the calendar has no opening hours before " + iso_date(first));
  if (first > kDateMin + 366) {
    return not_computable("the calendar has opening hours only from " + iso_date(first) +
                          " on, too few for the amount");
  }
  return not_computable(
      "the amount ends before 1900-01-01, the first date that can be computed with");
}

bool within(const DayTable& table, TimeMs instant) {
  return instant >= table.begin() && instant < table.end();
}

Result<TimeMs> opening_from(const DayTable& table, TimeMs from) {
  if (!within(table, from)) return start_out_of_range();
  const DurationMs open = table.open_ms_before(from);
  if (open >= table.open_ms()) return nothing_left(table, table.date_at(from));
  return table.left_at(open);
}

// `open_ms` of working time after the beginning of the table, seen from `from`.
Result<TimeMs> after_working_time(const DayTable& table, TimeMs from, DurationMs open_ms,
                                  bool stay_at_closing) {
  if (open_ms < 0) return nothing_before(table, table.date_at(from));
  if (stay_at_closing ? open_ms > table.open_ms() : open_ms >= table.open_ms()) {
    return nothing_left(table, table.date_at(from));
  }
  return stay_at_closing && open_ms > 0 ? table.reached_at(open_ms) : table.left_at(open_ms);
}

// `days` working days on from a date, which counts 0 itself.
Result<Date> working_day_from(const DayTable& table, Date date, std::int64_t days) {
  if (days == 0) return date;
  std::int64_t index = table.working_days_before(date) + days;
  // Seen from a day off, the first one after it is one day on, not none.
  if (days > 0 && !table.is_working_day(date)) --index;
  if (index < 0) return nothing_before(table, date);
  if (index >= table.working_days()) return nothing_left(table, date);
  return table.working_day(static_cast<std::int32_t>(index));
}

// Where a day rule begins to count.
struct DayStart {
  Date date = 0;
  TimeMs at = 0;  // the time of day that is kept is that of this instant
};

Result<DayStart> start_of_days(const DayTable& table, TimeMs from, DayRule rule) {
  if (!within(table, from)) return start_out_of_range();
  const Date date = table.date_at(from);
  bool rolls = rule == DayRule::kKeepWallTime || rule == DayRule::kEndOfWorkingDay;
  if (rule == DayRule::kKeepWallTimeNoRollWithinDay) rolls = !table.is_working_day(date);
  if (!rolls) return DayStart{date, from};
  const auto opening = opening_from(table, from);
  if (!opening) return opening.error();
  return DayStart{table.date_at(*opening), *opening};
}

struct DayEnd {
  Date date = 0;
  TimeMs at = 0;
  TimeMs due = 0;
};

Result<DayEnd> end_of_days(const DayTable& table, const DayStart& start, std::int64_t days,
                           DayRule rule) {
  const auto date = working_day_from(table, start.date, days);
  if (!date) return date.error();
  DayEnd end{*date, start.at, start.at};
  if (rule == DayRule::kEndOfDayFirstDayExcluded) {
    end.at = end.due = table.start_of(*date + 1);
    return end;
  }
  if (rule == DayRule::kEndOfWorkingDay) {
    end.at = end.due = table.closing_of(*date);
    return end;
  }
  if (days != 0) end.at = end.due = table.instant(*date, table.time_of_day(start.at));
  if (rule == DayRule::kNextOpenAfterDays) {
    const auto opening = opening_from(table, end.at);
    if (!opening) return opening.error();
    end.due = *opening;
    return end;
  }
  // What began after closing was late on its own date already: there is no closing to stop at.
  if (days != 0 && start.at <= table.closing_of(start.date)) {
    end.at = end.due = std::min(end.at, table.closing_of(*date));
  }
  return end;
}

Result<DayEnd> end_of_calendar_days(const DayTable& table, const DayStart& start, std::int64_t days,
                                    bool keeps_wall_time) {
  const Date date = start.date;
  if (date + days > kDateMax) {
    return not_computable(
        "the amount ends after 2299-12-31, the last date that can be computed with");
  }
  if (date + days < kDateMin) {
    return not_computable(
        "the amount ends before 1900-01-01, the first date that can be computed with");
  }
  const Date last = static_cast<Date>(date + days);
  TimeMs end = table.start_of(last + 1);
  if (keeps_wall_time)
    end = days == 0 ? start.at : table.instant(last, table.time_of_day(start.at));
  return DayEnd{last, end, end};
}

// The three ways of counting. Each sets due_counted, and provisional when it came to dates that the
// publisher has not spoken for.

Result<void> reckon_wall(const DueQuestion& question, Reckoning& reckoning) {
  const DurationMs amount = question.amount.ms + reckoning.extra_ms;
  PausedDue walk(reckoning.counted_from, amount);
  for (const Pause& one : question.pauses) {
    if (amount < 0) break;
    const Pause pause = as_asked(one, question);
    if (pause.to <= pause.from) continue;
    walk.add(pause.from, pause.to == kNever ? 0 : std::min(pause.to, kEndInstant));
  }
  reckoning.due_counted = walk.due();
  return {};
}

Result<void> reckon_working_time(const Calendar& calendar, const DueQuestion& question,
                                 Reckoning& reckoning) {
  const DayTable& table = calendar.table();
  const DurationMs amount = question.amount.ms + reckoning.extra_ms;
  const DurationMs start = table.open_ms_before(reckoning.counted_from);
  const bool stay_at_closing = amount > 0;
  // Pauses as working time: closed hours within them are nothing.
  PausedDue walk(start, amount);
  for (const Pause& one : question.pauses) {
    if (amount < 0) break;
    const Pause pause = as_asked(one, question);
    if (pause.to == kNever) {
      const auto due =
          after_working_time(table, reckoning.counted_from, walk.due(), stay_at_closing);
      if (!due) return due.error();
      if (pause.from >= *due) break;
      reckoning.due_counted = kNever;
      return {};
    }
    const DurationMs from = table.open_ms_before(pause.from);
    const DurationMs to = table.open_ms_before(pause.to);
    if (from < to) walk.add(from, to);
  }
  const auto due = after_working_time(table, reckoning.counted_from, walk.due(), stay_at_closing);
  if (!due) return due.error();
  reckoning.due_counted = *due;
  if (*due > calendar.known_end() || (*due == calendar.known_end() && !stay_at_closing)) {
    reckoning.answer.provisional = true;
  }
  return {};
}

Result<void> reckon_days(const Calendar& calendar, const DueQuestion& question,
                         Reckoning& reckoning) {
  const DayTable& table = calendar.table();
  const bool working = question.amount.kind == Amount::Kind::kWorkingDays;
  const DayRule rule = working ? question.amount.day_rule : DayRule::kEndOfDayFirstDayExcluded;
  const auto start = start_of_days(table, reckoning.counted_from, rule);
  if (!start) return start.error();
  std::int64_t days = std::int64_t{question.amount.days} + reckoning.extra_days;
  const bool forward = days >= 0;
  const bool keeps_wall_time = question.amount.day_rule == DayRule::kKeepWallTime;
  const auto end_after = [&] {
    return working ? end_of_days(table, *start, days, rule)
                   : end_of_calendar_days(table, *start, days, keeps_wall_time);
  };
  auto end = end_after();
  if (!end) return end.error();
  Date passed = start->date;
  for (const Pause& one : question.pauses) {
    const Pause pause = as_asked(one, question);
    if (!forward || pause.from >= end->due) break;
    if (pause.to == kNever) {
      reckoning.first_date = reckoning.last_date = start->date;
      reckoning.due_counted = kNever;
      return {};
    }
    const PausedDates dates = paused_dates(table, pause, passed);
    if (dates.through <= dates.after) continue;
    days += working ? table.working_days_before(dates.through + 1) -
                          table.working_days_before(dates.after + 1)
                    : dates.through - dates.after;
    passed = dates.through;
    end = end_after();
    if (!end) return end.error();
  }
  reckoning.first_date = start->date;
  reckoning.last_date = end->date;
  reckoning.days_end = end->at;
  reckoning.due_counted = end->due;
  if (working && (end->date > calendar.known_until() ||
                  (rule == DayRule::kNextOpenAfterDays && end->due >= calendar.known_end()))) {
    reckoning.answer.provisional = true;
  }
  return {};
}

Result<void> reckon_kind(const Calendar* calendar, const DueQuestion& question,
                         Reckoning& reckoning) {
  switch (question.amount.kind) {
    case Amount::Kind::kWallMs:
      return reckon_wall(question, reckoning);
    case Amount::Kind::kWorkingMs:
      return reckon_working_time(*calendar, question, reckoning);
    case Amount::Kind::kWorkingDays:
    case Amount::Kind::kCalendarDays:
      return reckon_days(*calendar, question, reckoning);
  }
  return not_computable("the amount is of no known kind");
}

}  // namespace

Pause as_asked(const Pause& pause, const DueQuestion& question) {
  if (pause.to != 0) return pause;
  if (question.open_until == 0) return {pause.from, kNever};
  return {pause.from, std::max(pause.from, question.open_until)};
}

PausedDates paused_dates(const DayTable& table, const Pause& pause, Date counted_until) {
  const Date first = table.date_at(pause.from);
  // A pause that ends with a date has nothing of the next one.
  const Date last = pause.to > pause.from ? table.date_at(pause.to - 1) : first;
  return {std::max(first, counted_until), last};
}

Result<Reckoning> reckon(const Calendar* calendar, const DueQuestion& question) {
  const Amount& amount = question.amount;
  if (calendar == nullptr && amount.needs_calendar()) {
    return Rejection::of(RejectionCode::kFailedPrecondition,
                         "the amount is counted by a calendar, and there is none");
  }
  if (question.start < kFirstInstant || question.start >= kEndInstant) return start_out_of_range();
  for (const DurationMs length : {amount.ms, amount.outside_hours_extra_ms}) {
    if (length > kComputableMsMax || length < -kComputableMsMax)
      return not_computable("an amount is longer than 400 years");
  }

  Reckoning reckoning;
  reckoning.counted_from = question.start;
  const bool asks_when_open = amount.count_from == CountFrom::kOpening ||
                              amount.outside_hours_extra_ms != 0 ||
                              amount.outside_hours_extra_days != 0;
  if (asks_when_open) {
    const DayTable& table = calendar->table();
    if (!within(table, question.start)) return start_out_of_range();
    if (!table.is_open_at(question.start)) {
      reckoning.extra_ms = amount.outside_hours_extra_ms;
      reckoning.extra_days = amount.outside_hours_extra_days;
    }
    if (amount.count_from == CountFrom::kOpening) {
      const auto opening = opening_from(table, question.start);
      if (!opening) return opening.error();
      reckoning.counted_from = *opening;
    }
    reckoning.answer.provisional = reckoning.counted_from >= calendar->known_end();
  }

  if (const auto reckoned = reckon_kind(calendar, question, reckoning); !reckoned) {
    return reckoned.error();
  }
  reckoning.answer.due = kNever;
  if (reckoning.due_counted == kNever) return reckoning;
  reckoning.answer.due = reckoning.due_counted;
  if (reckoning.answer.due < kFirstInstant || reckoning.answer.due > kEndInstant) {
    return not_computable("the due instant lies outside of 1900 to 2299");
  }
  return reckoning;
}

Result<DueAnswer> due(const Calendar* calendar, const DueQuestion& question) {
  const auto reckoning = reckon(calendar, question);
  if (!reckoning) return reckoning.error();
  return reckoning->answer;
}

bool is_day_off(const Calendar& calendar, TimeMs instant) {
  const DayTable& table = calendar.table();
  return within(table, instant - 1) && !table.is_working_day(table.date_at(instant - 1));
}

TimeMs due_of(const Calendar* calendar, const NamedDate& named, std::span<const Pause> pauses,
              TimeMs open_until) {
  PausedDue walk(named.since, named.at - named.since);
  for (const Pause& pause : pauses) {
    if (pause.to != 0 && pause.to <= named.since) continue;
    walk.add(pause.from, pause.to == 0 ? open_until : pause.to);
  }
  const TimeMs due = walk.due();
  if (calendar == nullptr || due == kNever || !named.moves_to_working_day) return due;
  if (!is_day_off(*calendar, due)) return due;
  const DayTable& table = calendar->table();
  const Date date = table.date_at(due - 1);
  const std::int32_t next = table.working_days_before(date);
  if (next >= table.working_days()) return due;  // no work ever again: the date stands
  if (table.start_of(date + 1) == due) return table.start_of(table.working_day(next) + 1);
  return table.instant(table.working_day(next), table.time_of_day(due));
}

DurationMs working_time(const Calendar& calendar, TimeMs start, TimeMs end) {
  return calendar.table().open_ms_before(end) - calendar.table().open_ms_before(start);
}

Result<TimeMs> add_working_time(const Calendar& calendar, TimeMs from, DurationMs ms) {
  const DayTable& table = calendar.table();
  if (!within(table, from)) return start_out_of_range();
  if (ms > kComputableMsMax || ms < -kComputableMsMax)
    return not_computable("the amount is longer than 400 years");
  return after_working_time(table, from, table.open_ms_before(from) + ms, ms > 0);
}

Result<TimeMs> add_working_days(const Calendar& calendar, TimeMs from, std::int32_t days,
                                DayRule rule) {
  const DayTable& table = calendar.table();
  const auto start = start_of_days(table, from, rule);
  if (!start) return start.error();
  const auto end = end_of_days(table, *start, days, rule);
  if (!end) return end.error();
  return end->due;
}

Result<TimeMs> next_opening(const Calendar& calendar, TimeMs from) {
  return opening_from(calendar.table(), from);
}

bool is_open_at(const Calendar& calendar, TimeMs instant) {
  return calendar.table().is_open_at(instant);
}

}  // namespace casewheel::sla
