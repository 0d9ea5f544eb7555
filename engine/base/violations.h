// Several violations as one refusal, so that a caller mends all at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace casewheel {

// Of at least one.
inline Rejection refusal_of(std::vector<FieldViolation> violations) {
  Rejection refusal;
  refusal.message = violations.front().field + ": " + violations.front().description;
  if (violations.size() > 1)
    refusal.message += " (and " + std::to_string(violations.size() - 1) + " more)";
  refusal.fields = std::move(violations);
  return refusal;
}

}  // namespace casewheel
