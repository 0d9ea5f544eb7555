// A form that reports something, as the API's request. Pure, any thread.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/doors/http/form.h"
#include "engine/doors/open311/errors.h"

namespace casewheel::doors::open311 {

namespace v1 = ::casewheel::v1;

struct LodgingForm {
  v1::LodgeCaseRequest request;  // without tenant and request_id
  Errors errors;                 // what the standard itself refuses, all at once
};

LodgingForm lodging_of(const Form& form);
// A case has a subject, a report of Open311 may do without words: the name of its service then.
void complete_subject(const std::string& service_name, v1::LodgeCaseRequest* request);

}  // namespace casewheel::doors::open311
