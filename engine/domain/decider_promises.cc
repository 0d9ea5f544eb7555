// The clocks of merged cases: dates that came along with duplicates (README.md, promises of merged cases).
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/domain/decider.h"

namespace casewheel::domain {

TimeMs Decider::date_as_known(stored::ClockState clock) const {
  if (lasts(clock.pauses())) {
    stored::PauseInterval& pause = *clock.mutable_pauses(clock.pauses_size() - 1);
    pause.set_to_ms(std::max(moment_.now, pause.from_ms()));
    clock.set_status(stored::RUNNING);
  }
  return rules_.due(clock);
}

TimeMs Decider::date_of(const stored::CarriedPromise& promise,
                        const stored::ClockState& keeper) const {
  stored::ClockState kept;
  kept.set_kind(keeper.kind());
  kept.set_policy(keeper.policy());
  kept.set_catalogue_version(keeper.catalogue_version());
  kept.set_start_ms(std::min(promise.since_ms(), promise.due_ms()));
  kept.set_carried(true);
  kept.set_promised_ms(promise.due_ms());
  kept.set_promised_at_ms(kept.start_ms());
  *kept.mutable_pauses() = pauses_of(kept);
  return date_as_known(std::move(kept));
}

TimeMs Decider::date_of(const stored::CarriedPromise& promise) const {
  stored::ClockState keeper;
  keeper.set_kind(promise.kind());
  keeper.set_policy(promise.policy());
  keeper.set_catalogue_version(promise.catalogue_version());
  for (const stored::ClockState& clock : state_.clocks()) {
    if (!is_stopped(clock) && clock.kind() == promise.kind()) keeper = clock;
  }
  return date_of(promise, keeper);
}

TimeMs Decider::promise_of(stored::ClockState clock) const {
  if (clock.promised_ms() == 0) return kNever;
  clock.set_carried(true);
  return rules_.due(clock);
}

const stored::CarriedPromise* Decider::earliest_promise(stored::ClockKind kind,
                                                        std::uint32_t keeper) const {
  const stored::CarriedPromise* earliest = nullptr;
  TimeMs earliest_date = kNever;
  for (const stored::CarriedPromise& promise : state_.promises()) {
    if (promise.kind() != kind) continue;
    if (promise.broken_clock() != 0 && promise.broken_clock() != keeper) continue;
    if (promise.due_ms() >= earliest_date) continue;  // pauses move it later only
    const TimeMs date = date_of(promise);
    if (earliest != nullptr && date >= earliest_date) continue;
    earliest = &promise;
    earliest_date = date;
  }
  return earliest;
}

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
  std::optional<stored::ClockState> own;
  std::optional<stored::ClockState> carried;
  for (stored::ClockState& clock : waiting_clocks()) {
    if (clock.kind() == kind) (clock.carried() ? carried : own) = std::move(clock);
  }
  // A clock of the case itself keeps the promise where there is one. Broken by then, it is not broken a
  // second time.
  if (carried && (own || earliest_promise(kind, 0) == nullptr)) {
    stop_clock(*carried, moment_.now, stored::PROMISE_GONE, false);
    carried.reset();
  }
  const stored::CarriedPromise* earliest = earliest_promise(kind, own ? own->clock() : 0);
  if (!own && !carried) {
    if (earliest != nullptr) start_carried_clock(*earliest, date_of(*earliest));
    return;
  }
  const stored::ClockState& clock = own ? *own : *carried;
  stored::ClockState moved = clock;
  moved.clear_promised_ms();
  moved.clear_promised_at_ms();
  if (earliest != nullptr) {
    // Also where its own date is the earlier one: a pause or a closure may move that one past the promise.
    const TimeMs date = date_of(*earliest, clock);
    stored::ClockState kept = clock;
    kept.set_carried(true);
    if (clock.promised_ms() != 0 && date_as_known(std::move(kept)) == date) return;
    moved.set_promised_ms(date);
    moved.set_promised_at_ms(std::min(moment_.now, date));
  }
  if (moved.promised_ms() != clock.promised_ms()) move_clock(clock, moved, why);
}

// By the wall from now to its date, or at its date where that has passed on the way here.
void Decider::start_carried_clock(const stored::CarriedPromise& promise, TimeMs date) {
  stored::ClockState draft;
  draft.set_kind(promise.kind());
  draft.set_start_ms(std::min(moment_.now, date));
  if (promise.kind() != stored::AGREED_DATE)
    draft.mutable_allowance()->set_wall_ms(date - draft.start_ms());
  draft.set_policy(promise.policy());
  draft.set_catalogue_version(promise.catalogue_version());
  draft.set_carried(true);
  draft.set_promised_ms(date);
  draft.set_promised_at_ms(moment_.now);
  if (promise.kind() == stored::AGREED_DATE) {
    draft.set_agreed_ms(date);
    draft.mutable_named()->set_kind(promise.kind());
    draft.mutable_named()->set_named_ms(date);
    draft.mutable_named()->set_since_ms(moment_.now);
    draft.mutable_named()->set_rules_edition(rules_.rules_edition());
  }
  rules_.lay(draft, state_);
  draft.set_ladder(rules_.ladder(draft));
  *draft.mutable_pauses() = pauses_of(draft);
  draft.set_status(lasts(draft.pauses()) ? stored::PAUSED : stored::RUNNING);
  start_clock(draft, 0, false);
}

void Decider::end_promises(const stored::ClockState& clock, stored::ClockStopped* stop) const {
  if (stop->cause() == stored::CASE_ENDED) return;
  const TimeMs kept = promise_of(clock);
  for (int i = 0; i < state_.promises_size(); ++i) {
    const stored::CarriedPromise& promise = state_.promises(i);
    if (promise.kind() != clock.kind()) continue;
    const TimeMs date = date_of(promise, clock);
    const auto place = static_cast<std::uint32_t>(i);
    if (stop->cause() == stored::ACTION_DONE) {
      const bool done_for_them = promise.carried_ms() <= stop->action_ms();
      if (done_for_them || (clock.carried() && date <= kept)) stop->add_promises_ended(place);
    } else if (stop->cause() == stored::DATE_REPLACED) {
      stop->add_promises_ended(place);
    } else if (promise.broken_clock() == 0 && kept < stop->action_ms() &&
               date < stop->action_ms()) {
      clock.carried() ? stop->add_promises_ended(place) : stop->add_promises_broken(place);
    }
  }
}

void Decider::grant_promises(const stored::ClockState& clock,
                             stored::ClockExtended* extended) const {
  for (int i = 0; i < state_.promises_size(); ++i) {
    const stored::CarriedPromise& promise = state_.promises(i);
    if (promise.kind() != clock.kind()) continue;
    const auto place = static_cast<std::uint32_t>(i);
    if (!clock.carried()) {
      extended->add_promises_ended(place);
    } else if (date_of(promise, clock) < extended->named().named_ms()) {
      extended->add_promises_moved(place);
    }
  }
}

}  // namespace casewheel::domain
