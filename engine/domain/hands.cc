#include "engine/domain/hands.h"

#include <algorithm>

namespace casewheel::domain {
namespace {

const journal::v1::ClockState* clock_numbered(const journal::v1::CaseState& state,
                                              std::uint32_t number) {
  for (const journal::v1::ClockState& clock : state.clocks()) {
    if (clock.clock() == number) return &clock;
  }
  return nullptr;
}

// The case left that person's hands when the clock had begun.
bool held_while_it_ran(const journal::v1::HandledBy& former, const journal::v1::ClockState& clock) {
  return former.until_ms() >= clock.start_ms();
}

}  // namespace

bool has_handled(const journal::v1::CaseState& state, const journal::v1::ClockState& clock,
                 std::string_view staff) {
  if (staff.empty()) return false;
  if (staff == state.handler()) return true;
  const auto& former = state.former_handlers();
  return std::any_of(former.begin(), former.end(), [&](const journal::v1::HandledBy& one) {
    return one.staff() == staff && held_while_it_ran(one, clock);
  });
}

bool has_handled(const journal::v1::CaseState& state, std::uint32_t clock, std::string_view staff) {
  if (const journal::v1::ClockState* known = clock_numbered(state, clock))
    return has_handled(state, *known, staff);
  return !staff.empty() && staff == state.handler();
}

std::vector<std::string> barred_from(const journal::v1::CaseState& state, std::uint32_t clock,
                                     std::string_view asker) {
  std::vector<std::string> barred;
  if (!state.handler().empty()) barred.push_back(state.handler());
  if (!asker.empty()) barred.emplace_back(asker);
  const journal::v1::ClockState* known = clock_numbered(state, clock);
  if (known == nullptr) return barred;
  for (const journal::v1::HandledBy& former : state.former_handlers()) {
    if (held_while_it_ran(former, *known)) barred.push_back(former.staff());
  }
  return barred;
}

}  // namespace casewheel::domain
