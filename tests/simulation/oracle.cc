// See oracle.h.
#include "tests/simulation/oracle.h"

#include <algorithm>

namespace casewheel::simulation {
namespace {

constexpr DurationMs kOnTime = 1000;

}  // namespace

void note(std::string& problem, const Happening& what, const std::string& text) {
  if (problem.empty())
    problem = "entry " + std::to_string(what.seq) + ", revision " +
              std::to_string(what.event->revision()) + ": " + text;
}

Oracle::Oracle(const History& history, CaseKey key, const std::vector<Hindrance>& hindrances)
    : history_(history), key_(key), hindrances_(hindrances) {
  const std::vector<Happening>& all = history.cases.at(key);
  for (std::size_t i = 0; i < all.size(); ++i) {
    walk(all[i]);
    if (i + 1 != all.size() && all[i + 1].seq == all[i].seq) continue;
    hands_settled(all[i]);
    settled(all[i]);
  }
  if (!facts_.open) {
    for (const auto& [number, clock] : clocks_) {
      if (!clock.ended() && other.empty())
        other = "the case has ended but its clock " + std::to_string(number) + " has not";
    }
  }
}

Oracle::Clock* Oracle::find(std::uint32_t number) {
  const auto found = clocks_.find(number);
  return found == clocks_.end() ? nullptr : &found->second;
}

void Oracle::walk(const Happening& what) {
  const stored::Event& e = *what.event;
  if (e.revision() != std::max(revision_ + 1, what.names_from))
    note(other, what, "revision after " + std::to_string(revision_));
  revision_ = e.revision();
  if (e.has_personal()) note(other, what, "personal data in the clear");
  if (e.has_case_closed() && e.sealed().empty()) closed_without_a_word(what);
  hands_follow(what);
  facts_.add(what);
  promises_follow(what);
  switch (e.what_case()) {
    case stored::Event::kClockStarted:
      return started(what);
    case stored::Event::kStepFired:
      return fired(what);
    case stored::Event::kClockBreached:
      return breached(what);
    case stored::Event::kClockStopped:
      return stopped(what);
    case stored::Event::kClockExtended:
      return extended(what);
    case stored::Event::kClockPaused:
      return paused(what);
    case stored::Event::kClockResumed:
      return resumed(what);
    case stored::Event::kClockMoved:
      return moved(what);
    case stored::Event::kClockRestored:
      return restored(what);
    case stored::Event::kStepPassedOver:
      return passed_over(what);
    default:
      break;
  }
  closes_ = e.has_case_closed();
  ends_clocks_ = closes_ || e.has_case_withdrawn() || e.has_case_merged();
  // Taken up again, it waits for nothing any more.
  reopens_ = e.has_case_reopened() || e.has_case_unmerged() ||
             (reopens_ && (e.has_documents_received() || e.has_case_resumed()));
  renews_date_ = e.has_date_agreed();
  changes_case_ = e.has_case_reclassified() || e.has_case_transferred() || e.has_case_corrected();
}

void Oracle::paused(const Happening& what) {
  const stored::ClockPaused& e = what.event->clock_paused();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::RUNNING)
    return note(other, what, "pauses a clock that does not run");
  if (!pauses_for(clock->rule, e.reason())) note(other, what, "pauses a clock that does not pause");
  const TimeMs due = clock->due();
  Clock waiting = *clock;
  waiting.pauses.emplace_back(e.from_ms(), 0);
  if (e.takes_back_breach() != (clock->breached && waiting.due() != due))
    note(other, what, "takes back a breach it must not, or does not");
  clock->status = stored::PAUSED;
  clock->pauses.emplace_back(e.from_ms(), 0);
  if (!e.takes_back_breach()) return;
  clock->leave_date(due);
  clock->breached = clock->late_by_change = false;
  clock->lay_out_whole();
}

