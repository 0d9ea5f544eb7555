// Oracle of oracle.h: the dates that duplicates brought along, and that the clocks keep the earliest of each
// kind (engine/domain/README.md, promises of merged cases).
#include <algorithm>

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

Pauses as_if_ended(Pauses pauses, TimeMs now) {
  for (auto& [from, to] : pauses) {
    if (to == 0) to = std::max(from, now);
  }
  return pauses;
}

}  // namespace

TimeMs Oracle::date_of(const OraclePromise& promise, const Clock& keeper, TimeMs now) const {
  const TimeMs since = std::min(promise.since, promise.due);
  return use_up_wall(since, promise.due - since,
                     as_if_ended(facts_.pauses_of(keeper.rule, since), now));
}

void Oracle::promises_follow(const Happening& what) {
  const stored::Event& e = *what.event;
  if (e.has_duplicate_attached()) {
    for (const stored::CarriedPromise& given : e.duplicate_attached().promises())
      promises_.push_back({given, given.due_ms(), what.now, what.now, 0});
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
  const auto is_kept = [&](const OraclePromise& one) {
    return one.given.kind() == clock.facts.kind();
  };
  if (e.has_clock_extended()) {
    if (!clock.carried) return drop(promises_, is_kept);
    for (OraclePromise& one : promises_) {
      const TimeMs granted = e.clock_extended().named().named_ms();
      if (!is_kept(one) || date_of(one, clock, what.now) >= granted) continue;
      one.due = granted;
      one.since = what.now;
    }
    return;
  }
  const stored::ClockStopped& stop = e.clock_stopped();
  Clock cap = clock;
  cap.carried = true;
  const TimeMs kept = clock.promised == 0 ? kNever : cap.due();
  for (OraclePromise& one : promises_) {
    if (!is_kept(one)) continue;
    const TimeMs date = date_of(one, clock, what.now);
    if (stop.cause() == stored::ACTION_DONE) {
      one.gone = one.carried <= stop.action_ms() || (clock.carried && date <= kept);
    } else if (stop.cause() == stored::DATE_REPLACED) {
      one.gone = true;
    } else if (stop.cause() != stored::CASE_ENDED && kept < stop.action_ms() &&
               date < stop.action_ms()) {
      // Broken once: with its clock, and by no other one.
      if (clock.carried) one.gone = true;
      if (one.broken_with == 0) one.broken_with = stop.clock();
    }
  }
  drop(promises_, [](const OraclePromise& one) { return one.gone; });
}

void Oracle::check_promises(const Happening& what) {
  std::map<int, const Clock*> keepers;
  std::map<int, std::uint32_t> numbers;
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    keepers[clock.facts.kind()] = &clock;
    numbers[clock.facts.kind()] = number;
  }
  std::map<int, TimeMs> earliest;
  for (const OraclePromise& one : promises_) {
    const int kind = one.given.kind();
    const auto keeper = keepers.find(kind);
    if (one.broken_with != 0 && (keeper == keepers.end() || one.broken_with != numbers[kind]))
      continue;
    if (keeper == keepers.end())
      return note(other, what, "no clock keeps a promise to people of a merged case");
    const TimeMs date = date_of(one, *keeper->second, what.now);
    const auto [known, is_first] = earliest.emplace(kind, date);
    if (!is_first) known->second = std::min(known->second, date);
  }
  for (const auto& [kind, clock] : keepers) {
    const auto wanted = earliest.find(kind);
    if (wanted == earliest.end()) {
      if (clock->promised != 0) note(other, what, "a clock keeps a promise that is none");
      continue;
    }
    Clock cap = *clock;
    cap.carried = true;
    cap.pauses = as_if_ended(cap.pauses, what.now);
    if (cap.promised == 0 || cap.due() != wanted->second)
      note(other, what,
           "a clock keeps a promise of " + std::to_string(wanted->second) + " by " +
               std::to_string(cap.promised == 0 ? 0 : cap.due()));
  }
}

}  // namespace casewheel::simulation
