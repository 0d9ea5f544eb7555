// Oracle of oracle.h: the dates that duplicates brought along, and that the clocks keep the earliest of each
// kind (engine/domain/README.md, promises of merged cases).
#include <algorithm>
#include <set>

#include "tests/simulation/oracle.h"

namespace casewheel::simulation {
namespace {

template <typename Which>
void drop(std::vector<OraclePromise>& promises, Which which) {
  promises.erase(std::remove_if(promises.begin(), promises.end(), which), promises.end());
}

bool is_of(const OraclePromise& promise, std::uint64_t case_id, std::uint32_t partition) {
  return promise.given.case_id() == case_id && promise.given.partition() == partition;
}

// Broken with another clock, and its date still lies behind.
bool is_of_another(const OraclePromise& promise, std::uint32_t clock, TimeMs date, TimeMs now) {
  return promise.broken_with != 0 && promise.broken_with != clock && date < now;
}

Pauses as_if_ended(Pauses pauses, TimeMs now) {
  for (auto& [from, to] : pauses) {
    if (to == 0) to = std::max(from, now);
  }
  return pauses;
}

}  // namespace

TimeMs Oracle::date_of(const OraclePromise& promise, const Clock& keeper, TimeMs now) const {
  if (promise.since >= promise.due) return promise.due;  // it had passed on its way here
  return use_up_wall(promise.since, promise.due - promise.since,
                     as_if_ended(facts_.pauses_of(keeper.rule, promise.since), now));
}

// The date the clock should keep for others; kNever: none.
TimeMs Oracle::promised_to(std::uint32_t number, const Clock& clock, TimeMs now) const {
  TimeMs earliest = kNever;
  for (const OraclePromise& one : promises_) {
    if (one.given.kind() != clock.facts.kind()) continue;
    const TimeMs date = date_of(one, clock, now);
    if (is_of_another(one, number, date, now)) continue;
    earliest = std::min(earliest, date);
  }
  return earliest;
}

void Oracle::check_promise(const Happening& what, std::uint32_t number, const Clock& clock) {
  const TimeMs wanted = promised_to(number, clock, what.now);
  Clock cap = clock;
  cap.carried = true;
  cap.pauses = as_if_ended(cap.pauses, what.now);
  const TimeMs kept = clock.promised == 0 ? kNever : cap.due();
  if (kept != wanted)
    note(other, what,
         "a clock keeps a promise of " + std::to_string(wanted) + " by " + std::to_string(kept));
}

// A carried clock keeps it: it is no other clock's any more.
void Oracle::take_promise(const Clock& clock) {
  for (OraclePromise& one : promises_) {
    const bool is_kept = one.given.kind() == clock.facts.kind() && one.due == clock.promised &&
                         one.since == clock.promised_at;
    if (clock.carried && is_kept) one.broken_with = 0;
  }
}

void Oracle::promises_follow(const Happening& what) {
  const stored::Event& e = *what.event;
  if (e.has_duplicate_attached()) {
    for (const stored::CarriedPromise& given : e.duplicate_attached().promises())
      promises_.push_back({given, given.due_ms(), what.now, what.now});
  } else if (e.has_duplicate_detached()) {
    const stored::DuplicateDetached& detached = e.duplicate_detached();
    const auto theirs = [&](const OraclePromise& promise) {
      return is_of(promise, detached.case_id(), detached.partition()) ||
             std::any_of(detached.behind().begin(), detached.behind().end(),
                         [&](const stored::MergedCase& one) {
                           return is_of(promise, one.case_id(), one.partition());
                         });
    };
    drop(promises_, theirs);
    drop(promises_at_merge_, theirs);
  } else if (e.has_case_merged()) {
    promises_at_merge_.swap(promises_);
  } else if (e.has_case_unmerged()) {
    promises_.swap(promises_at_merge_);
    promises_at_merge_.clear();
  } else if (e.has_date_agreed()) {
    drop(promises_,
         [](const OraclePromise& one) { return one.given.kind() == stored::AGREED_DATE; });
  } else if (e.has_case_reopened() && !e.case_reopened().undoes_end()) {
    promises_.clear();
  }
}

// Before the clock has stopped, or has the date granted.
void Oracle::promises_end_with(const Happening& what, const Clock& clock) {
  const stored::Event& e = *what.event;
  Clock cap = clock;
  cap.carried = true;
  const TimeMs kept = clock.promised == 0 ? kNever : cap.due();
  for (OraclePromise& one : promises_) {
    if (one.given.kind() != clock.facts.kind()) continue;
    const TimeMs date = date_of(one, clock, what.now);
    if (e.has_clock_extended()) {
      const TimeMs granted = e.clock_extended().named().named_ms();
      const bool is_anothers = is_of_another(one, e.clock_extended().clock(), date, what.now);
      one.gone = !clock.carried;
      if (one.gone || is_anothers || date >= granted) continue;
      one.due = granted;
      one.since = what.now;
      one.told = false;
      continue;
    }
    const stored::ClockStopped& stop = e.clock_stopped();
    if (stop.cause() == stored::CASE_ENDED) continue;
    if (stop.cause() == stored::DATE_REPLACED) {
      one.gone = true;
    } else if (stop.cause() == stored::ACTION_DONE) {
      // Done for whoever had come by then. The others wait on; that their date has passed is told once.
      one.gone = one.carried <= stop.action_ms();
      one.told |= clock.breached && date < what.now && date <= clock.due();
    } else if (kept < stop.action_ms() && date < stop.action_ms() &&
               !is_of_another(one, stop.clock(), date, what.now)) {
      // Broken once: with its clock, and by no other one.
      one.gone = clock.carried;
      one.broken_with = stop.clock();
    }
  }
  drop(promises_, [](const OraclePromise& one) { return one.gone; });
}

// That the earliest of them was told as broken before, and by another clock.
bool Oracle::was_told(const Clock& clock, TimeMs now) const {
  return std::any_of(promises_.begin(), promises_.end(), [&](const OraclePromise& one) {
    return one.told && one.given.kind() == clock.facts.kind() && one.due == clock.promised &&
           date_of(one, clock, now) < now;
  });
}

void Oracle::check_promises(const Happening& what) {
  std::set<int> kept;
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    kept.insert(clock.facts.kind());
    check_promise(what, number, clock);
    if (clock.carried && promised_to(number, clock, what.now) == kNever)
      note(other, what, "a carried clock keeps a promise that is none");
  }
  for (const OraclePromise& one : promises_) {
    if (kept.contains(one.given.kind()) || one.broken_with != 0) continue;
    note(other, what, "no clock keeps a promise to people of a merged case");
  }
}

}  // namespace casewheel::simulation
