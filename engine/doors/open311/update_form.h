// What a POST of servicerequestupdates says: the words of the standard, of its extension for updates and of
// FixMyStreet, as what is to be done to the case. Any thread.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/base/time.h"
#include "engine/doors/http/form.h"
#include "engine/doors/open311/errors.h"

namespace casewheel::doors::open311 {

namespace v1 = ::casewheel::v1;

struct UpdateForm {
  std::string case_number;
  std::string text;  // for the applicant; with the pictures named and who told it
  // Not of an update by which the case goes on: it is told, and a case that has ended is taken up again.
  bool ends = false;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  TimeMs told_ms = 0;  // when it was done there; 0: not said
  std::string key;     // the update's own name; empty: none
  Errors errors;
};

// `now`: a time that lies ahead is refused.
UpdateForm update_of(const Form& form, const std::string& time_zone, TimeMs now);

}  // namespace casewheel::doors::open311
