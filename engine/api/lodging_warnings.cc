#include "engine/api/lodging_warnings.h"

#include <algorithm>
#include <utility>

#include "engine/catalogue/calendar/calendar_set.h"
#include "engine/sla/calendar.h"

namespace casewheel::api {
namespace {

namespace stored = ::casewheel::journal::v1;

v1::Warning warning(std::string field, std::string zh, std::string en) {
  v1::Warning out;
  out.set_field(std::move(field));
  out.set_text_zh(std::move(zh));
  out.set_text_en(std::move(en));
  return out;
}

}  // namespace

std::optional<v1::Warning> day_off_warning(const catalogue::TenantRules& rules,
                                           const std::string& unit, const std::string& county,
                                           TimeMs agreed) {
  const sla::Calendar* calendar =
      rules.calendars().latest().compiled(rules.calendar_of(unit), county);
  if (calendar == nullptr) return std::nullopt;
  // What ends with a day is the next one's first instant.
  const sla::Date date = calendar->zone().wall_time(agreed - 1).date;
  if (date < sla::kDateMin || date > sla::kDateMax) return std::nullopt;
  const sla::DayPlan plan = calendar->plan(date);
  if (!plan.hours.empty()) return std::nullopt;
  const std::string name = plan.name.empty() ? "例假日" : plan.name;
  return warning("agreed_time",
                 "約定日期 " + sla::iso_date(date) + " 非上班日（" + name + "），請再確認",
                 "the date agreed on, " + sla::iso_date(date) + ", is a day off");
}

std::optional<v1::Warning> county_warning(const stored::CaseState& state) {
  if (!state.county().empty()) return std::nullopt;
  const bool by_calendar =
      std::any_of(state.clocks().begin(), state.clocks().end(),
                  [](const stored::ClockState& clock) { return !clock.calendar().empty(); });
  if (!by_calendar) return std::nullopt;
  return warning("county", "未填縣市：該縣市停班時，期限不會順延",
                 "no county is given: where work stops in one, the dates will not move");
}

}  // namespace casewheel::api
