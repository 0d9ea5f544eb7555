// What is asked about a case that was taken all the same, besides numbers (applicant_numbers.h): a date agreed
// on for a day off, a county that is missing where closures would move the dates. Any thread.
#pragma once

#include <optional>
#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/catalogue/catalogue.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

// Where nobody works on the day the date ends on, by the calendar of the case's unit and county.
std::optional<v1::Warning> day_off_warning(const catalogue::TenantRules& rules,
                                           const std::string& unit, const std::string& county,
                                           TimeMs agreed);

// Where the case counts by a calendar and no county is known: a typhoon day moves none of its dates.
std::optional<v1::Warning> county_warning(const journal::v1::CaseState& state);

}  // namespace casewheel::api
