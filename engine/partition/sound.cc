#include "engine/partition/sound.h"

#include <algorithm>

#include "engine/base/time.h"

namespace casewheel::partition {
namespace {

namespace stored = ::casewheel::journal::v1;

// Beyond every date the API takes.
constexpr TimeMs kInstantLimit = TimeMs{1} << 48;

bool is_instant(TimeMs at) { return at > -kInstantLimit && at < kInstantLimit; }

bool is_sound(const stored::PauseInterval& pause) {
  return is_instant(pause.from_ms()) && is_instant(pause.to_ms());
}

bool is_sound(const stored::NamedDate& named) {
  return stored::ClockKind_IsValid(named.kind()) && is_instant(named.named_ms()) &&
         is_instant(named.since_ms());
}

bool is_sound(const stored::ClockState& clock);

template <typename Parts>
bool all_sound(const Parts& parts) {
  return std::all_of(parts.begin(), parts.end(), [](const auto& part) { return is_sound(part); });
}

bool is_sound(const stored::ClockState& clock) {
  return clock.clock() != 0 && clock.kind() != 0 && stored::ClockKind_IsValid(clock.kind()) &&
         clock.status() != 0 && stored::ClockStatus_IsValid(clock.status()) &&
         is_instant(clock.start_ms()) && is_instant(clock.agreed_ms()) &&
         is_instant(clock.promised_ms()) && is_sound(clock.named()) && all_sound(clock.pauses());
}

}  // namespace

bool is_sound(const stored::CaseState& state, CaseId id) {
  return state.case_id() == id.value && state.revision() != 0 && !state.tenant().empty() &&
         state.status() != 0 && stored::CaseStatus_IsValid(state.status()) &&
         stored::Kind_IsValid(state.kind()) && stored::Priority_IsValid(state.priority()) &&
         stored::Channel_IsValid(state.channel()) && stored::Outcome_IsValid(state.outcome()) &&
         is_instant(state.received_ms()) && is_instant(state.lodged_ms()) &&
         is_instant(state.closed_ms()) && is_instant(state.reopened_ms()) &&
         all_sound(state.pauses()) && all_sound(state.granted()) && all_sound(state.clocks());
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
