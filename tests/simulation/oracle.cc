// See oracle.h.
#include "tests/simulation/oracle.h"

#include <algorithm>

namespace casewheel::simulation {
namespace {

constexpr DurationMs kOnTime = 1000;

bool is_open(stored::CaseStatus status) {
  return status == stored::REGISTERED || status == stored::ASSIGNED ||
         status == stored::IN_PROGRESS || status == stored::AWAITING_DOCUMENTS ||
         status == stored::REPLIED || status == stored::SUSPENDED;
}

}  // namespace

void note(std::string& problem, const Happening& what, const std::string& text) {
  if (problem.empty())
    problem = "entry " + std::to_string(what.seq) + ", revision " +
              std::to_string(what.event->revision()) + ": " + text;
}

Oracle::Oracle(const History& history, CaseKey key, const std::vector<Hindrance>& hindrances)
    : history_(history), key_(key), hindrances_(hindrances) {
  for (const Happening& what : history.cases.at(key)) walk(what);
  if (!open_) {
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
  if (e.status() != stored::STATUS_UNSPECIFIED) open_ = is_open(e.status());
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
    case stored::Event::kStepPassedOver:
      return passed_over(what);
    case stored::Event::kClockReinstated:
      return reinstated(what);
    default:
      break;
  }
  facts(what);
  merges_ = e.has_duplicate_attached() || e.has_duplicate_detached();
  if (e.has_case_merged())
    stopped_by_merge_ = {e.case_merged().clocks().begin(), e.case_merged().clocks().end()};
  ends_clocks_ = e.has_case_closed() || e.has_case_withdrawn() || e.has_case_merged();
  renews_date_ = e.has_date_agreed();
  changes_case_ = e.has_case_reclassified() || e.has_case_transferred();
}

void Oracle::facts(const Happening& what) {
  const stored::Event& e = *what.event;
  if (e.has_case_lodged()) {
    lodged_ = what.now;
    unit_ = e.case_lodged().unit();
    county_ = e.case_lodged().county();
    kind_ = e.case_lodged().kind();
    priority_ = e.case_lodged().priority();
  } else if (e.has_case_transferred()) {
    unit_ = e.case_transferred().unit();
  } else if (e.has_case_reclassified()) {
    kind_ = e.case_reclassified().kind();
    priority_ = e.case_reclassified().priority();
  }
}

const stored::ClockRule* Oracle::rule_of(const stored::ClockStarted& facts) const {
  const auto catalogue =
      history_.catalogues.find({CaseId{key_.second}.tenant_number(), facts.catalogue_version()});
  if (catalogue == history_.catalogues.end()) return nullptr;
  for (const stored::Policy& policy : catalogue->second.policies()) {
    if (policy.id() != facts.policy()) continue;
    for (const stored::ClockRule& rule : policy.clocks()) {
      if (rule.kind() == facts.kind()) return &rule;
    }
  }
  return nullptr;
}

void Oracle::paused(const Happening& what) {
  const stored::ClockPaused& e = what.event->clock_paused();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::RUNNING)
    return note(other, what, "pauses a clock that does not run");
  if (!clock->pauses_for(e.reason())) note(other, what, "pauses a clock that does not pause");
  const bool too_late = e.from_ms() >= clock->due();
  if (e.takes_back_breach() != (clock->breached && !too_late))
    note(other, what, "takes back a breach it must not, or does not");
  clock->status = stored::PAUSED;
  clock->pauses.emplace_back(e.from_ms(), 0);
  if (!e.takes_back_breach()) return;
  clock->breached = false;
  ++clock->moves;
  clock->lay_out_whole();
}

void Oracle::resumed(const Happening& what) {
  const stored::ClockResumed& e = what.event->clock_resumed();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::PAUSED)
    return note(other, what, "resumes a clock that is not paused");
  clock->status = stored::RUNNING;
  clock->pauses.back().second = e.to_ms();
  clock->moved_at = what.now;
  if (e.to_ms() < clock->pauses.back().first) note(other, what, "a pause ends before it begins");
}

void Oracle::started(const Happening& what) {
  const stored::ClockStarted& e = what.event->clock_started();
  if (find(e.clock()) != nullptr) note(other, what, "a clock number twice");
  for (const auto& [number, clock] : clocks_) {
    if (clock.facts.kind() == e.kind() && !clock.ended())
      note(other, what, "two clocks of a kind wait at once");
  }
  Clock& clock = clocks_[e.clock()];
  clock.facts = e;
  clock.moved_at = what.now;
  clock.calendars = &history_.calendars;
  clock.rule = rule_of(e);
  clock.carried = e.promised_ms() != 0;
  clock.promised = e.promised_ms();
  clock.promised_at = clock.carried ? what.now : 0;
  if (clock.carried && clock.own_due_under(e.rules_edition(), what.now) != e.promised_ms())
    note(verdict, what, "a promise is kept by another date");
  if (clock.rule == nullptr && e.kind() != stored::AGREED_DATE)
    return note(other, what, "a clock no policy speaks of");
  if (!clock.carried && clock.rule != nullptr &&
      clock.rule->allowance().SerializeAsString() != e.allowance().SerializeAsString())
    note(other, what, "another allowance than the policy's");
  if (!clock.carried) check_calendar(what, clock);
  clock.lay_out(what.now, false);
  if (clock.cursor().step != e.first_step())
    note(early_or_twice, what,
         "the ladder begins at step " + std::to_string(e.first_step()) + " instead of " +
             std::to_string(clock.cursor().step));
}

