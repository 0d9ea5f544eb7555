// Where the personal data of a case lies: sealed with its lodging, or with the latest correction. A sealed
// text can be opened only under the revision it was sealed with.
#pragma once

#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::domain {

// The revision under which CaseState.sealed was sealed.
inline std::uint32_t sealed_revision(const casewheel::journal::v1::CaseState& state) {
  return state.sealed_revision() == 0 ? 1 : state.sealed_revision();
}

}  // namespace casewheel::domain
