// From the facts of a case and the policy that holds now to its clocks: README.md says by which rules.
// A change that is undone leaves what was before, since nothing but facts is remembered: of a clock that
// has left a policy or a date, only what was told of it.
#include <algorithm>
#include <vector>

#include "engine/domain/decider.h"

namespace casewheel::domain {
namespace {

const ClockPlan* plan_of(const std::vector<ClockPlan>& plans, stored::ClockKind kind) {
  for (const ClockPlan& plan : plans) {
    if (plan.kind == kind) return &plan;
  }
  return nullptr;
}

// Before it is laid, a clock is asked by policy, kind and version alone.
stored::ClockState draft_of(const ClockPlan& plan) {
  stored::ClockState draft;
  draft.set_kind(plan.kind);
  draft.set_policy(plan.policy);
  draft.set_catalogue_version(plan.catalogue_version);
  return draft;
}

bool is_same(const stored::ClockState& clock, stored::ClockState other) {
  other.set_rules_edition(clock.rules_edition());
  return clock.SerializeAsString() == other.SerializeAsString();
}

bool is_by_request(const MoveReason& why) {
  return why.cause == stored::CASE_CHANGED || why.cause == stored::CASE_REOPENED ||
         why.cause == stored::CASES_MERGED;
}

const stored::LadderPlace* place_of(const stored::ClockState& clock, std::uint64_t ladder,
                                    TimeMs due) {
  for (const stored::LadderPlace& place : clock.places()) {
    if (place.ladder() == ladder && place.due_ms() == (due == kNever ? 0 : due)) return &place;
  }
  return nullptr;
}

}  // namespace

bool lasts(const google::protobuf::RepeatedPtrField<stored::PauseInterval>& pauses) {
  return !pauses.empty() && pauses.rbegin()->to_ms() == 0;
}

bool Decider::is_owed(const ClockPlan& plan) const {
  switch (starts_on(plan.kind)) {
    case StartsOn::kAgreement:
      return false;
    case StartsOn::kReopening:
      return state_.reopened_ms() != 0;
    case StartsOn::kLodge:
      break;
  }
  return state_.reopened_ms() == 0 || plan.starts_on_reopening;
}

bool Decider::of_earlier_reopening(const stored::ClockState& clock) const {
  return state_.reopened_ms() != 0 && clock.clock() <= state_.reopened_after_clock();
}

Decider::Pauses Decider::pauses_of(const stored::ClockState& clock) const {
  Pauses pauses;
  const bool promised = clock.promised_ms() != 0;
  const TimeMs counted_from =
      promised ? std::min(clock.start_ms(), clock.promised_at_ms()) : clock.start_ms();
  for (const stored::PauseInterval& pause : state_.pauses()) {
    const TimeMs from = std::max(pause.from_ms(), counted_from);
    const bool is_none = pause.to_ms() != 0 && pause.to_ms() <= from;
    if (is_none || !rules_.pauses_for(clock, pause.reason())) continue;
    stored::PauseInterval& taken = *pauses.Add();
    taken = pause;
    taken.set_from_ms(from);
  }
  return pauses;
}

TimeMs Decider::start_of(const ClockPlan& plan, TimeMs change_ms, TimeMs* counted_since) const {
  TimeMs start = state_.reopened_ms() != 0 ? state_.reopened_ms() : state_.received_ms();
  if (plan.counts_from_change) {
    TimeMs since = change_ms;
    const std::string allowance = plan.allowance.SerializeAsString();
    for (const stored::CountedSince& known : state_.counted_since()) {
      if (known.kind() == plan.kind && known.allowance().SerializeAsString() == allowance)
        since = known.since_ms();
    }
    *counted_since = start = std::max(start, since);
  }
  if (plan.kind != stored::NEXT_UPDATE) return start;
  const stored::ClockState draft = draft_of(plan);
  for (const stored::GivenSignal& given : state_.signals()) {
    if (rules_.meets(draft, given.signal(), given.means()))
      start = std::max(start, given.last_ms());
  }
  return start;
}

stored::ClockState Decider::laid(stored::ClockState clock, const ClockPlan* plan, TimeMs change_ms,
                                 TimeMs* counted_since) const {
  clock.set_policy(plan == nullptr ? "" : plan->policy);
  clock.set_catalogue_version(plan == nullptr ? rules_.version() : plan->catalogue_version);
  if (plan != nullptr && clock.kind() != stored::AGREED_DATE) {
    *clock.mutable_allowance() = plan->allowance;
    clock.set_start_ms(start_of(*plan, change_ms, counted_since));
    clock.clear_named();
    // What was granted to a clock of the same kind holds, whatever its policy was then.
    const TimeMs from =
        clock.kind() == stored::NEXT_UPDATE ? clock.start_ms() : state_.reopened_ms();
    for (const stored::NamedDate& granted : state_.granted()) {
      if (granted.kind() == clock.kind() && granted.since_ms() >= from)
        *clock.mutable_named() = granted;
    }
  }
  rules_.lay(clock, state_);
  clock.set_ladder(rules_.ladder(clock));
  if (clock.clock() != 0) {
    lay_promise(clock);
  } else {
    *clock.mutable_pauses() = pauses_of(clock);
    clock.set_status(lasts(clock.pauses()) ? stored::PAUSED : stored::RUNNING);
  }
  return clock;
}

std::optional<TimeMs> Decider::met_at(const stored::ClockState& clock) const {
  const bool again = state_.reopened_ms() != 0 && !of_earlier_reopening(clock);
  for (const stored::GivenSignal& given : state_.signals()) {
    if (!rules_.meets(clock, given.signal(), given.means())) continue;
    std::optional<TimeMs> at = again ? given.first_again_ms() : given.first_ms();
    if (clock.kind() == stored::AGREED_DATE) at = given.first_agreed_ms();
    if (at && *at != 0) return at;
  }
  return std::nullopt;
}

void Decider::meet_by_signals_given(std::uint32_t number) {
  const stored::ClockState clock = clock_of(state_, number);
  if (is_stopped(clock) || clock.kind() == stored::NEXT_UPDATE) return;
  if (const std::optional<TimeMs> at = met_at(clock))
    stop_clock(clock, *at, stored::ACTION_DONE, true);
}

Decider::Standing Decider::standing_after(const stored::ClockState& clock,
                                          const stored::ClockState& moved, bool by_change) const {
  const TimeMs before = rules_.due(clock);
  const TimeMs after = rules_.due(moved);
  const bool late = after < moment_.now;
  const bool same_ladder = clock.ladder() == moved.ladder();
  Standing standing{clock.next_step(), clock.next_repetition(), clock.breached(),
                    clock.late_by_change()};
  if (same_ladder && after == before) {
    // Set aside in time, and its date passed while nobody owed it.
    if (late && by_change && clock.status() == stored::CANCELLED) standing.late_by_change = true;
    return standing;
  }
  const stored::LadderPlace* place = place_of(clock, moved.ladder(), after);
  const bool was_told = place != nullptr && place->breached();
  const bool was_owed = clock.status() != stored::CANCELLED;
  const bool staff_was_late =
      !clock.late_by_change() && (clock.breached() || (was_owed && before < moment_.now));
  standing.breached = late && (clock.breached() || was_told);
  standing.late_by_change =
      late && (was_told ? place->late_by_change() : by_change && !staff_was_late);
  if (same_ladder && place == nullptr && !standing.breached && (late || after == kNever) &&
      !clock.breached())
    return standing;  // nothing after due was told yet: the ladder goes on where it stands
  // Steps that lie before now spoke of the earlier date; but a breach nobody was told of is told.
  const bool goes_on = place != nullptr && (was_told || after == kNever);
  const LadderCursor fresh =
      goes_on ? LadderCursor() : rules_.first_step(moved, moment_.now, standing.breached || !late);
  const LadderCursor told = place == nullptr
                                ? LadderCursor()
                                : LadderCursor{place->next_step(), place->next_repetition()};
  const LadderCursor from = std::max(fresh, told);
  standing.step = from.step;
  standing.repetition = from.repetition;
  return standing;
}

void Decider::start_clock(const stored::ClockState& draft, TimeMs counted_since, bool by_change) {
  stored::Event event = begin();
  stored::ClockStarted& started = *event.mutable_clock_started();
  std::uint32_t number = std::max(state_.reopened_after_clock() + 1, moment_.names_from);
  for (const stored::ClockState& clock : state_.clocks())
    number = std::max(number, clock.clock() + 1);
  started.set_clock(number);
  started.set_kind(draft.kind());
  started.set_start_ms(draft.start_ms());
  if (draft.has_allowance()) *started.mutable_allowance() = draft.allowance();
  started.set_agreed_ms(draft.agreed_ms());
  started.set_policy(draft.policy());
  started.set_catalogue_version(draft.catalogue_version());
  const LadderCursor first = rules_.first_step(draft, moment_.now, draft.breached());
  started.set_first_step(first.step);
  if (draft.breached()) started.set_first_repetition(first.repetition);
  started.set_calendar(draft.calendar());
  started.set_county(draft.county());
  started.set_rules_edition(draft.rules_edition());
  started.set_laid_ms(moment_.now);
  started.set_ladder(draft.ladder());
  *started.mutable_pauses() = draft.pauses();
  started.set_paused(draft.status() == stored::PAUSED);
  if (draft.has_named()) *started.mutable_named() = draft.named();
  started.set_late_by_change(by_change && rules_.due(draft) < moment_.now);
  started.set_counted_since_ms(counted_since);
  if (draft.carried()) {
    started.set_promised_ms(draft.promised_ms());
    started.set_promised_at_ms(draft.promised_at_ms());
    started.set_breached(draft.breached());
  }
  commit(std::move(event));
  // Done before it came here, an action was not done for the people it is promised to.
  if (!draft.carried()) meet_by_signals_given(number);
}

void Decider::start_by(const ClockPlan& plan, TimeMs change_ms, bool by_change) {
  TimeMs counted_since = 0;
  const stored::ClockState draft = laid(draft_of(plan), &plan, change_ms, &counted_since);
  start_clock(draft, counted_since, by_change);
}

void Decider::start_agreed_date(TimeMs agreed_ms) {
  const std::vector<ClockPlan> plans = rules_.plans(state_);
  stored::ClockState draft;
  draft.set_kind(stored::AGREED_DATE);
  draft.set_start_ms(command_.received_ms);
  draft.set_agreed_ms(agreed_ms);
  TimeMs counted_since = 0;
  draft = laid(std::move(draft), plan_of(plans, stored::AGREED_DATE), 0, &counted_since);
  start_clock(with_named_date(draft, agreed_ms), 0, false);
}

stored::ClockState Decider::with_named_date(const stored::ClockState& clock,
                                            TimeMs named_ms) const {
  stored::ClockState moved = clock;
  if (clock.carried()) {  // for as long as somebody of a merged case waits for it
    moved.set_promised_ms(named_ms);
    moved.set_promised_at_ms(moment_.now);
  } else {  // one that came with a duplicate is given up for the new one
    moved.clear_promised_ms();
    moved.clear_promised_at_ms();
  }
  stored::NamedDate& named = *moved.mutable_named();
  named.Clear();
  named.set_kind(clock.kind());
  named.set_named_ms(named_ms);
  named.set_since_ms(command_.received_ms);
  named.set_rules_edition(rules_.rules_edition());
  rules_.lay(moved, state_);
  return moved;
}

void Decider::fill_move(stored::ClockMoved& e, const stored::ClockState& clock,
                        const stored::ClockState& moved, const MoveReason& why,
                        TimeMs counted_since) const {
  const TimeMs before = rules_.due(clock);
  const TimeMs after = rules_.due(moved);
  const Standing standing = standing_after(clock, moved, why.cause != stored::CASE_REOPENED);
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
  e.set_next_step(standing.step);
  e.set_next_repetition(standing.repetition);
  e.set_breached(standing.breached);
  e.set_late_by_change(standing.late_by_change);
  e.set_start_ms(moved.start_ms());
  e.set_ladder(moved.ladder());
  *e.mutable_pauses() = moved.pauses();
  e.set_paused(moved.status() == stored::PAUSED);
  if (moved.has_named()) *e.mutable_named() = moved.named();
  e.set_counted_since_ms(counted_since);
  e.set_promised_ms(moved.promised_ms());
  e.set_promised_at_ms(moved.promised_at_ms());
}

void Decider::excuse(const stored::ClockState& clock, const stored::ClockMoved& laid,
                     const MoveReason& why) {
  if (!is_by_request(why) && clock.breached() && !laid.breached())
    std::erase(breached_before_, clock.clock());
}

void Decider::move_clock(const stored::ClockState& clock, const stored::ClockState& moved,
                         const MoveReason& why, TimeMs counted_since) {
  const bool by_request = is_by_request(why);
  stored::Event event = by_request ? begin() : begin_own();
  fill_move(*event.mutable_clock_moved(), clock, moved, why, counted_since);
  excuse(clock, event.clock_moved(), why);
  commit(std::move(event));
}

void Decider::restore_clock(const stored::ClockState& clock, const stored::ClockState& next,
                            const MoveReason& why, TimeMs counted_since) {
  const bool by_request = is_by_request(why);
  stored::Event event = by_request ? begin() : begin_own();
  stored::ClockRestored& restored = *event.mutable_clock_restored();
  fill_move(*restored.mutable_laid(), clock, next, why, counted_since);
  excuse(clock, restored.laid(), why);
  restored.set_verdict(clock.status());
  restored.set_late_by_change(clock.status() == stored::BROKEN && clock.late_by_change());
  restored.set_cause(clock.stop_cause());
  commit(std::move(event));
}

void Decider::derive_clocks(const MoveReason& why) {
  const bool by_change = why.cause != stored::CASE_REOPENED;
  const TimeMs change = why.cause == stored::CASE_CHANGED ? command_.received_ms : moment_.now;
  const std::vector<ClockPlan> plans = rules_.plans(state_);
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (clock.carried()) continue;  // it follows no policy of this case
    const bool waits = !is_stopped(clock);
    const bool set_aside =
        clock.stop_cause() == stored::NOT_OF_POLICY && !of_earlier_reopening(clock);
    if (!waits && !set_aside) continue;
    const ClockPlan* plan = plan_of(plans, clock.kind());
    if (clock.kind() != stored::AGREED_DATE && (plan == nullptr || !is_owed(*plan))) {
      if (waits) stop_clock(clock, change, stored::NOT_OF_POLICY, false);
      continue;
    }
    TimeMs since = 0;
    stored::ClockState next = laid(clock, plan, change, &since);
    // One that is met at once takes no promise over.
    const bool is_met = clock.kind() != stored::NEXT_UPDATE && met_at(next).has_value();
    if (!waits && !is_met) {
      give_way(clock.kind());
      next = laid(clock, plan, change, &since);
    }
    if (!waits) {
      restore_clock(clock, next, why, since);
    } else if (!is_same(clock, next) || rules_.policies_moved_since(clock.rules_edition()) ||
               rules_.due(clock) != rules_.due(next)) {
      move_clock(clock, next, why, since);
    }
    meet_by_signals_given(clock.clock());
  }
  start_owed(change, by_change);
  keep_promises({stored::CASES_MERGED, "promised before"});
}

