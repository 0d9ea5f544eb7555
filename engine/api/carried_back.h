// What was only shown is not written back: a caller who reads a case sees names, telephones, addresses and
// the numbers in texts masked, and may send all of it back with a correction. Pure; any thread.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/domain/command.h"

namespace casewheel::api {

// The fields in which the correction carries the masked form of what the case has (`before`) without
// being the same text, as the request names them.
std::vector<FieldViolation> carried_back(const domain::Correct& correct);

}  // namespace casewheel::api
