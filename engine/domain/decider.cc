#include "engine/domain/decider.h"

#include <algorithm>
#include <string>
#include <vector>

namespace casewheel::domain {

namespace {

// For what the case waits; unspecified when it does not.
stored::PauseReason waits_for(const stored::CaseState& state) {
  if (state.status() == stored::AWAITING_DOCUMENTS) return stored::AWAITING_APPLICANT_DOCUMENTS;
  if (state.status() == stored::SUSPENDED) return state.suspended_for();
  return stored::PAUSE_REASON_UNSPECIFIED;
}

}  // namespace

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
  event.set_stated_ms(stated_ms_);
  return event;
}

stored::Event Decider::begin_own() {
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  return event;
}

std::uint32_t Decider::next_revision() const {
  return std::max(state_.revision() + 1, moment_.names_from);
}

void Decider::commit(stored::Event event) {
  event.set_case_id(state_.case_id());
  event.set_revision(next_revision());
  apply(state_, event, 0, moment_.now);
  events_.push_back(std::move(event));
}

void Decider::start_clock(const ClockPlan& plan, TimeMs start_ms, TimeMs agreed_ms) {
  std::uint32_t number = std::max(1U, moment_.names_from);
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
  rules_.lay(draft, state_);

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
  started->set_calendar(draft.calendar());
  started->set_county(draft.county());
  started->set_rules_edition(draft.rules_edition());
  started->set_laid_ms(moment_.now);
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

std::vector<stored::ClockState> Decider::waiting_clocks() const {
  std::vector<stored::ClockState> clocks;
  for (const stored::ClockState& clock : state_.clocks()) {
    if (!is_stopped(clock)) clocks.push_back(clock);
  }
  return clocks;
}

void Decider::signal(stored::ClockSignal signal, TimeMs action_ms, stored::ReplyMeans means) {
  bool update_told = false;
  // commit() changes the list of clocks: walk a copy.
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (!rules_.meets(clock, signal, means)) continue;
    const TimeMs due = rules_.due(clock);
    stop_clock(clock.clock(), action_ms < due ? stored::MET : stored::BROKEN, action_ms, due);
    update_told |= clock.kind() == stored::NEXT_UPDATE;
  }
  if (update_told && signal != stored::CASE_WAS_CLOSED) {
    start_clocks(action_ms, [](stored::ClockKind kind) { return kind == stored::NEXT_UPDATE; });
    pause_if_waiting(action_ms);
  }
}

void Decider::end_clock(const stored::ClockState& clock, TimeMs end_ms) {
  const TimeMs due = rules_.due(clock);
  stop_clock(clock.clock(), end_ms < due ? stored::CANCELLED : stored::BROKEN, end_ms, due);
}

void Decider::end_clocks(TimeMs end_ms) {
  for (const stored::ClockState& clock : waiting_clocks()) end_clock(clock, end_ms);
}

void Decider::pause_clock(const stored::ClockState& clock, stored::PauseReason reason,
                          TimeMs at_ms) {
  stored::Event event = begin();
  event.mutable_clock_paused()->set_clock(clock.clock());
  event.mutable_clock_paused()->set_from_ms(at_ms);
  event.mutable_clock_paused()->set_reason(reason);
  event.mutable_clock_paused()->set_takes_back_breach(clock.breached() &&
                                                      at_ms < rules_.due(clock));
  commit(std::move(event));
}

void Decider::resume_clock(const stored::ClockState& clock, TimeMs at_ms) {
  stored::Event event = begin();
  event.mutable_clock_resumed()->set_clock(clock.clock());
  event.mutable_clock_resumed()->set_to_ms(std::max(at_ms, clock.pauses().rbegin()->from_ms()));
  event.mutable_clock_resumed()->set_laid_ms(moment_.now);
  commit(std::move(event));
}

void Decider::pause_clocks(stored::PauseReason reason, TimeMs at_ms) {
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (clock.status() == stored::RUNNING && rules_.pauses_for(clock, reason))
      pause_clock(clock, reason, at_ms);
  }
}

void Decider::pause_if_waiting(TimeMs at_ms) {
  if (const stored::PauseReason reason = waits_for(state_)) pause_clocks(reason, at_ms);
}

void Decider::resume_clocks(TimeMs at_ms) {
  relay(true);  // what they are moved on to is judged by the calendars of today
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (clock.status() == stored::PAUSED) resume_clock(clock, at_ms);
  }
}

