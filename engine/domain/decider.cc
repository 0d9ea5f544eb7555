#include "engine/domain/decider.h"

#include <algorithm>
#include <vector>

namespace casewheel::domain {

bool is_stopped(const stored::ClockState& clock) {
  return clock.status() == stored::MET || clock.status() == stored::BROKEN ||
         clock.status() == stored::CANCELLED;
}

stored::Event Decider::begin() const {
  stored::Event event;
  event.mutable_actor()->set_role(command_.who.role);
  if (!command_.who.id.empty()) event.mutable_actor()->set_id(command_.who.id);
  event.set_received_ms(command_.received_ms);
  event.set_request_digest(command_.request_digest);
  event.set_body_digest(command_.body_digest);
  return event;
}

void Decider::commit(stored::Event event) {
  event.set_case_id(state_.case_id());
  event.set_revision(state_.revision() + 1);
  apply(state_, event, 0, moment_.now);
  events_.push_back(std::move(event));
}

void Decider::start_clock(const ClockPlan& plan, TimeMs start_ms, TimeMs agreed_ms) {
  std::uint32_t number = 1;
  for (const stored::ClockState& clock : state_.clocks())
    number = std::max(number, clock.clock() + 1);

  stored::ClockState draft;
  draft.set_clock(number);
  draft.set_kind(plan.kind);
  draft.set_status(stored::RUNNING);
  draft.set_start_ms(start_ms);
  if (plan.kind != stored::AGREED_DATE) *draft.mutable_allowance() = plan.allowance;
  draft.set_agreed_ms(agreed_ms);
  draft.set_policy(plan.policy);
  draft.set_catalogue_version(rules_.version());

  stored::Event event = begin();
  stored::ClockStarted* started = event.mutable_clock_started();
  started->set_clock(number);
  started->set_kind(plan.kind);
  started->set_start_ms(start_ms);
  if (draft.has_allowance()) *started->mutable_allowance() = draft.allowance();
  started->set_agreed_ms(agreed_ms);
  started->set_policy(plan.policy);
  started->set_catalogue_version(rules_.version());
  started->set_first_step(rules_.first_step(draft, moment_.now, false));
  commit(std::move(event));
}

void Decider::stop_clock(std::uint32_t number, stored::ClockStatus verdict, TimeMs action_ms,
                         TimeMs due_ms) {
  stored::Event event = begin();
  stored::ClockStopped* stop = event.mutable_clock_stopped();
  stop->set_clock(number);
  stop->set_verdict(verdict);
  stop->set_action_ms(action_ms);
  stop->set_due_ms(due_ms == kNever ? 0 : due_ms);
  commit(std::move(event));
}

void Decider::signal(Signal signal, TimeMs action_ms) {
  bool update_told = false;
  // commit() changes the list of clocks: walk a copy.
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (is_stopped(clock) || !meets(signal, clock.kind())) continue;
    const TimeMs due = rules_.due(clock);
    stop_clock(clock.clock(), action_ms < due ? stored::MET : stored::BROKEN, action_ms, due);
    update_told |= clock.kind() == stored::NEXT_UPDATE;
  }
  if (update_told && signal != Signal::kClosed) {
    start_clocks(action_ms, [](stored::ClockKind kind) { return kind == stored::NEXT_UPDATE; });
    if (state_.status() == stored::AWAITING_DOCUMENTS) pause_clocks(command_.received_ms);
  }
}

void Decider::cancel_clocks() {
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (!is_stopped(clock))
      stop_clock(clock.clock(), stored::CANCELLED, command_.received_ms, rules_.due(clock));
  }
}

void Decider::pause_clocks(TimeMs from_ms) {
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (clock.status() != stored::RUNNING || !rules_.pauses_awaiting_documents(clock)) continue;
    stored::Event event = begin();
    event.mutable_clock_paused()->set_clock(clock.clock());
    event.mutable_clock_paused()->set_from_ms(from_ms);
    commit(std::move(event));
  }
}

void Decider::resume_clocks(TimeMs to_ms) {
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (clock.status() != stored::PAUSED) continue;
    stored::Event event = begin();
    event.mutable_clock_resumed()->set_clock(clock.clock());
    event.mutable_clock_resumed()->set_to_ms(std::max(to_ms, clock.pauses().rbegin()->from_ms()));
    commit(std::move(event));
  }
}

stored::LatenessCause Decider::cause_of(TimeMs instant) const {
  if (moment_.now - instant <= kOnTimeWithinMs) return stored::ON_TIME;
  if (instant < state_.lodged_ms()) return stored::LATE_ENTRY;
  if (instant < moment_.running_since)
    return moment_.restored ? stored::RESTORED : stored::ENGINE_DOWN;
  if (moment_.held_until != 0 && instant >= moment_.held_from && instant <= moment_.held_until) {
    return moment_.held_cause;
  }
  return stored::OVERLOAD;
}

// Fires the earliest thing the clock owes at this moment: its next step, or the record that due has
// passed, whichever comes first. At the same instant the breach is recorded before the step.
bool Decider::fire_next(const stored::ClockState& clock) {
  const TimeMs now = moment_.now;
  const TimeMs due = rules_.due(clock);
  const bool breach = !clock.breached() && due <= now;
  const std::optional<DueStep> step = rules_.step_due(clock, now);
  if (breach && (!step || due <= step->instant)) {
    stored::Event event = begin();
    stored::ClockBreached* breached = event.mutable_clock_breached();
    breached->set_clock(clock.clock());
    breached->set_due_ms(due);
    breached->set_fired_ms(now);
    breached->set_cause(cause_of(due));
    commit(std::move(event));
    return true;
  }
  if (!step) return false;
  stored::Event event = begin();
  stored::StepFired* fired = event.mutable_step_fired();
  fired->set_clock(clock.clock());
  fired->set_step(step->step);
  fired->set_repetition(step->repetition);
  fired->set_skipped(step->skipped);
  fired->set_level(step->level);
  fired->set_due_ms(step->instant);
  fired->set_fired_ms(now);
  fired->set_cause(cause_of(step->instant));
  for (std::string& recipient : rules_.recipients(state_, clock, *step, now)) {
    fired->add_recipients(std::move(recipient));
  }
  const int known = state_.escalations_size();
  fired->set_escalation(known == 0 ? 1 : state_.escalations(known - 1).escalation() + 1);
  fired->set_next_step(step->next_step);
  fired->set_next_repetition(step->next_repetition);
  commit(std::move(event));
  return true;
}

void Decider::fire_due() {
  std::vector<std::uint32_t> numbers;
  for (const stored::ClockState& clock : state_.clocks()) {
    if (clock.status() == stored::RUNNING) numbers.push_back(clock.clock());
  }
  for (const std::uint32_t number : numbers) {
    for (bool fired = true; fired;) {
      fired = false;
      for (const stored::ClockState& clock : state_.clocks()) {
        if (clock.clock() != number) continue;
        const stored::ClockState copy = clock;
        fired = fire_next(copy);
        break;
      }
    }
  }
}

}  // namespace casewheel::domain