void Oracle::resumed(const Happening& what) {
  const stored::ClockResumed& e = what.event->clock_resumed();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::PAUSED)
    return note(other, what, "resumes a clock that is not paused");
  const bool had_no_date = clock->due() == kNever;
  clock->status = stored::RUNNING;
  clock->pauses.back().second = e.to_ms();
  if (e.to_ms() <= clock->pauses.back().first) clock->pauses.pop_back();
  clock->moved_at = what.now;
  if (had_no_date != e.lays_ladder())
    return note(early_or_twice, what, "lays its ladder where it had a date, or does not");
  if (!had_no_date) return;
  const TimeMs due = clock->due();
  const bool late = due < what.now;
  const auto told = clock->told.find({clock->ladder(), due});
  const bool is_back = told != clock->told.end();
  clock->breached = late && is_back && told->second.breached;
  clock->late_by_change = clock->breached && told->second.late_by_change;
  std::vector<std::vector<OracleSlot>> candidates = {clock->left};
  if (is_back) candidates.push_back(told->second.left);
  if (!clock->breached) {
    clock->lay_out(what.now, !late);
    candidates.push_back(clock->left);
  }
  // Whatever one of them has behind it is behind.
  clock->left = *std::min_element(candidates.begin(), candidates.end(),
                                  [](auto& a, auto& b) { return a.size() < b.size(); });
  if (clock->cursor().step != e.next_step() || clock->cursor().repetition != e.next_repetition() ||
      clock->breached != e.breached())
    note(early_or_twice, what, "goes on with its ladder at a wrong step");
}

void Oracle::started(const Happening& what) {
  const stored::ClockStarted& e = what.event->clock_started();
  if (find(e.clock()) != nullptr) note(other, what, "a clock number twice");
  for (const auto& [number, clock] : clocks_) {
    if (clock.facts.kind() != e.kind()) continue;
    const bool carries = e.promised_ms() != 0;
    // One of its own takes over from a carried one: settled() says whether both wait then.
    if (!clock.ended() && (carries || !clock.carried))
      note(other, what, "two clocks of a kind wait at once");
    if (!carries && clock.stop_cause == stored::NOT_OF_POLICY &&
        clock.reopenings == facts_.reopenings)
      note(other, what, "starts a clock where one was set aside");
  }
  Clock& clock = clocks_[e.clock()];
  clock.facts = e;
  clock.moved_at = what.now;
  clock.calendars = &history_.calendars;
  clock.carried = e.promised_ms() != 0;
  clock.promised = e.promised_ms();
  clock.promised_at = e.promised_at_ms();
  clock.reopenings = facts_.reopenings;
  if (e.has_named()) clock.named = e.named();
  clock.rule = rule_in(policy_of(e), e.kind());
  for (const stored::PauseInterval& pause : e.pauses())
    clock.pauses.emplace_back(pause.from_ms(), pause.to_ms());
  clock.status = e.paused() ? stored::PAUSED : stored::RUNNING;
  if (clock.carried) {
    if (e.kind() != stored::AGREED_DATE &&
        e.start_ms() + e.allowance().wall_ms() != e.promised_ms())
      note(verdict, what, "a promise is kept by another date");
    if (clock.rule == nullptr && e.kind() != stored::AGREED_DATE)
      return note(other, what, "a clock no policy speaks of");
  } else {
    check_policy(what, clock);
    check_since(what, clock, e.counted_since_ms());
    check_calendar(what, clock);
  }
  clock.late_by_change = e.late_by_change();
  if (clock.late_by_change && clock.due() >= what.now)
    note(lateness, what, "late by a change, and yet it is in time");
  clock.breached = e.breached();
  if (clock.carried) check_promise(what, e.clock(), clock);
  take_promise(clock);
  if (e.breached() != (clock.carried && was_told(clock, what.now)))
    note(early_or_twice, what, "what was told of its promise is forgotten, or made up");
  clock.lay_out(what.now, e.breached());
  if (clock.cursor().step != e.first_step() ||
      (e.breached() && clock.cursor().repetition != e.first_repetition()))
    note(early_or_twice, what,
         "the ladder begins at step " + std::to_string(e.first_step()) + " instead of " +
             std::to_string(clock.cursor().step));
}

