// Whether a row that was read and parsed can be what was written. The store proves blocks, not what
// is in them: a row put by another program, or bytes that happen to parse, must not reach the rules,
// which stop the process over what cannot be. Any thread.
#pragma once

#include "casewheel/journal/v1/calls.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"

namespace casewheel::partition {

// A case of that id, with words and instants this program knows.
bool is_sound(const journal::v1::CaseState& state, CaseId id);
bool is_sound(const journal::v1::ClockRow& row);
bool is_sound(const journal::v1::Call& call);

}  // namespace casewheel::partition
