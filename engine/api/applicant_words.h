// Where a case stands, in words for people outside: what goes on within the enterprise (who was given the
// case) is all one to them. Any thread.
#pragma once

#include "casewheel/journal/v1/words.pb.h"
#include "casewheel/v1/cases.pb.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

struct ApplicantWords {
  const char* zh;
  const char* en;
};

ApplicantWords status_words(v1::CaseStatus status);
// What comes after it.
ApplicantWords next_words(v1::CaseStatus status);
// Names the field that was corrected; empty for a field that is the enterprise's own.
ApplicantWords corrected_words(journal::v1::CorrectedField field);

}  // namespace casewheel::api