std::uint32_t Oracle::take(Clock& clock, TimeMs now, OracleSlot* last) {
  const TimeMs due = clock.due();
  std::uint32_t taken = 0;
  const std::uint32_t step = clock.left.front().step;
  while (!clock.left.empty() && clock.left.front().step == step &&
         clock.instant_of(clock.left.front(), due) <= now) {
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
  return among(only_if.kinds(), kind_) && among(only_if.priorities(), priority_) &&
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
  if (!done_.emplace(e.clock(), clock->moves, e.step(), e.repetition()).second)
    note(early_or_twice, what, "fired twice");
  if (clock->left.empty())
    return note(early_or_twice, what, "a step that its ladder does not have any more");
  const TimeMs due = clock->due();
  const OracleSlot earliest = clock->left.front();
  const TimeMs instant = clock->instant_of(earliest, due);
  if (e.due_ms() != instant)
    note(early_or_twice, what, "fired for another instant than the step's own");
  if (instant > what.now) note(early_or_twice, what, "fired before its instant");
  if (instant > clock->owes_until()) note(early_or_twice, what, "a step of a clock that is paused");
  if (instant >= due && !clock->breached)
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
  if (e.fired_ms() != what.now || e.fired_ms() < e.due_ms())
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
  const bool in_time = e.action_ms() < due;
  if (e.verdict() == stored::CANCELLED) {
    if (!in_time) note(verdict, what, "overdue, and yet it only fell away");
    const bool dropped =
        clock->facts.kind() != stored::AGREED_DATE &&
        (changes_case_ || history_.policies_carried_at(CaseId{key_.second}.tenant_number()) >
                              clock->facts.rules_edition());
    if (!ends_clocks_ && !dropped && !(merges_ && clock->carried) &&
        !(renews_date_ && clock->facts.kind() == stored::AGREED_DATE && in_time))
      note(verdict, what, "cancelled for no reason");
  } else if (e.verdict() != (in_time ? stored::MET : stored::BROKEN)) {
    note(verdict, what,
         "an action at " + std::to_string(e.action_ms()) + " for a due of " + std::to_string(due) +
             " was judged " + stored::ClockStatus_Name(e.verdict()));
  }
  clock->status = e.verdict();
  clock->left_at_stop.swap(clock->left);
  clock->left.clear();
}

void Oracle::reinstated(const Happening& what) {
  const stored::ClockReinstated& e = what.event->clock_reinstated();
  Clock* clock = find(e.clock());
  if (clock == nullptr || !clock->ended() || stopped_by_merge_.erase(e.clock()) == 0)
    return note(other, what, "gives back a clock that no merge has stopped");
  if (e.was() != clock->status) note(other, what, "takes back another verdict than there was");
  const bool pauses = !clock->pauses.empty() && clock->pauses.back().second == 0;
  if (e.paused() != pauses) note(other, what, "a pause goes on that had ended, or the reverse");
  clock->status = pauses ? stored::PAUSED : stored::RUNNING;
  clock->left.swap(clock->left_at_stop);
  clock->moved_at = what.now;
}

void Oracle::extended(const Happening& what) {
  const stored::ClockExtended& e = what.event->clock_extended();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::RUNNING)
    return note(other, what, "extends a clock that does not run");
  if (e.due_before_ms() != clock->due()) note(verdict, what, "extended from another due instant");
  clock->extension += e.extension_ms();
  clock->promised = clock->promised_at = 0;
  if (e.due_after_ms() != clock->due())
    note(verdict, what, "extended to another due instant than it says");
  if (e.due_after_ms() <= what.now) note(verdict, what, "extended into the past");
  clock->breached = false;
  ++clock->moves;
  clock->moved_at = what.now;
  clock->lay_out(what.now, true);
  if (clock->cursor().step != e.next_step())
    note(early_or_twice, what, "after the extension the ladder stands at a wrong step");
}

void Oracle::check_cause(const Happening& what, const Clock& clock, TimeMs due,
                         stored::LatenessCause cause) {
  const auto wrong = [&](const std::string& why) {
    note(lateness, what,
         "due " + std::to_string(due) + ", fired " + std::to_string(what.now) + " with cause " +
             stored::LatenessCause_Name(cause) + ": " + why);
  };
  if (what.now - due <= kOnTime) {
    if (cause != stored::ON_TIME) wrong("it was on time");
    return;
  }
  if (due < lodged_) {
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
  if (!open_) return next;
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    const TimeMs due = clock.due();
    if (due == kNever) continue;
    if (!clock.breached) next = std::min(next, due);
    if (clock.left.empty()) continue;
    const TimeMs instant = clock.instant_of(clock.left.front(), due);
    if (instant <= clock.owes_until()) next = std::min(next, instant);
  }
  return next;
}

std::string Oracle::stale() const {
  if (!open_) return {};
  const std::uint32_t tenant = CaseId{key_.second}.tenant_number();
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    const std::string who = "clock " + std::to_string(number);
    if (!clock.carried && clock.facts.rules_edition() < history_.policies_carried_at(tenant))
      return who + " stands under policies that were changed for open cases";
    const TimeMs due = clock.due();
    const TimeMs today = clock.due_under(history_.edition_of(tenant), 0);
    if (due != today)
      return who + " is due at " + std::to_string(due) + ", by the calendars of today at " +
             std::to_string(today);
  }
  return {};
}

TimeMs Oracle::earliest_due() const {
  TimeMs earliest = kNever;
  for (const auto& [number, clock] : clocks_) {
    if (clock.status == stored::RUNNING) earliest = std::min(earliest, clock.due());
  }
  return earliest;
}

}  // namespace casewheel::simulation
