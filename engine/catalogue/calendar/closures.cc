#include "engine/catalogue/calendar/closures.h"

#include <algorithm>
#include <optional>

#include "engine/base/text.h"
#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/calendar/limits.h"
#include "engine/catalogue/limits.h"

namespace casewheel::catalogue {
namespace {

std::optional<Rejection> wrong_dates(const std::vector<std::uint32_t>& dates) {
  if (dates.empty()) return Rejection::invalid("dates", "is empty; name the dates of the closure");
  if (dates.size() > kClosureDatesMax) {
    return Rejection::invalid("dates", "has " + std::to_string(dates.size()) +
                                           " entries; the limit is " +
                                           std::to_string(kClosureDatesMax));
  }
  for (auto date = dates.begin(); date != dates.end(); ++date) {
    if (!is_date(*date))
      return Rejection::invalid("dates", std::to_string(*date) + " is no date from 1900 to 2299");
    if (std::find(dates.begin(), date, *date) != date)
      return Rejection::invalid("dates", written_date(*date) + " stands here twice");
  }
  return std::nullopt;
}

std::optional<Rejection> wrong_hours(const ClosureDeclaration& declaration) {
  if (declaration.hours.size() > kDaySpansMax) {
    return Rejection::invalid("hours", "has " + std::to_string(declaration.hours.size()) +
                                           " entries; the limit is " +
                                           std::to_string(kDaySpansMax));
  }
  std::uint32_t after_s = 0;
  for (const stored::DayHours& span : declaration.hours) {
    if (auto why = wrong_span(span.from_s(), span.to_s(), after_s); !why.empty())
      return Rejection::invalid("hours", std::move(why));
    after_s = span.to_s();
  }
  return std::nullopt;
}

}  // namespace

Result<stored::Calendar> declare_closure(stored::Calendar calendar,
                                         const ClosureDeclaration& declaration) {
  if (auto why = wrong_dates(declaration.dates)) return *std::move(why);
  if (auto why = wrong_hours(declaration)) return *std::move(why);
  std::vector<std::string> names;
  for (const std::string& county : declaration.counties) {
    if (!is_county(county)) return Rejection::invalid("counties", no_county(county));
    names.push_back(county_name(county));
    if (std::find(names.begin(), names.end() - 1, names.back()) != names.end() - 1)
      return Rejection::invalid("counties", names.back() + " stands here twice");
  }
  auto reason = clean_text("reason", declaration.reason, kTextBytesMax, TextKind::kLine);
  if (!reason) return reason.error();
  if (reason->size() > kTextBytesMax) {
    return Rejection::invalid("reason",
                              "is longer than " + std::to_string(kTextBytesMax) + " bytes");
  }
  if (reason->find_first_not_of(' ') == std::string::npos) reason->clear();
  if (!declaration.reopened && reason->empty())
    return Rejection::invalid("reason", "is missing; people are told why their date moved");

  // What was declared later must go on to supersede what was declared before it, whichever of the two
  // reaches the engine first.
  auto& closures = *calendar.mutable_closures();
  int place = closures.size();
  while (place > 0 && closures.Get(place - 1).declared_ms() > declaration.declared_ms) --place;
  google::protobuf::RepeatedPtrField<stored::Closure> next;
  for (int i = 0; i < place; ++i) *next.Add() = std::move(closures[i]);
  for (const std::uint32_t date : declaration.dates) {
    stored::Closure& closure = *next.Add();
    for (const std::string& name : names) closure.add_counties(name);
    closure.set_date(date);
    closure.set_reopened(declaration.reopened);
    for (const stored::DayHours& span : declaration.hours) *closure.add_hours() = span;
    closure.set_reason(*reason);
    closure.set_declared_ms(declaration.declared_ms);
  }
  for (int i = place; i < closures.size(); ++i) *next.Add() = std::move(closures[i]);
  closures = std::move(next);
  if (auto why = malformed(calendar)) return *std::move(why);
  return calendar;
}

}  // namespace casewheel::catalogue