void Decider::move_clock(const stored::ClockState& clock, const stored::ClockState& moved,
                         const MoveReason& why) {
  const TimeMs before = rules_.due(clock);
  const TimeMs after = rules_.due(moved);
  const bool same_ladder =
      clock.policy() == moved.policy() && clock.catalogue_version() == moved.catalogue_version();
  const bool asked = why.cause == stored::CASE_CHANGED || why.cause == stored::CASES_MERGED;
  stored::Event event = asked ? begin() : begin_own();
  stored::ClockMoved& e = *event.mutable_clock_moved();
  e.set_clock(clock.clock());
  e.set_cause(why.cause);
  e.set_reference(why.reference);
  if (moved.has_allowance()) *e.mutable_allowance() = moved.allowance();
  e.set_policy(moved.policy());
  e.set_catalogue_version(moved.catalogue_version());
  e.set_calendar(moved.calendar());
  e.set_county(moved.county());
  e.set_rules_edition(moved.rules_edition());
  e.set_due_before_ms(before == kNever ? 0 : before);
  e.set_due_after_ms(after == kNever ? 0 : after);
  const bool breached = clock.breached() && after <= moment_.now;
  e.set_breached(breached);
  e.set_promised_ms(moved.promised_ms());
  e.set_promised_at_ms(moved.promised_at_ms());
  if (same_ladder && (after == before || (after <= moment_.now && !breached))) {
    e.set_next_step(clock.next_step());
    e.set_next_repetition(clock.next_repetition());
  } else {
    // Steps that lie before now spoke of the earlier date; but a breach nobody was told of is told.
    const bool told = breached || after > moment_.now;
    e.set_next_step(rules_.first_step(moved, moment_.now, told));
  }
  commit(std::move(event));
}

void Decider::relay(bool all) {
  const std::uint64_t edition = rules_.rules_edition();
  bool stale = false;
  bool policies = false;
  for (const stored::ClockState& clock : state_.clocks()) {
    if (is_stopped(clock) || clock.rules_edition() >= edition) continue;
    stale = true;
    policies |= !clock.carried() && rules_.policies_moved_since(clock.rules_edition());
  }
  if (!stale) return;
  if (policies) {
    replan({stored::POLICY_CHANGED, "catalogue version " + std::to_string(rules_.version())});
    return;
  }
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (clock.rules_edition() >= edition || clock.calendar().empty()) continue;
    const MoveReason why = rules_.why_moved(clock);
    if (why.cause == stored::MOVE_CAUSE_UNSPECIFIED) continue;  // nothing it counts by has changed
    // By its own calendar, also where a catalogue for new cases has given the unit another one.
    stored::ClockState moved = clock;
    moved.set_rules_edition(edition);
    const bool differs = rules_.due(moved) != rules_.due(clock) ||
                         rules_.next_step_instant(moved) != rules_.next_step_instant(clock) ||
                         rules_.provisional(moved) != rules_.provisional(clock);
    if (all || differs) move_clock(clock, moved, why);
  }
}

void Decider::replan(const MoveReason& why) {
  const std::vector<ClockPlan> plans = rules_.plans(state_);
  const auto plan_of = [&plans](stored::ClockKind kind) -> const ClockPlan* {
    for (const ClockPlan& plan : plans) {
      if (plan.kind == kind) return &plan;
    }
    return nullptr;
  };
  for (const stored::ClockState& clock : waiting_clocks()) {
    const ClockPlan* plan = plan_of(clock.kind());
    if (clock.carried()) continue;  // it follows no policy of this case
    if (plan == nullptr && clock.kind() != stored::AGREED_DATE) {
      const TimeMs due = rules_.due(clock);
      const TimeMs at = why.cause == stored::CASE_CHANGED ? command_.received_ms : moment_.now;
      stop_clock(clock.clock(), at < due ? stored::CANCELLED : stored::BROKEN, at, due);
      continue;
    }
    stored::ClockState moved = clock;
    moved.set_policy(plan == nullptr ? "" : plan->policy);
    moved.set_catalogue_version(rules_.version());
    if (plan != nullptr && clock.kind() != stored::AGREED_DATE)
      *moved.mutable_allowance() = plan->allowance;
    rules_.lay(moved, state_);
    move_clock(clock, moved, why);
  }
  start_clocks(state_.received_ms(), [this](stored::ClockKind kind) {
    if (starts_on(kind) != StartsOn::kLodge) return false;
    return std::none_of(state_.clocks().begin(), state_.clocks().end(),
                        [kind](const stored::ClockState& clock) { return clock.kind() == kind; });
  });
  // Another policy may pause for other reasons.
  const stored::PauseReason reason = waits_for(state_);
  for (const stored::ClockState& clock : waiting_clocks()) {
    const bool pauses =
        reason != stored::PAUSE_REASON_UNSPECIFIED && rules_.pauses_for(clock, reason);
    if (clock.status() == stored::PAUSED && !pauses) resume_clock(clock, moment_.now);
    if (clock.status() == stored::RUNNING && pauses) pause_clock(clock, reason, moment_.now);
  }
  keep_promises({stored::CASES_MERGED, "promised before"});
}

