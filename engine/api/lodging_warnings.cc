#include "engine/api/lodging_warnings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/api/applicant_numbers.h"
#include "engine/base/text.h"
#include "engine/catalogue/calendar/calendar_set.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/sla/calendar.h"

namespace casewheel::api {
namespace {

namespace stored = ::casewheel::journal::v1;

constexpr DurationMs kFarAheadMs = 366 * kDayMs;

void add_warning(const std::string& field, std::string zh, std::string en, CaseWarnings* warnings) {
  v1::Warning* out = warnings->Add();
  out->set_field(field);
  out->set_text_zh(std::move(zh));
  out->set_text_en(std::move(en));
}

// `shown_case`: as stored or as shown.
template <typename AnyCase>
bool counts_by_calendar(const AnyCase& shown_case) {
  return std::any_of(shown_case.clocks().begin(), shown_case.clocks().end(),
                     [](const auto& clock) { return !clock.calendar().empty(); });
}

std::string either_of(const std::vector<std::string_view>& counties) {
  std::string text;
  for (const std::string_view county : counties)
    text += (text.empty() ? "" : "或") + std::string(county);
  return text;
}

void warn_of_county(const std::string& sent, bool by_calendar, CaseWarnings* warnings) {
  const std::string name = catalogue::county_name(sent);
  if (name.empty()) {
    if (by_calendar)
      add_warning("county", "未填縣市：該縣市停班時，期限不會順延",
                  "no county is given: where work stops in one, the dates will not move", warnings);
    return;
  }
  const std::string meant(catalogue::meant_county(name));
  if (meant.empty()) {
    const std::vector<std::string_view> like = catalogue::like_counties(name);
    add_warning("county",
                "「" + name + "」不是縣市，停班時期限不會順延；" +
                    (like.empty() ? "請填全名，例如臺南市" : "是否為" + either_of(like) + "？"),
                catalogue::no_county(name) + " Where work stops in one, the dates will not move",
                warnings);
  } else if (name.size() > meant.size()) {
    add_warning("county", "縣市記為" + meant + "，其後的文字未保留，請填入地址",
                "is kept as " + meant + "; what stood behind it is not: put it into the address",
                warnings);
  }
}

bool is_replaced(const v1::CorrectCaseRequest& correction, std::string_view path) {
  const auto& paths = correction.update_mask().paths();
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

std::string county_as_meant(const std::string& sent) {
  const std::string_view meant = catalogue::meant_county(sent);
  return meant.empty() ? sent : std::string(meant);
}

void add_county_warnings(const std::string& sent, const stored::CaseState& state,
                         CaseWarnings* warnings) {
  warn_of_county(sent, counts_by_calendar(state), warnings);
}

void add_correction_warnings(const v1::CorrectCaseRequest& correction, const v1::Case& corrected,
                             const catalogue::TenantRules& rules, CaseWarnings* warnings) {
  v1::LodgeCaseRequest given;
  *given.mutable_applicant() = correction.applicant();
  *given.mutable_attributes() = correction.attributes();
  given.set_external_reference(correction.external_reference());
  add_warnings(given, rules, false, warnings);
  if (!correction.county().empty() || is_replaced(correction, "county"))
    warn_of_county(correction.county(), counts_by_calendar(corrected), warnings);
}

void add_date_warnings(const NamedDate& named, const catalogue::TenantRules& rules,
                       const std::string& unit, const std::string& county, TimeMs now,
                       CaseWarnings* warnings) {
  const sla::Calendar* calendar =
      rules.calendars().latest().compiled(rules.calendar_of(unit), county);
  // What ends with a day is the next one's first instant.
  const sla::Date date = calendar == nullptr ? rules.wall_time(named.at - 1).date
                                             : calendar->zone().wall_time(named.at - 1).date;
  if (date < sla::kDateMin || date > sla::kDateMax) return;
  const std::string written = sla::iso_date(date);
  if (calendar != nullptr) {
    const sla::DayPlan plan = calendar->plan(date);
    if (plan.hours.empty()) {
      add_warning(named.field,
                  "所定日期 " + written + " 非上班日（" +
                      (plan.name.empty() ? "例假日" : plan.name) + "），請再確認",
                  "the date named, " + written + ", is a day off", warnings);
    }
  }
  if (named.at - now > kFarAheadMs) {
    add_warning(named.field, "所定日期 " + written + " 在一年以後，請確認年份",
                "the date named, " + written + ", is more than a year ahead", warnings);
  }
}

}  // namespace casewheel::api
