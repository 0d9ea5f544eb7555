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

// A clock of that kind and policy which keeps promises alone: without one yet, with every pause that counts.
stored::ClockState Decider::keeper_like(const stored::ClockState& clock) const {
  stored::ClockState keeper;
  keeper.set_kind(clock.kind());
  keeper.set_policy(clock.policy());
  keeper.set_catalogue_version(clock.catalogue_version());
  *keeper.mutable_pauses() = pauses_of(keeper);
  keeper.set_carried(true);
  return keeper;
}

TimeMs Decider::date_of(const stored::CarriedPromise& promise, stored::ClockState& keeper) const {
  keeper.set_promised_ms(promise.due_ms());
  keeper.set_promised_at_ms(promise.since_ms());
  return date_as_known(keeper);
}

stored::ClockState Decider::keeper_of(const stored::CarriedPromise& promise) const {
  stored::ClockState clock;
  clock.set_kind(promise.kind());
  clock.set_policy(promise.policy());
  clock.set_catalogue_version(promise.catalogue_version());
  for (const stored::ClockState& one : state_.clocks()) {
    if (!is_stopped(one) && one.kind() == promise.kind()) clock = one;
  }
  return keeper_like(clock);
}

TimeMs Decider::date_of(const stored::CarriedPromise& promise) const {
  stored::ClockState keeper = keeper_of(promise);
  return date_of(promise, keeper);
}

TimeMs Decider::promise_of(stored::ClockState clock) const {
  if (clock.promised_ms() == 0) return kNever;
  clock.set_carried(true);
  return rules_.due(clock);
}

// Broken with another clock, and its date is still behind.
bool Decider::is_of_another(const stored::CarriedPromise& promise, const stored::ClockState& clock,
                            TimeMs date) const {
  return promise.broken_clock() != 0 && promise.broken_clock() != clock.clock() &&
         date < moment_.now;
}

const stored::CarriedPromise* Decider::earliest_promise(const stored::ClockState& clock) const {
  const stored::CarriedPromise* earliest = nullptr;
  TimeMs earliest_date = kNever;
  std::optional<stored::ClockState> keeper;
  for (const stored::CarriedPromise& promise : state_.promises()) {
    if (promise.kind() != clock.kind()) continue;
    if (promise.due_ms() >= earliest_date) continue;  // pauses move it later only
    if (!keeper) keeper = keeper_like(clock);
    const TimeMs date = date_of(promise, *keeper);
    if (is_of_another(promise, clock, date) || (earliest != nullptr && date >= earliest_date))
      continue;
    earliest = &promise;
    earliest_date = date;
  }
  return earliest;
}

const stored::CarriedPromise* Decider::waiting_promise(stored::ClockKind kind) const {
  for (const stored::CarriedPromise& promise : state_.promises()) {
    if (promise.kind() == kind) {
      stored::ClockState clock = keeper_of(promise);
      clock.set_carried(true);
      return earliest_promise(clock);
    }
  }
  return nullptr;
}

void Decider::lay_promise(stored::ClockState& clock) const {
  // Also where its own date is the earlier one: a pause or a closure may move that one past the promise.
  const stored::CarriedPromise* promise = earliest_promise(clock);
  clock.set_promised_ms(promise == nullptr ? 0 : promise->due_ms());
  clock.set_promised_at_ms(promise == nullptr ? 0 : promise->since_ms());
  *clock.mutable_pauses() = pauses_of(clock);
  clock.set_status(lasts(clock.pauses()) ? stored::PAUSED : stored::RUNNING);
}

void Decider::give_way(stored::ClockKind kind) {
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (clock.kind() == kind && clock.carried())
      stop_clock(clock, moment_.now, stored::PROMISE_GONE, false);
  }
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
  if (carried && (own || earliest_promise(*carried) == nullptr)) {
    give_way(kind);
    carried.reset();
  }
  if (!own && !carried) {
    if (const stored::CarriedPromise* promise = waiting_promise(kind))
      start_carried_clock(*promise);
    return;
  }
  const stored::ClockState& clock = own ? *own : *carried;
  stored::ClockState moved = clock;
  lay_promise(moved);
  if (moved.promised_ms() != clock.promised_ms() ||
      moved.promised_at_ms() != clock.promised_at_ms())
    move_clock(clock, moved, why);
}

