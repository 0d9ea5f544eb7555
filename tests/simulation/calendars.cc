// See calendars.h.
#include "tests/simulation/calendars.h"

#include <algorithm>

#include "engine/base/result.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/closures.h"
#include "engine/sla/zone.h"

namespace casewheel::simulation {
namespace {

constexpr int kKnownDays = 30;

constexpr const char* kText = R"(
calendars:
  - id: national
    name: 國定
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
  - id: shifts
    name: 輪班
    parent: national
    hours: {mon-sat: [06:00-22:00], sun: [10:00-14:00]}
  - id: overseas
    name: 海外
    time_zone: America/New_York
    hours: {mon-thu: [09:00-17:30], fri: [09:00-24:00], sat: [00:00-03:00]}
)";

std::uint32_t date_around(TimeMs now, int days) {
  static const sla::Zone zone = *sla::Zone::load("Asia/Taipei");
  return zone.roc_date(now + days * kDayMs) + 1911 * 10000;
}

void put_day(stored::Calendar& calendar, std::uint32_t date, stored::CalendarDay::What what) {
  auto* days = calendar.mutable_days();
  for (int i = 0; i < days->size(); ++i) {
    if (days->Get(i).date() == date) return;
  }
  stored::CalendarDay& day = *days->Add();
  day.set_date(date);
  day.set_what(what);
  day.set_name("日");
  if (what == stored::CalendarDay::OWN_HOURS) {
    stored::DayHours& hours = *day.add_opening();
    hours.set_from_s(9 * 3600);
    hours.set_to_s(11 * 3600 + 1800);
  }
  std::sort(days->begin(), days->end(),
            [](const auto& a, const auto& b) { return a.date() < b.date(); });
}

stored::CalendarDay::What any_day(Random& random) {
  return static_cast<stored::CalendarDay::What>(random.between(1, 3));
}

stored::Calendar closed(stored::Calendar calendar, Random& random, TimeMs now) {
  catalogue::ClosureDeclaration closure;
  for (const std::string& county : kCounties) {
    if (random.percent(45)) closure.counties.push_back(county);
  }
  closure.dates = {date_around(now, static_cast<int>(random.between(-2, 6)))};
  if (random.percent(30)) {  // one that was declared before, taken back or made larger
    for (const stored::Closure& earlier : calendar.closures()) {
      if (random.percent(50)) closure.dates = {earlier.date()};
    }
    closure.reopened = random.percent(70);
  }
  if (random.percent(30)) {
    stored::DayHours hours;
    hours.set_from_s(13 * 3600);
    hours.set_to_s(24 * 3600);
    closure.hours = {hours};
  }
  closure.reason = "颱風";
  closure.declared_ms = now - random.between(0, random.percent(20) ? kDayMs : 0);
  auto declared = catalogue::declare_closure(calendar, closure);
  CASEWHEEL_CHECK(declared.has_value(), declared ? "" : declared.error().message);
  declared->set_by_closure(true);
  declared->set_reason("颱風");
  return *declared;
}

}  // namespace

const std::vector<std::string> kCounties = {"臺北市", "新北市", "屏東縣", "臺南市"};

std::vector<stored::Calendar> first_calendars(TimeMs start, bool summer_time) {
  auto parsed = catalogue::parse_calendars(kText, "simulation");
  CASEWHEEL_CHECK(parsed.has_value(), parsed ? "" : parsed.error().message);
  for (stored::Calendar& calendar : *parsed) {
    calendar.set_reason("第一版");
    if (calendar.id() == "overseas" && !summer_time) calendar.set_time_zone("Asia/Tokyo");
    if (!calendar.parent().empty()) continue;
    calendar.set_known_until(date_around(start, kKnownDays));
    put_day(calendar, date_around(start, 3), stored::CalendarDay::HOLIDAY);
    put_day(calendar, date_around(start, 5), stored::CalendarDay::WORKING_DAY);
    put_day(calendar, date_around(start, 6), stored::CalendarDay::WORKING_DAY);
    put_day(calendar, date_around(start, 9), stored::CalendarDay::OWN_HOURS);
  }
  return *parsed;
}

stored::Calendar changed_calendar(stored::Calendar calendar, Random& random, TimeMs now) {
  if (random.percent(55)) return closed(std::move(calendar), random, now);
  calendar.set_by_closure(false);
  calendar.set_reason("修訂 " + std::to_string(random.below(100)));
  switch (random.below(4)) {
    case 0:
      put_day(calendar, date_around(now, static_cast<int>(random.between(-3, 12))),
              any_day(random));
      break;
    case 1:
      if (calendar.days_size() > 0) {
        const int at =
            static_cast<int>(random.below(static_cast<std::uint64_t>(calendar.days_size())));
        calendar.mutable_days()->DeleteSubrange(at, 1);
      }
      break;
    case 2: {  // the next months are spoken for, with their holidays
      const std::uint32_t until = date_around(now, static_cast<int>(random.between(5, 120)));
      calendar.set_known_until(std::max(calendar.known_until(), until));
      for (int i = 0; i < 8; ++i)
        put_day(calendar, date_around(now, static_cast<int>(random.between(2, 60))),
                any_day(random));
      break;
    }
    default: {  // other hours from some day on, with lunch or without
      if (calendar.weekly_size() == 0) break;
      const std::uint32_t from = date_around(now, static_cast<int>(random.between(1, 8)));
      if (from <= calendar.weekly(calendar.weekly_size() - 1).effective_from()) break;
      stored::WeeklyHours& weekly = *calendar.add_weekly();
      weekly.set_effective_from(from);
      for (std::uint32_t day = 1; day <= 5; ++day) {
        stored::OpeningHours& hours = *weekly.add_opening();
        hours.set_weekday(day);
        hours.set_from_s(static_cast<std::uint32_t>(random.between(7, 9)) * 3600);
        hours.set_to_s(static_cast<std::uint32_t>(random.between(16, 18)) * 3600);
      }
    }
  }
  return calendar;
}

}  // namespace casewheel::simulation
