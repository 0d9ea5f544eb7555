// What is asked about a case that was taken all the same: numbers that cannot be right, a date agreed on
// for a day off, a county that is missing where closures would move the dates. Any thread.
#pragma once

#include <optional>
#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/catalogue/catalogue.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

// Of the numbers of an applicant that were taken. Never a reason to refuse it: callers misread their bills,
// and no published number confirms the check digit of a 電號.
void add_number_warnings(const v1::Applicant& applicant, const catalogue::TenantRules& rules,
                         google::protobuf::RepeatedPtrField<v1::Warning>* warnings);

// Where nobody works on the day the date ends on, by the calendar of the case's unit and county.
std::optional<v1::Warning> day_off_warning(const catalogue::TenantRules& rules,
                                           const std::string& unit, const std::string& county,
                                           TimeMs agreed);

// Where the case counts by a calendar and no county is known: a typhoon day moves none of its dates.
std::optional<v1::Warning> county_warning(const journal::v1::CaseState& state);

}  // namespace casewheel::api
