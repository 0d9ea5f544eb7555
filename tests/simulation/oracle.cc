// See oracle.h.
#include "tests/simulation/oracle.h"

#include <algorithm>

namespace casewheel::simulation {
namespace {

constexpr DurationMs kOnTime = 1000;

void note(std::string& problem, const Happening& what, const std::string& text) {
  if (problem.empty())
    problem = "entry " + std::to_string(what.seq) + ", revision " +
              std::to_string(what.event->revision()) + ": " + text;
}

bool is_open(stored::CaseStatus status) {
  return status == stored::REGISTERED || status == stored::ASSIGNED ||
         status == stored::IN_PROGRESS || status == stored::AWAITING_DOCUMENTS ||
         status == stored::REPLIED;
}

}  // namespace

// Uses the allowance up, stretch by stretch; what is paused uses nothing.
TimeMs Oracle::Clock::due() const {
  if (facts.kind() == stored::AGREED_DATE) return facts.agreed_ms() + extension;
  DurationMs left = facts.allowance().wall_ms() + extension;
  TimeMs at = facts.start_ms();
  for (const auto& [from, to] : pauses) {
    if (at + left <= from) break;  // used up before this pause
    left -= std::max<DurationMs>(0, from - at);
    if (to == 0) return kNever;
    at = std::max({at, from, to});
  }
  return at + left;
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
  if (e.revision() != revision_ + 1)
    note(other, what, "revision after " + std::to_string(revision_));
  revision_ = e.revision();
  if (e.has_personal()) note(other, what, "personal data in the clear");
  if (e.status() != stored::STATUS_UNSPECIFIED) open_ = is_open(e.status());
  switch (e.what_case()) {
    case stored::Event::kCaseLodged:
      lodged_ = what.now;
      break;
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
      if (Clock* clock = find(e.clock_paused().clock());
          clock == nullptr || clock->status != stored::RUNNING) {
        note(other, what, "pauses a clock that does not run");
      } else if (clock->rule == nullptr || !clock->rule->pauses_awaiting_documents()) {
        note(other, what, "pauses a clock that does not pause");
      } else {
        clock->status = stored::PAUSED;
        clock->pauses.emplace_back(e.clock_paused().from_ms(), 0);
      }
      return;
    case stored::Event::kClockResumed:
      if (Clock* clock = find(e.clock_resumed().clock());
          clock == nullptr || clock->status != stored::PAUSED) {
        note(other, what, "resumes a clock that is not paused");
      } else {
        clock->status = stored::RUNNING;
        clock->pauses.back().second = e.clock_resumed().to_ms();
        if (e.clock_resumed().to_ms() < clock->pauses.back().first)
          note(other, what, "a pause ends before it begins");
      }
      return;
    default:
      break;
  }
  ends_clocks_ = e.has_case_closed() || e.has_case_withdrawn() || e.has_case_merged();
  renews_date_ = e.has_date_agreed();
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
  const auto catalogue =
      history_.catalogues.find({CaseId{key_.second}.tenant_number(), e.catalogue_version()});
  if (catalogue == history_.catalogues.end())
    return note(other, what, "a catalogue version that was never applied");
  for (const stored::Policy& policy : catalogue->second.policies()) {
    if (policy.id() != e.policy()) continue;
    for (const stored::ClockRule& rule : policy.clocks()) {
      if (rule.kind() == e.kind()) clock.rule = &rule;
    }
  }
  if (clock.rule == nullptr && e.kind() != stored::AGREED_DATE)
    note(other, what, "a clock no policy speaks of");
  if (clock.rule != nullptr && clock.rule->allowance().wall_ms() != e.allowance().wall_ms())
    note(other, what, "another allowance than the policy's");
  lay_out(clock, what.now, false);
  const std::uint32_t first =
      clock.left.empty()
          ? (clock.rule == nullptr ? 0 : static_cast<std::uint32_t>(clock.rule->ladder_size()))
          : clock.left.front().step;
  if (first != e.first_step())
    note(early_or_twice, what,
         "the ladder begins at step " + std::to_string(e.first_step()) + " instead of " +
             std::to_string(first));
}

void Oracle::lay_out(Clock& clock, TimeMs now, bool after_move) {
  clock.left.clear();
  if (clock.rule == nullptr) return;
  const TimeMs due = clock.due();
  bool leading = due != kNever;
  for (int i = 0; i < clock.rule->ladder_size(); ++i) {
    const stored::LadderStep& step = clock.rule->ladder(i);
    const std::uint32_t times = step.repeat_every_ms() == 0 ? 1 : std::max(1u, step.repeat_limit());
    std::vector<Slot> slots;
    for (std::uint32_t repetition = 0; repetition < times; ++repetition) {
      slots.push_back({static_cast<std::uint32_t>(i), repetition,
                       step.offset_ms() + step.repeat_every_ms() * repetition});
    }
    const bool all_passed = due != kNever && due + slots.back().offset < now;
    if (leading && all_passed && (after_move || step.offset_ms() < 0)) continue;
    leading = false;
    clock.left.insert(clock.left.end(), slots.begin(), slots.end());
  }
}

void Oracle::fired(const Happening& what) {
  const stored::StepFired& e = what.event->step_fired();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::RUNNING)
    return note(early_or_twice, what, "a step of a clock that does not run");
  if (e.fired_ms() != what.now)
    note(early_or_twice, what, "fired at another time than its entry's");
  if (e.fired_ms() < e.due_ms()) note(early_or_twice, what, "fired early");
  if (!done_.emplace(e.clock(), clock->moves, e.step(), e.repetition()).second)
    note(early_or_twice, what, "fired twice");
  if (clock->left.empty())
    return note(early_or_twice, what, "a step that its ladder does not have any more");
  const TimeMs due = clock->due();
  const Slot earliest = clock->left.front();
  if (e.due_ms() != due + earliest.offset)
    note(early_or_twice, what, "fired for another instant than the step's own");
  if (due + earliest.offset > what.now) note(early_or_twice, what, "fired before its instant");
  if (due + earliest.offset >= due && !clock->breached)
    note(early_or_twice, what, "a step after due, and no breach before it");
  Slot last = earliest;
  std::uint32_t passed = 0;
  while (!clock->left.empty() && clock->left.front().step == earliest.step &&
         due + clock->left.front().offset <= what.now) {
    last = clock->left.front();
    clock->left.erase(clock->left.begin());
    ++passed;
  }
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
  if (clock == nullptr || clock->status != stored::RUNNING)
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
  if (e.due_ms() != (due == kNever ? 0 : due)) note(verdict, what, "judged by another due instant");
  const bool in_time = e.action_ms() < due;
  if (e.verdict() == stored::CANCELLED) {
    if (!ends_clocks_ && !(renews_date_ && clock->facts.kind() == stored::AGREED_DATE && in_time))
      note(verdict, what, "cancelled for no reason");
  } else if (e.verdict() != (in_time ? stored::MET : stored::BROKEN)) {
    note(verdict, what,
         "an action at " + std::to_string(e.action_ms()) + " for a due of " + std::to_string(due) +
             " was judged " + stored::ClockStatus_Name(e.verdict()));
  }
  clock->status = e.verdict();
  clock->left.clear();
}