// By the wall from the day the promise has that date, or at it where it had passed on the way here.
void Decider::start_carried_clock(const stored::CarriedPromise& promise) {
  stored::ClockState draft;
  draft.set_kind(promise.kind());
  draft.set_start_ms(std::min(promise.since_ms(), promise.due_ms()));
  if (promise.kind() != stored::AGREED_DATE)
    draft.mutable_allowance()->set_wall_ms(promise.due_ms() - draft.start_ms());
  draft.set_policy(promise.policy());
  draft.set_catalogue_version(promise.catalogue_version());
  draft.set_carried(true);
  draft.set_promised_ms(promise.due_ms());
  draft.set_promised_at_ms(promise.since_ms());
  if (promise.kind() == stored::AGREED_DATE) {
    draft.set_agreed_ms(promise.due_ms());
    draft.mutable_named()->set_kind(promise.kind());
    draft.mutable_named()->set_named_ms(promise.due_ms());
    draft.mutable_named()->set_since_ms(promise.since_ms());
    draft.mutable_named()->set_rules_edition(rules_.rules_edition());
  }
  rules_.lay(draft, state_);
  draft.set_ladder(rules_.ladder(draft));
  *draft.mutable_pauses() = pauses_of(draft);
  draft.set_status(lasts(draft.pauses()) ? stored::PAUSED : stored::RUNNING);
  draft.set_breached(promise.told() && rules_.due(draft) < moment_.now);
  start_clock(draft, 0, false);
}

bool Decider::came_before(const stored::ClockState& clock, TimeMs action_ms) const {
  return std::any_of(state_.promises().begin(), state_.promises().end(),
                     [&](const stored::CarriedPromise& promise) {
                       return promise.kind() == clock.kind() && promise.carried_ms() <= action_ms;
                     });
}

void Decider::end_promises(const stored::ClockState& clock, stored::ClockStopped* stop) const {
  if (stop->cause() == stored::CASE_ENDED) return;
  const TimeMs kept = promise_of(clock);
  stored::ClockState keeper = keeper_like(clock);
  for (int i = 0; i < state_.promises_size(); ++i) {
    const stored::CarriedPromise& promise = state_.promises(i);
    if (promise.kind() != clock.kind()) continue;
    const TimeMs date = date_of(promise, keeper);
    const auto place = static_cast<std::uint32_t>(i);
    if (stop->cause() == stored::ACTION_DONE) {
      if (promise.carried_ms() <= stop->action_ms()) {
        stop->add_promises_ended(place);
      } else if (clock.breached() && date < moment_.now && date <= rules_.due(clock)) {
        stop->add_promises_told(place);
      }
    } else if (stop->cause() == stored::DATE_REPLACED) {
      stop->add_promises_ended(place);
    } else if (kept < stop->action_ms() && date < stop->action_ms() &&
               !is_of_another(promise, clock, date)) {
      clock.carried() ? stop->add_promises_ended(place) : stop->add_promises_broken(place);
    }
  }
}

void Decider::grant_promises(const stored::ClockState& clock,
                             stored::ClockExtended* extended) const {
  stored::ClockState keeper = keeper_like(clock);
  for (int i = 0; i < state_.promises_size(); ++i) {
    const stored::CarriedPromise& promise = state_.promises(i);
    if (promise.kind() != clock.kind()) continue;
    const auto place = static_cast<std::uint32_t>(i);
    const TimeMs date = date_of(promise, keeper);
    if (!clock.carried()) {
      extended->add_promises_ended(place);
    } else if (!is_of_another(promise, clock, date) && date < extended->named().named_ms()) {
      extended->add_promises_moved(place);
    }
  }
}

}  // namespace casewheel::domain
