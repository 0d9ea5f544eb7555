// See apply_clocks.h.
#include "engine/domain/apply_clocks.h"

#include <algorithm>
#include <string>

#include "engine/base/result.h"
#include "engine/domain/apply.h"
#include "engine/domain/apply_merges.h"

namespace casewheel::domain {

stored::ClockState& clock_of(stored::CaseState& state, std::uint32_t number) {
  for (stored::ClockState& clock : *state.mutable_clocks()) {
    if (clock.clock() == number) return clock;
  }
  check_failed(__FILE__, __LINE__, "clock exists", "event names clock " + std::to_string(number));
}

void begin_pause(stored::CaseState& state, std::int64_t from_ms, stored::PauseReason reason) {
  stored::PauseInterval* pause = state.add_pauses();
  pause->set_from_ms(from_ms);
  pause->set_reason(reason);
}

void end_pause(google::protobuf::RepeatedPtrField<stored::PauseInterval>* pauses,
               std::int64_t to_ms) {
  if (pauses->empty() || pauses->rbegin()->to_ms() != 0) return;
  if (to_ms <= pauses->rbegin()->from_ms()) {
    pauses->RemoveLast();
  } else {
    pauses->rbegin()->set_to_ms(to_ms);
  }
}

void give_signal(stored::CaseState& state, stored::ClockSignal signal, std::int64_t at_ms,
                 stored::ReplyMeans means) {
  auto* signals = state.mutable_signals();
  int at = 0;
  while (at < signals->size() &&
         (signals->Get(at).signal() != signal || signals->Get(at).means() != means))
    ++at;
  if (at == signals->size()) {
    stored::GivenSignal* first = signals->Add();
    first->set_signal(signal);
    first->set_means(means);
    first->set_first_ms(at_ms);
  }
  stored::GivenSignal* given = signals->Mutable(at);
  given->set_last_ms(std::max(given->last_ms(), at_ms));
  for (const stored::ClockState& clock : state.clocks()) {
    const bool is_agreed = clock.kind() == stored::AGREED_DATE && !clock.carried();
    if (is_agreed && at_ms > clock.start_ms() && given->first_agreed_ms() == 0)
      given->set_first_agreed_ms(at_ms);
  }
  if (state.reopened_ms() == 0 || at_ms < state.reopened_ms() || given->first_again_ms() != 0)
    return;
  // In the order they were first told since then.
  given->set_first_again_ms(at_ms);
  for (; at + 1 < signals->size(); ++at) signals->SwapElements(at, at + 1);
}

namespace {

bool stopped(const stored::ClockState& clock) {
  return clock.status() == stored::MET || clock.status() == stored::BROKEN ||
         clock.status() == stored::CANCELLED;
}

void counted_since(stored::CaseState& state, const stored::ClockState& clock, std::int64_t since) {
  if (since == 0) return;
  const std::string allowance = clock.allowance().SerializeAsString();
  for (const stored::CountedSince& known : state.counted_since()) {
    if (known.kind() == clock.kind() && known.allowance().SerializeAsString() == allowance) return;
  }
  stored::CountedSince* counted = state.add_counted_since();
  counted->set_kind(clock.kind());
  *counted->mutable_allowance() = clock.allowance();
  counted->set_since_ms(since);
  // The earliest that no clock has now is forgotten.
  const auto in_use = [&state](const stored::CountedSince& one) {
    return std::any_of(
        state.clocks().begin(), state.clocks().end(), [&one](const stored::ClockState& other) {
          return other.kind() == one.kind() && !other.carried() &&
                 other.allowance().SerializeAsString() == one.allowance().SerializeAsString();
        });
  };
  auto* all = state.mutable_counted_since();
  for (int i = 0; all->size() > kCountedSinceKept && i < all->size();) {
    if (in_use(all->Get(i))) {
      ++i;
    } else {
      all->DeleteSubrange(i, 1);
    }
  }
}

// Where the ladder stands for the date the clock is about to leave (0: it is paused).
void keep_place(stored::ClockState& clock, std::int64_t due_ms) {
  auto* places = clock.mutable_places();
  for (int i = places->size() - 1; i >= 0; --i) {
    if (places->Get(i).ladder() == clock.ladder() && places->Get(i).due_ms() == due_ms)
      places->DeleteSubrange(i, 1);
  }
  if (clock.next_step() == 0 && clock.next_repetition() == 0 && !clock.breached()) return;
  stored::LadderPlace* place = places->Add();
  place->set_ladder(clock.ladder());
  place->set_due_ms(due_ms);
  place->set_next_step(clock.next_step());
  place->set_next_repetition(clock.next_repetition());
  place->set_breached(clock.breached());
  place->set_late_by_change(clock.late_by_change());
  keep_latest(places, kLadderPlacesKept);
}

// A carried clock keeps a promise that was broken with another one: a pause has moved it on.
void take_promise(stored::CaseState& state, const stored::ClockState& clock) {
  for (stored::CarriedPromise& promise : *state.mutable_promises()) {
    if (promise.kind() == clock.kind() && promise.due_ms() == clock.promised_ms() &&
        promise.since_ms() == clock.promised_at_ms())
      promise.clear_broken_clock();
  }
}

void clock_started(stored::CaseState& state, const stored::ClockStarted& e) {
  // A case shows the latest clock of each kind; earlier ones are in its history.
  auto* clocks = state.mutable_clocks();
  for (int i = clocks->size() - 1; i >= 0; --i) {
    const stored::ClockState& earlier = clocks->Get(i);
    // One of its own keeps its verdict, or comes back with its policy, whatever is promised to others.
    const bool stays = e.promised_ms() != 0 && !earlier.carried();
    if (earlier.kind() == e.kind() && stopped(earlier) && !stays) clocks->DeleteSubrange(i, 1);
  }
  stored::ClockState* clock = clocks->Add();
  clock->set_clock(e.clock());
  clock->set_kind(e.kind());
  clock->set_status(stored::RUNNING);
  clock->set_start_ms(e.start_ms());
  if (e.has_allowance()) *clock->mutable_allowance() = e.allowance();
  clock->set_agreed_ms(e.agreed_ms());
  clock->set_policy(e.policy());
  clock->set_catalogue_version(e.catalogue_version());
  clock->set_next_step(e.first_step());
  clock->set_calendar(e.calendar());
  clock->set_county(e.county());
  clock->set_rules_edition(e.rules_edition());
  clock->set_laid_ms(e.laid_ms());
  clock->set_ladder(e.ladder());
  *clock->mutable_pauses() = e.pauses();
  if (e.paused()) clock->set_status(stored::PAUSED);
  if (e.has_named()) *clock->mutable_named() = e.named();
  clock->set_late_by_change(e.late_by_change());
  counted_since(state, *clock, e.counted_since_ms());
  if (e.promised_ms() == 0) {
    if (e.kind() != stored::AGREED_DATE) return;
    for (stored::GivenSignal& given : *state.mutable_signals()) given.clear_first_agreed_ms();
    return;
  }
  clock->set_carried(true);
  clock->set_promised_ms(e.promised_ms());
  clock->set_promised_at_ms(e.promised_at_ms());
  clock->set_breached(e.breached());
  clock->set_next_repetition(e.first_repetition());
  take_promise(state, *clock);
}

void clock_moved(stored::CaseState& state, const stored::ClockMoved& e, std::int64_t now_ms) {
  stored::ClockState& clock = clock_of(state, e.clock());
  keep_place(clock, e.due_before_ms());
  clock.set_start_ms(e.start_ms());
  clock.set_status(e.paused() ? stored::PAUSED : stored::RUNNING);
  *clock.mutable_pauses() = e.pauses();
  clock.set_ladder(e.ladder());
  clock.clear_named();
  if (e.has_named()) *clock.mutable_named() = e.named();
  clock.set_late_by_change(e.late_by_change());
  if (e.has_allowance()) *clock.mutable_allowance() = e.allowance();
  clock.set_policy(e.policy());
  clock.set_catalogue_version(e.catalogue_version());
  clock.set_calendar(e.calendar());
  clock.set_county(e.county());
  clock.set_rules_edition(e.rules_edition());
  clock.set_next_step(e.next_step());
  clock.set_next_repetition(e.next_repetition());
  clock.set_breached(e.breached());
  clock.set_laid_ms(now_ms);
  clock.set_promised_ms(e.promised_ms());
  clock.set_promised_at_ms(e.promised_at_ms());
  counted_since(state, clock, e.counted_since_ms());
  if (clock.carried()) take_promise(state, clock);
}

void clock_restored(stored::CaseState& state, const stored::ClockRestored& e, std::int64_t now_ms) {
  clock_moved(state, e.laid(), now_ms);
  stored::ClockState& clock = clock_of(state, e.laid().clock());
  clock.clear_stopped_ms();
  clock.clear_due_at_stop_ms();
  clock.clear_stop_cause();
  clock.clear_stop_end();
}

void clock_paused(stored::CaseState& state, const stored::ClockPaused& e) {
  stored::ClockState& clock = clock_of(state, e.clock());
  clock.set_status(stored::PAUSED);
  stored::PauseInterval* pause = clock.add_pauses();
  pause->set_from_ms(e.from_ms());
  pause->set_reason(e.reason());
  if (!e.takes_back_breach()) return;
  keep_place(clock, e.due_before_ms());
  clock.set_breached(false);
  clock.set_late_by_change(false);
  clock.set_next_step(0);
  clock.set_next_repetition(0);
}

void clock_resumed(stored::CaseState& state, const stored::ClockResumed& e) {
  stored::ClockState& clock = clock_of(state, e.clock());
  clock.set_status(stored::RUNNING);
  end_pause(clock.mutable_pauses(), e.to_ms());
  if (e.laid_ms() != 0) clock.set_laid_ms(e.laid_ms());
  if (!e.lays_ladder()) return;
  clock.set_next_step(e.next_step());
  clock.set_next_repetition(e.next_repetition());
  clock.set_breached(e.breached());
  clock.set_late_by_change(e.late_by_change());
}

// Null in a repaired case whose earlier events are lost.
stored::CarriedPromise* promise_at(stored::CaseState& state, std::uint32_t place) {
  const bool exists = place < static_cast<std::uint32_t>(state.promises_size());
  return exists ? state.mutable_promises(static_cast<int>(place)) : nullptr;
}

void clock_extended(stored::CaseState& state, const stored::ClockExtended& e) {
  stored::ClockState& clock = clock_of(state, e.clock());
  keep_place(clock, e.due_before_ms());
  *clock.mutable_named() = e.named();
  clock.set_calendar(e.calendar());
  clock.set_county(e.county());
  clock.set_rules_edition(e.rules_edition());
  clock.set_next_step(e.next_step());
  clock.set_next_repetition(e.next_repetition());
  clock.set_breached(false);
  clock.set_late_by_change(false);
  if (clock.carried()) {
    clock.set_promised_ms(e.named().named_ms());
    clock.set_promised_at_ms(e.laid_ms());
  } else {
    clock.clear_promised_ms();
    clock.clear_promised_at_ms();
  }
  for (const std::uint32_t place : e.promises_moved()) {
    if (stored::CarriedPromise* promise = promise_at(state, place)) {
      promise->set_due_ms(e.named().named_ms());
      promise->set_since_ms(e.laid_ms());
      promise->clear_told();
    }
  }
  drop_promises(state, e.promises_ended());
  if (e.laid_ms() != 0) clock.set_laid_ms(e.laid_ms());
  if (clock.carried()) return;  // to others, not to the case's own clock
  auto* granted = state.mutable_granted();
  for (int i = granted->size() - 1; i >= 0; --i) {
    if (granted->Get(i).kind() == e.named().kind()) granted->DeleteSubrange(i, 1);
  }
  *granted->Add() = e.named();
}

void clock_stopped(stored::CaseState& state, const stored::ClockStopped& e) {
  stored::ClockState& clock = clock_of(state, e.clock());
  clock.set_status(e.verdict());
  clock.set_stopped_ms(e.action_ms());
  clock.set_due_at_stop_ms(e.due_ms());
  clock.set_stop_cause(e.cause());
  clock.set_stop_end(e.end());
  for (const std::uint32_t place : e.promises_told()) {
    if (stored::CarriedPromise* promise = promise_at(state, place)) promise->set_told(true);
  }
  for (const std::uint32_t place : e.promises_broken()) {
    if (stored::CarriedPromise* promise = promise_at(state, place))
      promise->set_broken_clock(e.clock());
  }
  drop_promises(state, e.promises_ended());
}

}  // namespace

void apply_to_clock(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms) {
  switch (event.what_case()) {
    case stored::Event::kClockStarted:
      return clock_started(state, event.clock_started());
    case stored::Event::kClockPaused:
      return clock_paused(state, event.clock_paused());
    case stored::Event::kClockResumed:
      return clock_resumed(state, event.clock_resumed());
    case stored::Event::kClockBreached:
      return clock_of(state, event.clock_breached().clock()).set_breached(true);
    case stored::Event::kClockStopped:
      return clock_stopped(state, event.clock_stopped());
    case stored::Event::kClockExtended:
      return clock_extended(state, event.clock_extended());
    case stored::Event::kClockMoved:
      return clock_moved(state, event.clock_moved(), now_ms);
    case stored::Event::kClockRestored:
      return clock_restored(state, event.clock_restored(), now_ms);
    default:
      check_failed(__FILE__, __LINE__, "event of a clock",
                   "event kind " + std::to_string(event.what_case()));
  }
}

}  // namespace casewheel::domain