void Decider::start_owed(TimeMs change_ms, bool by_change) {
  for (const ClockPlan& plan : rules_.plans(state_)) {
    if (!is_owed(plan)) continue;
    // A clock that keeps a promise to others is none of the case's own.
    const bool has_own = std::any_of(state_.clocks().begin(), state_.clocks().end(),
                                     [&](const stored::ClockState& clock) {
                                       return clock.kind() == plan.kind && !clock.carried() &&
                                              (!is_stopped(clock) || !of_earlier_reopening(clock));
                                     });
    if (!has_own) start_by(plan, change_ms, by_change);
  }
}

void Decider::restore_ended() {
  const MoveReason why{stored::CASE_REOPENED, "its end was undone"};
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (clock.stop_cause() != stored::CASE_ENDED || clock.stop_end() != state_.end_revision())
      continue;
    stored::ClockState next = clock;
    lay_promise(next);
    // Nobody waits for it any more.
    if (clock.carried() && next.promised_ms() == 0) continue;
    restore_clock(clock, next, why);
  }
  relay(true);  // what changed meanwhile is no reopening's doing
  derive_clocks(why);
}

void Decider::restore_agreed_date() {
  const std::vector<stored::ClockState> clocks(state_.clocks().begin(), state_.clocks().end());
  for (const stored::ClockState& clock : clocks) {
    if (clock.kind() != stored::AGREED_DATE || clock.stop_cause() != stored::CASE_ENDED ||
        clock.stop_end() != state_.end_revision() || clock.carried())
      continue;
    stored::ClockState next = clock;
    next.clear_promised_ms();  // what was promised to others ended with the case
    next.clear_promised_at_ms();
    *next.mutable_pauses() = pauses_of(clock);
    next.set_status(stored::RUNNING);
    if (rules_.due(next) <= command_.received_ms) continue;
    restore_clock(clock, next, {stored::CASE_REOPENED, "the date agreed on is still to come"});
  }
}

