#include "engine/partition/sound.h"

#include <algorithm>

#include "engine/base/time.h"

namespace casewheel::partition {
namespace {

namespace stored = ::casewheel::journal::v1;

// Beyond every date the API takes.
constexpr TimeMs kInstantLimit = TimeMs{1} << 48;

bool is_instant(TimeMs at) { return at > -kInstantLimit && at < kInstantLimit; }

bool is_sound(const stored::ClockState& clock) {
  return clock.clock() != 0 && clock.kind() != 0 && stored::ClockKind_IsValid(clock.kind()) &&
         clock.status() != 0 && stored::ClockStatus_IsValid(clock.status()) &&
         is_instant(clock.start_ms()) && is_instant(clock.agreed_ms()) &&
         is_instant(clock.extension_ms());
}

}  // namespace

bool is_sound(const stored::CaseState& state, CaseId id) {
  return state.case_id() == id.value && state.revision() != 0 && !state.tenant().empty() &&
         state.status() != 0 && stored::CaseStatus_IsValid(state.status()) &&
         stored::Kind_IsValid(state.kind()) && stored::Priority_IsValid(state.priority()) &&
         stored::Channel_IsValid(state.channel()) && stored::Outcome_IsValid(state.outcome()) &&
         is_instant(state.received_ms()) && is_instant(state.lodged_ms()) &&
         is_instant(state.closed_ms()) &&
         std::all_of(state.clocks().begin(), state.clocks().end(),
                     [](const stored::ClockState& clock) { return is_sound(clock); });
}

bool is_sound(const stored::ClockRow& row) {
  return row.revision() != 0 && row.status() != 0 && stored::CaseStatus_IsValid(row.status()) &&
         stored::Kind_IsValid(row.kind()) && stored::Priority_IsValid(row.priority()) &&
         stored::ClockKind_IsValid(row.due_kind()) && is_instant(row.next_ms()) &&
         is_instant(row.due_ms());
}

bool is_sound(const stored::Call& call) {
  return call.call_id().size() == 16 && call.version() != 0 && !call.tenant().empty() &&
         call.tenant_number() != 0 && call.tenant_number() <= 99 &&
         stored::CallDirection_IsValid(call.direction()) && stored::CallEnd_IsValid(call.end()) &&
         is_instant(call.begun_ms()) && is_instant(call.rang_ms()) &&
         is_instant(call.answered_ms()) && is_instant(call.ended_ms());
}

}  // namespace casewheel::partition