std::uint32_t Oracle::take(Clock& clock, TimeMs now, OracleSlot* last) {
  const TimeMs due = clock.due();
  std::uint32_t taken = 0;
  const std::uint32_t step = clock.left.front().step;
  while (!clock.left.empty() && clock.left.front().step == step &&
         clock.firing_of(clock.left.front(), due) <= now) {
    *last = clock.left.front();
    clock.left.erase(clock.left.begin());
    ++taken;
  }
  return taken;
}

bool Oracle::condition_holds(const Clock& clock, std::uint32_t step, TimeMs now) const {
  const stored::StepCondition& only_if = clock.rule->ladder(static_cast<int>(step)).only_if();
  const auto among = [](const auto& list, int value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return among(only_if.kinds(), facts_.kind) && among(only_if.priorities(), facts_.priority) &&
         now - clock.due() >=
             (only_if.late_by_ms() == 0 ? now - clock.due() : only_if.late_by_ms());
}

// By the quiet hours of some version: which one was in force is not the case's to know.
bool Oracle::may_be_told_at(const Clock& clock, std::uint32_t step, TimeMs now,
                            TimeMs notify) const {
  if (clock.rule->ladder(static_cast<int>(step)).at_any_hour()) return notify == 0;
  for (const auto& [key, catalogue] : history_.catalogues) {
    if (key.first != CaseId{key_.second}.tenant_number()) continue;
    const auto zone = sla::Zone::load(catalogue.time_zone());
    const DurationMs time = zone->wall_time(now).time_ms;
    const stored::QuietHours& quiet = catalogue.quiet_hours();
    // All of the simulation's quiet hours reach over midnight.
    const bool evening = catalogue.has_quiet_hours() && time >= quiet.from_s() * kSecondMs;
    const bool morning = catalogue.has_quiet_hours() && time < quiet.to_s() * kSecondMs;
    const int date = zone->wall_time(now).date + (evening ? 1 : 0);
    if (notify == (evening || morning ? zone->instant(date, quiet.to_s() * kSecondMs) : 0))
      return true;
  }
  return false;
}

void Oracle::passed_over(const Happening& what) {
  const stored::StepPassedOver& e = what.event->step_passed_over();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->ended() || clock->left.empty())
    return note(early_or_twice, what, "passes over a step of a clock that has none");
  if (clock->left.front().step != e.step() && clock->left.front().step < e.step())
    note(early_or_twice, what, "passes over a step that is not the next one");
  const TimeMs instant = clock->instant_of(clock->left.front(), clock->due());
  if (e.due_ms() != instant || instant > what.now)
    note(early_or_twice, what, "passes over a step at another instant than its own");
  if (condition_holds(*clock, e.step(), what.now))
    note(early_or_twice, what, "passes over a step whose condition holds");
  OracleSlot last;
  take(*clock, std::min(what.now, clock->owes_until()), &last);
  if (clock->cursor().step != e.next_step() || clock->cursor().repetition != e.next_repetition())
    note(early_or_twice, what, "passes over more or less than one step");
}

void Oracle::fired(const Happening& what) {
  const stored::StepFired& e = what.event->step_fired();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->ended())
    return note(early_or_twice, what, "a step of a clock that does not run");
  if (e.fired_ms() != what.now)
    note(early_or_twice, what, "fired at another time than its entry's");
  if (e.fired_ms() < e.due_ms()) note(early_or_twice, what, "fired early");
  if (!done_
           .emplace(clock->facts.kind(), clock->facts.start_ms(), clock->ladder(), e.step(),
                    e.repetition(), e.due_ms())
           .second)
    note(early_or_twice, what, "fired twice");
  if (clock->left.empty())
    return note(early_or_twice, what, "a step that its ladder does not have any more");
  const TimeMs due = clock->due();
  const OracleSlot earliest = clock->left.front();
  const TimeMs instant = clock->instant_of(earliest, due);
  if (e.due_ms() != instant)
    note(early_or_twice, what, "fired for another instant than the step's own");
  if (clock->firing_of(earliest, due) > what.now)
    note(early_or_twice, what, "fired before its instant");
  if (instant > clock->owes_until()) note(early_or_twice, what, "a step of a clock that is paused");
  if (clock->firing_of(earliest, due) > due && !clock->breached)
    note(early_or_twice, what, "a step after due, and no breach before it");
  if (!condition_holds(*clock, earliest.step, what.now))
    note(early_or_twice, what, "fired, and its condition does not hold");
  if (!may_be_told_at(*clock, earliest.step, what.now, e.notify_ms()))
    note(early_or_twice, what, "people are told at another hour");
  OracleSlot last = earliest;
  const std::uint32_t passed = take(*clock, std::min(what.now, clock->owes_until()), &last);
  if (e.step() != last.step || e.repetition() != last.repetition || e.skipped() + 1 != passed) {
    note(early_or_twice, what,
         "fired step " + std::to_string(e.step()) + " repetition " +
             std::to_string(e.repetition()) + " with " + std::to_string(e.skipped()) +
             " skipped instead of " + std::to_string(last.step) + ", " +
             std::to_string(last.repetition) + ", " + std::to_string(passed == 0 ? 0 : passed - 1));
  }
  check_cause(what, *clock, e.due_ms(), e.cause());
}

