#include "engine/catalogue/calendar/days_off.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/catalogue/calendar/day_text.h"

namespace casewheel::catalogue {
namespace {

// The dates of which a calendar or one above it says anything, each with the counties that its closures name.
using SpokenDates = std::map<std::uint32_t, std::set<std::string>>;

SpokenDates spoken_dates(const CalendarSet& set, std::string_view id) {
  SpokenDates dates;
  const stored::Calendar* one = set.stored_calendar(id);
  while (one != nullptr) {
    for (const stored::CalendarDay& day : one->days()) dates[day.date()];
    for (const stored::Closure& closure : one->closures())
      dates[closure.date()].insert(closure.counties().begin(), closure.counties().end());
    one = one->parent().empty() ? nullptr : set.stored_calendar(one->parent());
  }
  return dates;
}

bool overlap(const sla::OpenSpan& a, const sla::OpenSpan& b) {
  return a.from_s < b.to_s && b.from_s < a.to_s;
}

// Whether a part of `span` lies outside all of `hours`, which are in order.
bool exceeds(sla::OpenSpan span, const sla::DayHours& hours) {
  for (const sla::OpenSpan& open : hours) {
    if (!overlap(span, open)) continue;
    if (span.from_s < open.from_s) return true;
    span.from_s = open.to_s;
  }
  return span.from_s < span.to_s;
}

bool any_exceeds(const sla::DayHours& spans, const sla::DayHours& hours) {
  return std::any_of(spans.begin(), spans.end(),
                     [&](const sla::OpenSpan& span) { return exceeds(span, hours); });
}

// Whether closures took something of what `is` has open.
bool reopens(const sla::DayHours& was, const sla::DayHours& before_closures,
             const sla::DayHours& is) {
  for (const sla::OpenSpan& open : is) {
    for (const sla::OpenSpan& once : before_closures) {
      const sla::OpenSpan both{std::max(open.from_s, once.from_s), std::min(open.to_s, once.to_s)};
      if (both.from_s < both.to_s && exceeds(both, was)) return true;
    }
  }
  return false;
}

bool is_lost(const sla::Calendar& before, const sla::DayPlan& was, const sla::Calendar* after,
             sla::Date date) {
  if (after == nullptr) return true;
  const sla::DayHours is = after->plan(date).hours;
  if (is.empty()) return false;
  if (was.hours.empty()) return true;
  if (was.origin == sla::DayOrigin::kOwnHours) return any_exceeds(is, was.hours);
  return reopens(was.hours, before.plan_before_closures(date).hours, is);
}

std::optional<DayOff> lost_on(const CalendarSet& before, std::string_view before_id,
                              const CalendarSet& after, std::string_view after_id,
                              std::uint32_t date, const std::string& county) {
  const sla::Calendar* then = before.compiled(before_id, county);
  const sla::Calendar* now = after.compiled(after_id, county);
  const std::optional<sla::Date> day = sla::date_of_yyyymmdd(date);
  if (then == nullptr || then == now || !day) return std::nullopt;
  const sla::DayPlan was = then->plan(*day);
  const bool own_word =
      was.origin != sla::DayOrigin::kWeekly && was.origin != sla::DayOrigin::kWorkingDay;
  if (!own_word || !is_lost(*then, was, now, *day)) return std::nullopt;
  return DayOff{date, was.name, county};
}

}  // namespace

std::vector<DayOff> days_off_lost(const CalendarSet& before, std::string_view before_id,
                                  const CalendarSet& after, std::string_view after_id) {
  std::vector<DayOff> lost;
  for (const auto& [date, counties] : spoken_dates(before, before_id)) {
    std::optional<DayOff> day = lost_on(before, before_id, after, after_id, date, "");
    for (auto county = counties.begin(); !day && county != counties.end(); ++county)
      day = lost_on(before, before_id, after, after_id, date, *county);
    if (day) lost.push_back(*std::move(day));
  }
  return lost;
}

std::string written_day_off(const DayOff& day) {
  std::string text = written_date(day.date);
  if (!day.name.empty()) text += " " + day.name;
  if (!day.county.empty()) text += " (" + day.county + ")";
  return text;
}

}  // namespace casewheel::catalogue
