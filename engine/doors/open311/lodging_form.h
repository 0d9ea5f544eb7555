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

// 林大同; Da-tong Lin
std::string name_of(const std::string& first, const std::string& last);

// The pictures that a form names, each on a line of its own, but for the first `skip`.
std::string media_lines(const Form& form, std::size_t skip);

}  // namespace casewheel::doors::open311