void Oracle::breached(const Happening& what) {
  const stored::ClockBreached& e = what.event->clock_breached();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->ended())
    return note(early_or_twice, what, "a breach of a clock that does not run");
  if (clock->breached) note(early_or_twice, what, "breached twice");
  if (e.due_ms() != clock->due())
    note(early_or_twice, what, "breached at another instant than due");
  if (e.fired_ms() != what.now || e.fired_ms() <= e.due_ms())
    note(early_or_twice, what, "breached early");
  clock->breached = true;
  check_cause(what, *clock, e.due_ms(), e.cause());
}

void Oracle::stopped(const Happening& what) {
  const stored::ClockStopped& e = what.event->clock_stopped();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->ended()) return note(other, what, "stops a clock that has ended");
  const TimeMs due = clock->due();
  if (e.due_ms() != (due == kNever ? 0 : due))
    note(verdict, what,
         "judged by a due of " + std::to_string(e.due_ms()) + " and not of " + std::to_string(due));
  promises_end_with(what, *clock);
  const bool in_time = e.action_ms() <= due;
  bool met = false;
  switch (e.cause()) {
    case stored::ACTION_DONE:
      met = true;
      if (!facts_.gave(clock->rule, clock->facts.kind(), e.action_ms()))
        note(verdict, what, "ended by an action that nobody did");
      break;
    case stored::CASE_ENDED:
      met = closes_ && meets(clock->rule, clock->facts.kind(), stored::CASE_WAS_CLOSED,
                             stored::MEANS_UNSPECIFIED);
      if (!ends_clocks_ || facts_.open) note(verdict, what, "ends with a case that has not");
      if (e.end() != facts_.end_revision) note(verdict, what, "names another end");
      break;
    case stored::NOT_OF_POLICY:
      if (!is_dropped_by_policy(*clock)) note(verdict, what, "set aside, and yet it is owed");
      break;
    case stored::DATE_REPLACED:
      if (!renews_date_ || clock->facts.kind() != stored::AGREED_DATE)
        note(verdict, what, "replaced by no other date");
      break;
    case stored::PROMISE_GONE:
      if (!clock->carried) note(verdict, what, "it kept no promise of another case alone");
      break;
    default:
      note(verdict, what, "ends for no reason");
  }
  const stored::ClockStatus expected = !in_time ? stored::BROKEN
                                       : met    ? stored::MET
                                                : stored::CANCELLED;
  if (e.verdict() != expected) {
    note(verdict, what,
         "an action at " + std::to_string(e.action_ms()) + " for a due of " + std::to_string(due) +
             " was judged " + stored::ClockStatus_Name(e.verdict()));
  }
  if (e.late_by_change() != (expected == stored::BROKEN && clock->late_by_change))
    note(lateness, what, "counted as another's lateness");
  clock->status = e.verdict();
  clock->stop_cause = e.cause();
  clock->stop_end = e.end();
}

