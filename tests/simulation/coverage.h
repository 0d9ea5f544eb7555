// What the runs have seen, added up over all seeds, so that a generator that falls silent cannot hide
// behind green checkers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "tests/simulation/history.h"

namespace casewheel::simulation {

struct Coverage {
  std::uint64_t steps = 0;
  std::uint64_t cases = 0;
  std::uint64_t crashes_lost = 0;
  std::uint64_t crashes_unknown = 0;
  std::uint64_t crashes_at_start = 0;
  std::uint64_t restarts = 0;
  std::uint64_t restores = 0;  // into a shorter history
  std::uint64_t freezes = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t largest_storm = 0;  // steps and breaches in one seed
  std::uint64_t tampered = 0;
  std::uint64_t crashes_in_sweeps = 0;    // with cases left for further slices
  std::uint64_t slices = 0;               // of sweeps, but for the last of each
  std::uint64_t sweeps_overtaken = 0;     // started over because of a newer change
  std::uint64_t later = 0, earlier = 0;   // moves of dates
  std::uint64_t breaches_taken_back = 0;  // by a move or a pause told afterwards
  std::uint64_t told_late = 0;            // resumptions and arrivals before the entry they stand in
  std::map<int, std::uint64_t> moves;     // by cause
  std::map<int, std::uint64_t> amounts;   // of clocks started, by what they count
  std::map<int, std::uint64_t> day_rules;
  std::map<int, std::uint64_t> reasons;  // of pauses
  std::uint64_t fingerprint = 0;  // of all chains at their ends: the same seeds give the same one
  std::map<int, std::uint64_t> events;    // by Event.what
  std::map<int, std::uint64_t> causes;    // of lateness
  std::map<int, std::uint64_t> verdicts;  // of stopped clocks
  std::map<int, std::uint64_t> stops;     // by StopCause
  std::map<int, std::uint64_t> restored;  // clocks that came back, by what had stopped them
  std::map<int, std::uint64_t> clock_kinds;
  std::uint64_t skipped = 0;           // repetitions that fell together
  std::uint64_t many_escalations = 0;  // cases with more than 64
  std::uint64_t many_requests = 0;     // cases with more than 16
  std::map<RejectionCode, std::uint64_t> rejections;

  void add(const History& history);
  void add_time_rules(const stored::JournalEntry& entry, const stored::Event& event);
  // What ought to have happened and never did; empty when all did.
  std::string missing() const;
  std::string summary() const;
};

}  // namespace casewheel::simulation