void Decider::relay_for_unit() {
  for (const stored::ClockState& clock : waiting_clocks()) {
    stored::ClockState moved = clock;
    rules_.lay(moved, state_);
    if (moved.calendar() != clock.calendar())
      move_clock(clock, moved, {stored::CASE_CHANGED, "unit " + state_.unit()});
  }
}

stored::LatenessCause Decider::cause_of(const stored::ClockState& clock, TimeMs instant) const {
  if (moment_.now - instant <= kOnTimeWithinMs) return stored::ON_TIME;
  if (instant < state_.lodged_ms()) return stored::LATE_ENTRY;
  if (instant < clock.laid_ms()) return stored::DATE_MOVED;
  if (instant < moment_.running_since)
    return moment_.restored ? stored::RESTORED : stored::ENGINE_DOWN;
  if (moment_.held_until != 0 && instant >= moment_.held_from && instant <= moment_.held_until) {
    return moment_.held_cause;
  }
  return stored::OVERLOAD;
}

// Repeats of a step that nobody has acknowledged are one escalation: also those of an earlier clock of
// the kind, so that a case has never more of them than its policies have steps.
std::uint32_t Decider::escalation_number(const stored::ClockState& clock,
                                         std::uint32_t step) const {
  for (const stored::EscalationState& known : state_.escalations()) {
    if (known.acknowledged_ms() == 0 && known.clock_kind() == clock.kind() && known.step() == step)
      return known.escalation();
  }
  return std::max(state_.escalations_numbered() + 1, moment_.names_from);
}

// Fires the earliest thing the clock owes at this moment: its next step, or the record that due has
// passed, whichever comes first. At the same instant the breach is recorded before the step.
bool Decider::fire_next(const stored::ClockState& clock) {
  const TimeMs now = moment_.now;
  const TimeMs due = rules_.due(clock);
  const bool breach = !clock.breached() && due <= now;
  const std::optional<DueStep> step = rules_.step_due(clock, now);
  if (breach && (!step || due <= step->instant)) {
    stored::Event event = begin_own();
    stored::ClockBreached* breached = event.mutable_clock_breached();
    breached->set_clock(clock.clock());
    breached->set_due_ms(due);
    breached->set_fired_ms(now);
    breached->set_cause(cause_of(clock, due));
    commit(std::move(event));
    return true;
  }
  if (!step) return false;
  stored::Event event = begin_own();
  if (!rules_.applies(state_, clock, *step, now)) {
    stored::StepPassedOver* passed = event.mutable_step_passed_over();
    passed->set_clock(clock.clock());
    passed->set_step(step->step);
    passed->set_due_ms(step->instant);
    passed->set_next_step(step->next_step);
    passed->set_next_repetition(step->next_repetition);
    commit(std::move(event));
    return true;
  }
  stored::StepFired* fired = event.mutable_step_fired();
  fired->set_clock(clock.clock());
  fired->set_step(step->step);
  fired->set_repetition(step->repetition);
  fired->set_skipped(step->skipped);
  fired->set_level(step->level);
  fired->set_due_ms(step->instant);
  fired->set_fired_ms(now);
  fired->set_cause(cause_of(clock, step->instant));
  Audience audience = rules_.audience(state_, clock, *step, now);
  for (std::string& staff : audience.staff) fired->add_recipients(std::move(staff));
  for (stored::PassedPost& post : audience.passed) *fired->add_passed_posts() = std::move(post);
  fired->set_tells_applicant(audience.tells_applicant);
  fired->set_notify_ms(rules_.told_at(*step, now));
  fired->set_escalation(escalation_number(clock, step->step));
  fired->set_next_step(step->next_step);
  fired->set_next_repetition(step->next_repetition);
  commit(std::move(event));
  return true;
}

void Decider::fire_due() {
  for (const stored::ClockState& clock : waiting_clocks()) {
    for (bool fired = true; fired;) {
      const auto now = std::find_if(
          state_.clocks().begin(), state_.clocks().end(),
          [&clock](const stored::ClockState& one) { return one.clock() == clock.clock(); });
      fired = fire_next(stored::ClockState(*now));
    }
  }
}

}  // namespace casewheel::domain