void Decider::pauses_changed() {
  relay(true);  // what they are moved on to is judged by the calendars of today
  for (const stored::ClockState& clock : waiting_clocks()) {
    const Pauses pauses = pauses_of(clock);
    const bool was_paused = clock.status() == stored::PAUSED;
    if (!was_paused && lasts(pauses)) pause_clock(clock, *pauses.rbegin());
    if (was_paused && !lasts(pauses)) resume_clock(clock, pauses);
  }
  keep_promises({stored::CASES_MERGED, "promised before"});  // a pause may be told afterwards
}

void Decider::pause_clock(const stored::ClockState& clock, const stored::PauseInterval& pause) {
  stored::Event event = begin();
  stored::ClockPaused& paused = *event.mutable_clock_paused();
  paused.set_clock(clock.clock());
  paused.set_from_ms(pause.from_ms());
  paused.set_reason(pause.reason());
  const TimeMs due = rules_.due(clock);
  stored::ClockState waiting = clock;
  *waiting.add_pauses() = pause;
  paused.set_takes_back_breach(clock.breached() && rules_.due(waiting) != due);
  if (paused.takes_back_breach()) paused.set_due_before_ms(due);
  commit(std::move(event));
}

void Decider::resume_clock(const stored::ClockState& clock, const Pauses& pauses) {
  stored::ClockState resumed = clock;
  *resumed.mutable_pauses() = pauses;
  resumed.set_status(stored::RUNNING);
  stored::Event event = begin();
  stored::ClockResumed& e = *event.mutable_clock_resumed();
  e.set_clock(clock.clock());
  const bool was_none = pauses.size() < clock.pauses_size();
  e.set_to_ms(was_none ? clock.pauses().rbegin()->from_ms() : pauses.rbegin()->to_ms());
  e.set_laid_ms(moment_.now);
  if (rules_.due(clock) == kNever) {  // else it was broken before it was paused, and keeps its date
    const TimeMs due = rules_.due(resumed);
    const bool late = due < moment_.now;
    const stored::LadderPlace* place = place_of(clock, clock.ladder(), due);
    const bool was_told = late && place != nullptr && place->breached();
    LadderCursor cursor{clock.next_step(), clock.next_repetition()};
    if (place != nullptr)
      cursor = std::max(cursor, LadderCursor{place->next_step(), place->next_repetition()});
    if (!was_told) cursor = std::max(cursor, rules_.first_step(resumed, moment_.now, !late));
    e.set_lays_ladder(true);
    e.set_next_step(cursor.step);
    e.set_next_repetition(cursor.repetition);
    e.set_breached(was_told);
    e.set_late_by_change(was_told && place->late_by_change());
  }
  commit(std::move(event));
}

}  // namespace casewheel::domain
