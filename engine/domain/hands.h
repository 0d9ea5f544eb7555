// Whose hands a case has been in: nobody decides on a date that was hers to keep. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::domain {

// True of who handles the case and of who did while the clock ran, also after assigning it away.
bool has_handled(const journal::v1::CaseState& state, const journal::v1::ClockState& clock,
                 std::string_view staff);
// Likewise of the clock of that number; of a number the case does not have, the present handler alone.
bool has_handled(const journal::v1::CaseState& state, std::uint32_t clock, std::string_view staff);

// Who does not decide on a request of `asker` for that clock.
std::vector<std::string> barred_from(const journal::v1::CaseState& state, std::uint32_t clock,
                                     std::string_view asker);

}  // namespace casewheel::domain
