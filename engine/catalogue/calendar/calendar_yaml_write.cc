// to_yaml of calendar_yaml.h.
#include <algorithm>

#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/written.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {
namespace {

std::string written_day(const stored::CalendarDay& day) {
  std::string text = "{date: " + written_date(day.date());
  if (day.what() == stored::CalendarDay::OWN_HOURS) {
    text += ", hours: [" + written_spans(day.opening()) + "]";
  } else {
    text += day.what() == stored::CalendarDay::HOLIDAY ? ", what: holiday" : ", what: working_day";
  }
  if (!day.name().empty()) text += ", name: " + quoted(day.name());
  return text + "}";
}

std::string written_closure(const stored::Closure& closure, const sla::Zone& zone) {
  std::string text = "{date: " + written_date(closure.date());
  std::string counties;
  for (const std::string& county : closure.counties()) {
    if (!counties.empty()) counties += ", ";
    counties += county;
  }
  if (!counties.empty()) text += ", counties: [" + counties + "]";
  if (!closure.hours().empty()) text += ", hours: [" + written_spans(closure.hours()) + "]";
  if (!closure.reason().empty()) text += ", reason: " + quoted(closure.reason());
  if (closure.reopened()) text += ", reopened: true";
  if (closure.declared_ms() != 0)
    text += ", declared: " + quoted(zone.format(closure.declared_ms(), false));
  return text + "}";
}

}  // namespace

std::string to_yaml(const stored::Calendar& calendar) {
  const sla::Zone zone = sla::Zone::load(calendar.time_zone()).value_or(sla::Zone::utc());
  std::string yaml = "calendars:\n  - id: " + quoted(calendar.id()) + "\n";
  yaml += "    name: {zh: " + quoted(calendar.name_zh());
  if (!calendar.name_en().empty()) yaml += ", en: " + quoted(calendar.name_en());
  yaml += "}\n";
  if (!calendar.parent().empty()) yaml += "    parent: " + quoted(calendar.parent()) + "\n";
  if (!calendar.tenant().empty()) yaml += "    tenant: " + quoted(calendar.tenant()) + "\n";
  if (!calendar.time_zone().empty())
    yaml += "    time_zone: " + quoted(calendar.time_zone()) + "\n";
  if (!calendar.weekly().empty()) yaml += "    hours:\n";
  for (const stored::WeeklyHours& week : calendar.weekly()) {
    std::string entry;
    if (week.effective_from() != 0) entry = "from: " + written_date(week.effective_from());
    if (!entry.empty() && !week.opening().empty()) entry += ", ";
    yaml += "      - {" + entry + written_week(week) + "}\n";
  }
  if (!calendar.days().empty()) yaml += "    days:\n";
  for (const stored::CalendarDay& day : calendar.days())
    yaml += "      - " + written_day(day) + "\n";
  if (calendar.known_until() != 0)
    yaml += "    known_until: " + written_date(calendar.known_until()) + "\n";
  if (!calendar.closures().empty()) yaml += "    closures:\n";
  for (const stored::Closure& closure : calendar.closures())
    yaml += "      - " + written_closure(closure, zone) + "\n";
  return yaml;
}

}  // namespace casewheel::catalogue
