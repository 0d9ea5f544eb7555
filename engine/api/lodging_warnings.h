// What is asked about a case that was taken or changed all the same: numbers that do not look right, a county
// that no closure names, dates that were named on a day off or in another year. One place for all of them, so
// that lodging, bulk intake, correcting and whoever names a date ask alike. Any thread.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/catalogue/catalogue.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

using CaseWarnings = google::protobuf::RepeatedPtrField<v1::Warning>;

// The county as a case keeps it. One that means exactly one of the 22 is written as that one; anything else
// stays as it was sent, and is asked about.
std::string county_as_meant(const std::string& sent);

// Of a case that was lodged with it, or whose county was corrected to it: where it is none of the 22, and where
// none is given though the case counts by a calendar, a typhoon day moves none of its dates.
void add_county_warnings(const std::string& sent, const journal::v1::CaseState& state,
                         CaseWarnings* warnings);

// Of a correction, as add_warnings() of applicant_numbers.h and the above of a lodging: of what it names.
void add_correction_warnings(const v1::CorrectCaseRequest& correction, const v1::Case& corrected,
                             const catalogue::TenantRules& rules, CaseWarnings* warnings);

// A date a person named for a case: agreed on, asked for or granted.
struct NamedDate {
  const char* field;  // of the request
  TimeMs at = 0;
};
// Where nobody works on the day the date ends on, by the calendar of the case's unit and county; and where it
// lies more than a year ahead, as a slip of the year does.
void add_date_warnings(const NamedDate& date, const catalogue::TenantRules& rules,
                       const std::string& unit, const std::string& county, TimeMs now,
                       CaseWarnings* warnings);

}  // namespace casewheel::api
