// The clocks of merged cases: dates that came along with duplicates, and clocks given back when a merge
// is undone.
#include <algorithm>
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
  const std::vector<stored::ClockState> waiting = waiting_clocks();
  const auto known = std::find_if(waiting.begin(), waiting.end(),
                                  [kind](const auto& clock) { return clock.kind() == kind; });
  if (known == waiting.end()) {
    if (earliest != nullptr) start_carried_clock(stored::CarriedPromise(*earliest));
    return;
  }
  const stored::ClockState& clock = *known;
  if (earliest == nullptr && clock.carried()) return end_clock(clock, moment_.now);
  // Also where its own date is the earlier one: a pause or a closure may move that one past the promise.
  stored::ClockState moved = clock;
  moved.set_promised_ms(earliest == nullptr ? 0 : earliest->due_ms());
  if (moved.promised_ms() == clock.promised_ms()) return;
  moved.set_promised_at_ms(earliest == nullptr ? 0 : moment_.now);
  move_clock(clock, moved, why);
}

// By the wall from now to its date, or at its date where that has passed on the way here.
void Decider::start_carried_clock(const stored::CarriedPromise& promise) {
  std::uint32_t number = std::max(1U, moment_.names_from);
  for (const stored::ClockState& clock : state_.clocks())
    number = std::max(number, clock.clock() + 1);
  stored::ClockState draft;
  draft.set_clock(number);
  draft.set_kind(promise.kind());
  draft.set_status(stored::RUNNING);
  draft.set_start_ms(std::min(moment_.now, promise.due_ms()));
  if (promise.kind() == stored::AGREED_DATE) {
    draft.set_agreed_ms(promise.due_ms());
  } else {
    draft.mutable_allowance()->set_wall_ms(promise.due_ms() - draft.start_ms());
  }
  draft.set_policy(promise.policy());
  draft.set_catalogue_version(promise.catalogue_version());
  rules_.lay(draft, state_);

  stored::Event event = begin();
  stored::ClockStarted& started = *event.mutable_clock_started();
  started.set_clock(number);
  started.set_kind(draft.kind());
  started.set_start_ms(draft.start_ms());
  if (draft.has_allowance()) *started.mutable_allowance() = draft.allowance();
  started.set_agreed_ms(draft.agreed_ms());
  started.set_policy(draft.policy());
  started.set_catalogue_version(draft.catalogue_version());
  started.set_first_step(rules_.first_step(draft, moment_.now, false));
  started.set_calendar(draft.calendar());
  started.set_county(draft.county());
  started.set_rules_edition(draft.rules_edition());
  started.set_laid_ms(moment_.now);
  started.set_promised_ms(promise.due_ms());
  commit(std::move(event));
  pause_if_waiting(moment_.now);
}

void Decider::reinstate_clocks(const google::protobuf::RepeatedField<std::uint32_t>& numbers) {
  for (const std::uint32_t number : numbers) {
    const auto clock = std::find_if(state_.clocks().begin(), state_.clocks().end(),
                                    [number](const auto& one) { return one.clock() == number; });
    if (clock == state_.clocks().end() || !is_stopped(*clock)) continue;
    stored::Event event = begin();
    stored::ClockReinstated& back = *event.mutable_clock_reinstated();
    back.set_clock(number);
    back.set_was(clock->status());
    back.set_paused(!clock->pauses().empty() && clock->pauses().rbegin()->to_ms() == 0);
    commit(std::move(event));
  }
}

}  // namespace casewheel::domain
