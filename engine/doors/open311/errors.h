// Refusals as Open311 tells them: a list, each with a code of HTTP. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/doors/open311/document.h"

namespace casewheel::doors::open311 {

struct Error {
  unsigned code = 400;
  std::string description;
};
using Errors = std::vector<Error>;

// The API's fields by the names of Open311.
Errors errors_of(const Rejection& rejection);
// Of the answer: the one they share, else 400.
unsigned status_of(const Errors& errors);
Element to_document(const Errors& errors);

}  // namespace casewheel::doors::open311
