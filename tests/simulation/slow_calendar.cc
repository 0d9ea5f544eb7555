// See slow_calendar.h.
#include "tests/simulation/slow_calendar.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/base/result.h"

namespace casewheel::simulation {
namespace {

constexpr int kDaysSoughtMax = 1500;

int weekday_of(int date) { return (date % 7 + 10) % 7 + 1; }  // 1970-01-01 was a Thursday

std::uint32_t number_of(const sla::Zone& zone, int date) {
  const std::uint32_t roc = zone.roc_date(zone.instant(date, 12 * kHourMs));
  return roc + 1911 * 10000;
}

sla::Zone zone_of(const std::vector<const stored::Calendar*>& chain) {
  for (const stored::Calendar* calendar : chain) {
    if (!calendar->time_zone().empty()) return *sla::Zone::load(calendar->time_zone());
  }
  return sla::Zone::utc();
}

void sort(Pauses& pauses) {
  std::stable_sort(pauses.begin(), pauses.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
}

}  // namespace

SlowCalendar::SlowCalendar(std::vector<const stored::Calendar*> chain, std::string county)
    : chain_(std::move(chain)), county_(std::move(county)), zone_(zone_of(chain_)) {}

// The usual hours, what the date says instead, then the closures one after the other, minute by minute.
SlowCalendar::Minutes SlowCalendar::minutes_of(int date) const {
  const std::uint32_t number = number_of(zone_, date);
  Minutes open;
  const auto add = [&open](std::uint32_t from_s, std::uint32_t to_s) {
    const int from = static_cast<int>(from_s / 60);
    const int to = static_cast<int>(to_s / 60);
    if (!open.empty() && open.back().second == from) {
      open.back().second = to;
    } else {
      open.emplace_back(from, to);
    }
  };
  const auto usual = [&](int weekday) {
    for (const stored::Calendar* calendar : chain_) {
      const stored::WeeklyHours* in_force = nullptr;
      for (const stored::WeeklyHours& weekly : calendar->weekly()) {
        if (weekly.effective_from() <= number) in_force = &weekly;
      }
      if (in_force == nullptr) continue;
      for (const stored::OpeningHours& hours : in_force->opening()) {
        if (static_cast<int>(hours.weekday()) == weekday) add(hours.from_s(), hours.to_s());
      }
      break;
    }
    return !open.empty();
  };
  const stored::CalendarDay* special = nullptr;
  for (const stored::Calendar* calendar : chain_) {
    for (const stored::CalendarDay& day : calendar->days()) {
      if (special == nullptr && day.date() == number) special = &day;
    }
  }
  if (special == nullptr) {
    usual(weekday_of(date));
  } else if (special->what() == stored::CalendarDay::OWN_HOURS) {
    for (const stored::DayHours& hours : special->opening()) add(hours.from_s(), hours.to_s());
  } else if (special->what() == stored::CalendarDay::WORKING_DAY) {
    for (int weekday = 0; weekday <= 7; ++weekday) {
      if (usual(weekday == 0 ? weekday_of(date) : weekday)) break;
    }
  }
  std::vector<const stored::Closure*> closures;
  for (auto calendar = chain_.rbegin(); calendar != chain_.rend(); ++calendar) {
    for (const stored::Closure& closure : (*calendar)->closures()) {
      const auto& named = closure.counties();
      if (closure.date() == number &&
          (named.empty() || std::find(named.begin(), named.end(), county_) != named.end()))
        closures.push_back(&closure);
    }
  }
  if (closures.empty()) return open;
  std::stable_sort(closures.begin(), closures.end(), [](const auto* a, const auto* b) {
    return a->declared_ms() < b->declared_ms();
  });
  Minutes left;
  for (const auto& [from, to] : open) {
    for (int minute = from; minute < to; ++minute) {
      bool closed = false;
      for (const stored::Closure* closure : closures) {
        bool named = closure->hours().empty();
        for (const stored::DayHours& hours : closure->hours())
          named |= minute * 60 >= static_cast<int>(hours.from_s()) &&
                   minute * 60 < static_cast<int>(hours.to_s());
        if (named) closed = !closure->reopened();
      }
      if (closed) continue;
      if (left.empty() || left.back().second != minute) left.emplace_back(minute, minute);
      left.back().second = minute + 1;
    }
  }
  return left;
}

const std::vector<SlowCalendar::Span>& SlowCalendar::open_spans(int date) const {
  const auto [found, is_new] = spans_.try_emplace(date);
  if (is_new) {
    for (const auto& [from, to] : minutes_of(date)) {
      found->second.push_back(
          {zone_.instant(date, from * kMinuteMs), zone_.instant(date, to * kMinuteMs)});
    }
  }
  return found->second;
}

bool SlowCalendar::is_open(TimeMs instant) const {
  for (const Span& span : open_spans(date_of(instant))) {
    if (span.from <= instant && instant < span.to) return true;
  }
  return false;
}

TimeMs SlowCalendar::next_opening(TimeMs from) const {
  const int first = date_of(from);
  for (int date = first; date < first + kDaysSoughtMax; ++date) {
    for (const Span& span : open_spans(date)) {
      if (span.to > from) return std::max(span.from, from);
    }
  }
  CASEWHEEL_CHECK(false, "the simulation's calendars open again");
}

TimeMs SlowCalendar::to_working_day(TimeMs instant) const {
  if (has_work(instant)) return instant;
  const int first = date_of(instant - 1);
  const bool at_midnight = date_of(instant) != first;
  for (int date = first + 1; date < first + kDaysSoughtMax; ++date) {
    if (!works(date)) continue;
    if (at_midnight) return zone_.instant(date + 1, 0);
    return zone_.instant(date, zone_.wall_time(instant).time_ms);
  }
  CASEWHEEL_CHECK(false, "the simulation's calendars open again");
}

TimeMs SlowCalendar::add_working_ms(TimeMs from, DurationMs ms) const {
  if (ms == 0) return next_opening(from);
  if (ms > 0) return use_up(from, ms, {});
  DurationMs left = -ms;
  const int first = date_of(from);
  for (int date = first; date > first - kDaysSoughtMax; --date) {
    const std::vector<Span>& spans = open_spans(date);
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      const TimeMs to = std::min(span->to, from);
      if (to <= span->from) continue;
      if (to - span->from >= left) return to - left;
      left -= to - span->from;
    }
  }
  CASEWHEEL_CHECK(false, "the simulation's calendars were open before");
}

int SlowCalendar::step(int date, int days) const {
  for (int sought = 0; days != 0; ++sought) {
    CASEWHEEL_CHECK(sought < kDaysSoughtMax, "the simulation's calendars have working days");
    const int way = days > 0 ? 1 : -1;
    date += way;
    if (works(date)) days -= way;
  }
  return date;
}

TimeMs SlowCalendar::end_of_days(TimeMs start, int days, stored::DayRule rule) const {
  const int date = date_of(start);
  const int target = step(date, days);
  if (rule == stored::END_OF_DAY_FIRST_DAY_EXCLUDED) return zone_.instant(target + 1, 0);
  if (rule == stored::END_OF_WORKING_DAY) return open_spans(target).back().to;
  const TimeMs end = days == 0 ? start : zone_.instant(target, zone_.wall_time(start).time_ms);
  if (rule == stored::NEXT_OPEN_AFTER_DAYS) return next_opening(end);
  if (days == 0 || start > open_spans(date).back().to) return end;
  return std::min(end, open_spans(target).back().to);
}

TimeMs SlowCalendar::add_working_days(TimeMs from, int days) const {
  return end_of_days(next_opening(from), days, stored::KEEP_WALL_TIME);
}

TimeMs SlowCalendar::use_up(TimeMs from, DurationMs amount, const Pauses& pauses) const {
  const int first = date_of(from);
  for (int date = first; date < first + kDaysSoughtMax; ++date) {
    for (const Span& span : open_spans(date)) {
      TimeMs at = std::max(span.from, from);
      if (at >= span.to) continue;
      for (const auto& [pause_from, pause_to] : pauses) {
        if (pause_from >= span.to) break;
        const DurationMs before = std::max<DurationMs>(0, pause_from - at);
        if (before >= amount) return at + amount;
        amount -= before;
        if (pause_to == 0) return kNever;
        at = std::max({at, pause_from, pause_to});
        if (at >= span.to) break;
      }
      if (at >= span.to) continue;
      if (span.to - at >= amount) return at + amount;
      amount -= span.to - at;
    }
    // One that lasts and began in closed hours.
    for (const auto& [pause_from, pause_to] : pauses) {
      if (pause_to == 0 && date_of(pause_from) <= date) return kNever;
    }
  }
  CASEWHEEL_CHECK(false, "the simulation's calendars open again");
}

TimeMs SlowCalendar::use_up_days(TimeMs from, int days, const stored::Allowance& allowance,
                                 const Pauses& pauses) const {
  const bool working = allowance.has_working_days();
  const stored::DayRule rule = allowance.day_rule();
  TimeMs start = from;
  if (working && (rule == stored::KEEP_WALL_TIME || rule == stored::END_OF_WORKING_DAY ||
                  (rule == stored::KEEP_WALL_TIME_NO_ROLL_WITHIN_DAY && !works(date_of(from)))))
    start = next_opening(from);
  const auto end = [&](int count) {
    if (working) return end_of_days(start, count, rule);
    const int last = date_of(start) + count;
    if (rule != stored::KEEP_WALL_TIME) return zone_.instant(last + 1, 0);
    return count == 0 ? start : zone_.instant(last, zone_.wall_time(start).time_ms);
  };
  TimeMs due = end(days);
  std::set<int> dates;
  for (const auto& [pause_from, pause_to] : pauses) {
    if (pause_from >= due) break;
    if (pause_to == 0) return kNever;
    const int last = date_of(std::max(pause_from, pause_to - 1));
    for (int date = date_of(pause_from) + 1; date <= last; ++date) {
      if (date > date_of(start) && (!working || works(date))) dates.insert(date);
    }
    due = end(days + static_cast<int>(dates.size()));
  }
  return due;
}

TimeMs SlowCalendar::due(const stored::Allowance& allowance, TimeMs start, Pauses pauses) const {
  sort(pauses);
  const bool outside = !is_open(start);
  const TimeMs from =
      allowance.count_from() == stored::FROM_OPENING && outside ? next_opening(start) : start;
  const DurationMs extra_ms = outside ? allowance.outside_hours_extra_ms() : 0;
  const int extra_days = outside ? static_cast<int>(allowance.outside_hours_extra_days()) : 0;
  switch (allowance.amount_case()) {
    case stored::Allowance::kWorkingMs:
      return use_up(from, allowance.working_ms() + extra_ms, pauses);
    case stored::Allowance::kWorkingDays:
      return use_up_days(from, static_cast<int>(allowance.working_days()) + extra_days, allowance,
                         pauses);
    case stored::Allowance::kCalendarDays:
      return use_up_days(from, static_cast<int>(allowance.calendar_days()) + extra_days, allowance,
                         pauses);
    default:
      return use_up_wall(from, allowance.wall_ms() + extra_ms, pauses);
  }
}

TimeMs use_up_wall(TimeMs from, DurationMs amount, Pauses pauses) {
  sort(pauses);
  TimeMs at = from;
  for (const auto& [pause_from, pause_to] : pauses) {
    if (at + amount <= pause_from) break;  // used up before this pause
    amount -= std::max<DurationMs>(0, pause_from - at);
    if (pause_to == 0) return kNever;
    at = std::max({at, pause_from, pause_to});
  }
  return at + amount;
}

std::vector<const stored::Calendar*> SlowCalendars::chain(std::uint64_t edition,
                                                          const std::string& id) const {
  std::vector<const stored::Calendar*> chain;
  std::string wanted = id;
  while (!wanted.empty()) {
    const stored::Calendar* found = nullptr;
    for (const auto& [at, calendar] : by_edition_) {
      if (at <= edition && calendar.id() == wanted) found = &calendar;
    }
    if (found == nullptr) return {};
    chain.push_back(found);
    wanted = found->parent();
  }
  return chain;
}

const SlowCalendar* SlowCalendars::at(std::uint64_t edition, const std::string& id,
                                      const std::string& county) const {
  const auto known = made_.find({edition, id, county});
  if (known != made_.end()) return &known->second;
  auto calendars = chain(edition, id);
  if (calendars.empty()) return nullptr;
  return &made_.try_emplace({edition, id, county}, SlowCalendar(std::move(calendars), county))
              .first->second;
}

}  // namespace casewheel::simulation
