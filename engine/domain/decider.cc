#include "engine/domain/decider.h"

#include <algorithm>
#include <string>
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

std::vector<stored::ClockState> Decider::waiting_clocks() const {
  std::vector<stored::ClockState> clocks;
  for (const stored::ClockState& clock : state_.clocks()) {
    if (!is_stopped(clock)) clocks.push_back(clock);
  }
  return clocks;
}

// At or before due is in time.
void Decider::stop_clock(const stored::ClockState& clock, TimeMs action_ms, stored::StopCause cause,
                         bool met) {
  const TimeMs due = rules_.due(clock);
  stored::Event event = begin();
  stored::ClockStopped* stop = event.mutable_clock_stopped();
  stop->set_clock(clock.clock());
  if (action_ms > due) {
    stop->set_verdict(stored::BROKEN);
    stop->set_late_by_change(clock.late_by_change());
  } else {
    stop->set_verdict(met ? stored::MET : stored::CANCELLED);
  }
  stop->set_action_ms(action_ms);
  stop->set_due_ms(due == kNever ? 0 : due);
  stop->set_cause(cause);
  if (cause == stored::CASE_ENDED) stop->set_end(state_.end_revision());
  end_promises(clock, stop);
  commit(std::move(event));
}

bool Decider::takes_back_breach() const {
  const auto is_ahead_again = [this](const stored::CarriedPromise& broken) {
    return std::any_of(state_.promises().begin(), state_.promises().end(),
                       [&](const stored::CarriedPromise& promise) {
                         return promise.kind() == broken.kind() &&
                                promise.case_id() == broken.case_id() &&
                                promise.partition() == broken.partition() &&
                                date_of(promise) >= moment_.now;
                       });
  };
  if (std::any_of(broken_before_.begin(), broken_before_.end(), is_ahead_again)) return true;
  return std::any_of(
      state_.clocks().begin(), state_.clocks().end(), [this](const stored::ClockState& clock) {
        const bool was_breached = std::find(breached_before_.begin(), breached_before_.end(),
                                            clock.clock()) != breached_before_.end();
        return was_breached && !is_stopped(clock) && !clock.breached();
      });
}

void Decider::signal(stored::ClockSignal signal, TimeMs action_ms, stored::ReplyMeans means) {
  // commit() changes the list of clocks: walk a copy.
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (!rules_.meets(clock, signal, means)) continue;
    const bool from_its_start = clock.kind() == stored::NEXT_UPDATE ||
                                clock.kind() == stored::AGREED_DATE || clock.carried();
    const bool too_early =
        clock.carried() ? !came_before(clock, action_ms) : action_ms < clock.start_ms();
    if (from_its_start && too_early) continue;
    const std::optional<TimeMs> at = from_its_start ? action_ms : met_at(clock);
    if (!at) continue;
    stop_clock(clock, *at, stored::ACTION_DONE, true);
    if (clock.kind() != stored::NEXT_UPDATE) continue;
    for (const ClockPlan& plan : rules_.plans(state_)) {
      if (plan.kind == stored::NEXT_UPDATE && is_owed(plan)) start_by(plan, action_ms, false);
    }
  }
  keep_promises({stored::CASES_MERGED, "promised before"});  // what was done before they came
}

std::vector<stored::ClockState> Decider::left_owed_by_closing(TimeMs closed_ms) const {
  std::vector<stored::ClockState> left;
  for (stored::ClockState& clock : waiting_clocks()) {
    const bool met = rules_.meets(clock, stored::CASE_WAS_CLOSED, stored::MEANS_UNSPECIFIED);
    // Late or not, a promised answer is not left out in silence.
    const bool answer_owed = clock.kind() == stored::REPLY;
    if (!met && (answer_owed || closed_ms <= rules_.due(clock))) left.push_back(std::move(clock));
  }
  return left;
}

void Decider::close_clocks(TimeMs closed_ms) {
  for (const stored::ClockState& clock : waiting_clocks()) {
    const bool met = rules_.meets(clock, stored::CASE_WAS_CLOSED, stored::MEANS_UNSPECIFIED);
    stop_clock(clock, closed_ms, stored::CASE_ENDED, met);
  }
}

void Decider::end_clocks(TimeMs end_ms) {
  for (const stored::ClockState& clock : waiting_clocks())
    stop_clock(clock, end_ms, stored::CASE_ENDED, false);
}

void Decider::end_agreed_date() {
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (clock.kind() == stored::AGREED_DATE)
      stop_clock(clock, command_.received_ms, stored::DATE_REPLACED, false);
  }
}

void Decider::relay(bool all) {
  const std::uint64_t edition = rules_.rules_edition();
  bool waits = false;
  bool policies = false;
  for (const stored::ClockState& clock : state_.clocks()) {
    if (is_stopped(clock)) continue;
    waits |= !clock.carried();
    policies |= !clock.carried() && rules_.policies_moved_since(clock.rules_edition());
  }
  // A case without a clock cannot tell under which policies it stands.
  const bool derives = policies || !waits;
  if (derives) {
    derive_clocks(
        {stored::POLICY_CHANGED, "catalogue version " + std::to_string(rules_.version())});
  }
  for (const stored::ClockState& clock : waiting_clocks()) {
    if (derives && !clock.carried())
      continue;  // done above: no policy of the case says it of others
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

stored::LatenessCause Decider::cause_of(const stored::ClockState& clock, TimeMs instant) const {
  if (clock.late_by_change() && instant < clock.laid_ms()) return stored::LATE_BY_CHANGE;
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
// the kind, so that a case has never more of them than the ladders it had have steps.
std::uint32_t Decider::escalation_number(const stored::ClockState& clock,
                                         std::uint32_t step) const {
  for (const stored::EscalationState& known : state_.escalations()) {
    if (known.acknowledged_ms() == 0 && known.clock_kind() == clock.kind() &&
        known.ladder() == clock.ladder() && known.step() == step)
      return known.escalation();
  }
  return std::max(state_.escalations_numbered() + 1, moment_.names_from);
}

// Fires the earliest thing the clock owes at this moment: its next step, or the record that due has
// passed, whichever comes first. At the same instant the breach is recorded before the step. At due the
// clock is still in time.
bool Decider::fire_next(const stored::ClockState& clock) {
  const TimeMs now = moment_.now;
  const TimeMs due = rules_.due(clock);
  const bool breach = !clock.breached() && due < now;
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