void Oracle::extended(const Happening& what) {
  const stored::ClockExtended& e = what.event->clock_extended();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->status != stored::RUNNING)
    return note(other, what, "extends a clock that does not run");
  if (e.due_before_ms() != clock->due()) note(verdict, what, "extended from another due instant");
  clock->extension += e.extension_ms();
  if (e.due_after_ms() != clock->due())
    note(verdict, what, "extended to another due instant than it says");
  if (e.due_after_ms() <= what.now) note(verdict, what, "extended into the past");
  clock->breached = false;
  ++clock->moves;
  clock->moved_at = what.now;
  lay_out(*clock, what.now, true);
  const std::uint32_t first =
      clock->left.empty()
          ? (clock->rule == nullptr ? 0 : static_cast<std::uint32_t>(clock->rule->ladder_size()))
          : clock->left.front().step;
  if (first != e.next_step())
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
    if (cause == stored::OVERLOAD) {
      // Not the engine's fault either, but there is no word for it: the clock did not run at that
      // instant, or began or was moved only afterwards.
      bool ran = due >= clock.moved_at;
      for (const auto& [from, to] : clock.pauses) ran &= from > what.now || to < due;
      if (!ran) {
        ++unnamed_causes;
        return;
      }
    }
    return wrong("nothing of the kind happened");
  }
  wrong("no cause for this");
}

TimeMs Oracle::next() const {
  TimeMs next = kNever;
  if (!open_) return next;
  for (const auto& [number, clock] : clocks_) {
    if (clock.status != stored::RUNNING) continue;
    const TimeMs due = clock.due();
    if (due == kNever) continue;
    if (!clock.breached) next = std::min(next, due);
    for (const Slot& slot : clock.left) next = std::min(next, due + slot.offset);
  }
  return next;
}

TimeMs Oracle::earliest_due() const {
  TimeMs earliest = kNever;
  for (const auto& [number, clock] : clocks_) {
    if (clock.status == stored::RUNNING) earliest = std::min(earliest, clock.due());
  }
  return earliest;
}

}  // namespace casewheel::simulation
