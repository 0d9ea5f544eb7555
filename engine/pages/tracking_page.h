// The page where applicants follow a case: a form, and what is known of it. No script, no picture, one
// language at a time. Pure, any thread.
#pragma once

#include <string>

#include "casewheel/v1/tracking.pb.h"
#include "engine/pages/html.h"

namespace casewheel::pages {

// Why there is no answer, for people.
enum class TrackingFault {
  kNone,
  kNoNumber,    // it cannot be a case number: a digit was mistyped
  kNoFactor,    // neither four digits of a telephone nor a code of eight
  kDoesNotFit,  // the two do not belong together
  kTooMany,     // too many tries: wait
  kLater,       // not the applicant's fault
};

struct TrackingForm {
  Language language = Language::kChinese;
  std::string case_number;  // as it was typed
  TrackingFault fault = TrackingFault::kNone;
  DurationMs wait_ms = 0;  // of kTooMany
};

std::string tracking_form(const TrackingForm& form);
std::string tracking_answer(const ::casewheel::v1::TrackedCase& tracked, Language language);

}  // namespace casewheel::pages
