// The clocks of merged cases: dates that came along with duplicates.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/domain/decider.h"

namespace casewheel::domain {
namespace {

const stored::CarriedPromise* earliest_of(const stored::CaseState& state, stored::ClockKind kind) {
  const stored::CarriedPromise* earliest = nullptr;
  for (const stored::CarriedPromise& promise : state.promises()) {
    if (promise.kind() == kind && (earliest == nullptr || promise.due_ms() < earliest->due_ms()))
      earliest = &promise;
  }
  return earliest;
}

}  // namespace

void Decider::keep_promises(const MoveReason& why) {
  std::vector<stored::ClockKind> kinds;
  const auto add = [&kinds](stored::ClockKind kind) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  };
  for (const stored::CarriedPromise& promise : state_.promises()) add(promise.kind());
  for (const stored::ClockState& clock : state_.clocks()) {
    if (!is_stopped(clock) && clock.promised_ms() != 0) add(clock.kind());
  }
  std::sort(kinds.begin(), kinds.end());
  for (const stored::ClockKind kind : kinds) keep_promise(kind, why);
}

void Decider::keep_promise(stored::ClockKind kind, const MoveReason& why) {
  const stored::CarriedPromise* earliest = earliest_of(state_, kind);
  std::optional<stored::ClockState> own;
  std::optional<stored::ClockState> carried;
  for (stored::ClockState& clock : waiting_clocks()) {
    if (clock.kind() == kind) (clock.carried() ? carried : own) = std::move(clock);
  }
  if (!own && !carried) {
    if (earliest != nullptr) start_carried_clock(stored::CarriedPromise(*earliest));
    return;
  }
  // A clock of the case itself keeps the promise where there is one. Broken by then, it is not broken a
  // second time.
  if (carried && (own || earliest == nullptr)) {
    stop_clock(*carried, moment_.now, stored::PROMISE_GONE, false);
    earliest = earliest_of(state_, kind);
  }
  const TimeMs promised = earliest == nullptr ? 0 : earliest->due_ms();
  const stored::ClockState& clock = own ? *own : *carried;
  if (!own && promised == 0) return;
  // Also where its own date is the earlier one: a pause or a closure may move that one past the promise.
  if (promised == clock.promised_ms()) return;
  stored::ClockState moved = clock;
  moved.set_promised_ms(promised);
  moved.set_promised_at_ms(promised == 0 ? 0 : moment_.now);
  move_clock(clock, moved, why);
}

// By the wall from now to its date, or at its date where that has passed on the way here.
void Decider::start_carried_clock(const stored::CarriedPromise& promise) {
  stored::ClockState draft;
  draft.set_kind(promise.kind());
  draft.set_start_ms(std::min(moment_.now, promise.due_ms()));
  if (promise.kind() != stored::AGREED_DATE)
    draft.mutable_allowance()->set_wall_ms(promise.due_ms() - draft.start_ms());
  draft.set_policy(promise.policy());
  draft.set_catalogue_version(promise.catalogue_version());
  draft.set_carried(true);
  draft.set_promised_ms(promise.due_ms());
  draft.set_promised_at_ms(moment_.now);
  if (promise.kind() == stored::AGREED_DATE) {
    draft.set_agreed_ms(promise.due_ms());
    draft.mutable_named()->set_kind(promise.kind());
    draft.mutable_named()->set_named_ms(promise.due_ms());
    draft.mutable_named()->set_since_ms(moment_.now);
    draft.mutable_named()->set_rules_edition(rules_.rules_edition());
  }
  rules_.lay(draft, state_);
  draft.set_ladder(rules_.ladder(draft));
  *draft.mutable_pauses() = pauses_of(draft);
  draft.set_status(lasts(draft.pauses()) ? stored::PAUSED : stored::RUNNING);
  start_clock(draft, 0, false);
}

}  // namespace casewheel::domain