void Oracle::extended(const Happening& what) {
  const stored::ClockExtended& e = what.event->clock_extended();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::RUNNING)
    return note(other, what, "extends a clock that does not run");
  const TimeMs before = clock->due();
  if (e.due_before_ms() != before) note(verdict, what, "extended from another due instant");
  if (!clock->carried) facts_.granted[e.named().kind()] = e.named();
  promises_end_with(what, *clock);
  clock->leave_date(before);
  clock->promised = clock->carried ? e.named().named_ms() : 0;
  clock->promised_at = clock->carried ? what.now : 0;
  clock->named = e.named();
  clock->facts.set_calendar(e.calendar());
  clock->facts.set_county(e.county());
  clock->facts.set_rules_edition(e.rules_edition());
  if (e.due_after_ms() != clock->due() || e.named().named_ms() != e.due_after_ms())
    note(verdict, what, "extended to another due instant than it says");
  if (e.due_after_ms() <= what.now) note(verdict, what, "extended into the past");
  clock->breached = clock->late_by_change = false;
  clock->moved_at = what.now;
  clock->lay_out(what.now, true);
  if (clock->cursor().step != e.next_step() || clock->cursor().repetition != e.next_repetition())
    note(early_or_twice, what, "after the extension the ladder stands at a wrong step");
}

void Oracle::check_cause(const Happening& what, const Clock& clock, TimeMs due,
                         stored::LatenessCause cause) {
  const auto wrong = [&](const std::string& why) {
    note(lateness, what,
         "due " + std::to_string(due) + ", fired " + std::to_string(what.now) + " with cause " +
             stored::LatenessCause_Name(cause) + ": " + why);
  };
  if (clock.late_by_change && due < clock.moved_at) {
    if (cause != stored::LATE_BY_CHANGE) wrong("a change laid its date there");
    return;
  }
  if (what.now - due <= kOnTime) {
    if (cause != stored::ON_TIME) wrong("it was on time");
    return;
  }
  if (due < facts_.lodged) {
    if (cause != stored::LATE_ENTRY) wrong("it was entered late");
    return;
  }
  if (due < clock.moved_at) {
    if (cause != stored::DATE_MOVED) wrong("its date was laid there afterwards");
    return;
  }
  const stored::LatenessCause away = what.restored ? stored::RESTORED : stored::ENGINE_DOWN;
  if (due < what.engine_start) {
    if (cause != away) wrong("the engine was not there");
    return;
  }
  if (cause == stored::CLOCK_JUMP || cause == stored::DISK_FULL || cause == stored::OVERLOAD) {
    for (const Hindrance& hindrance : hindrances_) {
      if (hindrance.until < due || hindrance.from > what.now) continue;
      if (cause == stored::OVERLOAD || cause == hindrance.cause) return;
    }
    return wrong("nothing of the kind happened");
  }
  wrong("no cause for this");
}

TimeMs Oracle::next() const {
  TimeMs next = kNever;
  if (!facts_.open) return next;
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    const TimeMs due = clock.due();
    if (due == kNever) continue;
    if (!clock.breached) next = std::min(next, due + 1);
    if (clock.left.empty()) continue;
    const TimeMs instant = clock.firing_of(clock.left.front(), due);
    if (instant <= clock.owes_until()) next = std::min(next, instant);
  }
  return next;
}

std::string Oracle::stale() const {
  if (!facts_.open) return {};
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    const std::string who = "clock " + std::to_string(number);
    if (!clock.carried && clock.facts.rules_edition() < history_.policies_carried_at(tenant()))
      return who + " stands under policies that were changed for open cases";
    const TimeMs due = clock.due();
    const TimeMs today = clock.due_under(history_.edition_of(tenant()), 0);
    if (due != today)
      return who + " is due at " + std::to_string(due) + ", by the calendars of today at " +
             std::to_string(today);
  }
  return {};
}

TimeMs Oracle::earliest_due() const {
  TimeMs earliest = kNever;
  for (const auto& [number, clock] : clocks_) {
    if (!clock.ended()) earliest = std::min(earliest, clock.due());
  }
  return earliest;
}

bool Oracle::unclocked() const {
  return facts_.open && std::all_of(clocks_.begin(), clocks_.end(),
                                    [](const auto& one) { return one.second.ended(); });
}

}  // namespace casewheel::simulation
