// All the rules of a case, and nothing else: pure, deterministic, called on the partition thread and
// in tests. Time comes in as an argument; random numbers and ids too.
#pragma once

#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/result.h"
#include "engine/domain/command.h"
#include "engine/domain/rulebook.h"

namespace casewheel::domain {

using Events = std::vector<stored::Event>;

// When a batch is decided, and what the engine knows of its own lateness.
struct Moment {
  TimeMs now = 0;            // engine time of the batch
  TimeMs running_since = 0;  // deadlines before it were missed because the engine was not there
  bool restored = false;     // ... and it started from a backup
  // What this case is given a name by (a revision, the number of a clock or an escalation) is this at
  // least, since a lost history has given out those below it; 0: any.
  std::uint32_t names_from = 0;
  // The latest stretch in which firing was held, and why (CLOCK_JUMP or DISK_FULL).
  TimeMs held_from = 0;
  TimeMs held_until = 0;
  stored::LatenessCause held_cause = stored::CAUSE_UNSPECIFIED;
  // What the machine's clock says while engine time is held after a jump; 0: it is not held.
  TimeMs machine_ms = 0;
};

// A step fired within this of its instant is on time.
inline constexpr DurationMs kOnTimeWithinMs = 1000;

// Why the caller may not lodge this: who holds the right for some units or kinds lodges cases of those. Their
// own cases help nobody here, or whoever makes herself the handler could lodge anywhere.
std::optional<Rejection> refuse_lodging(const Lodge& lodge, const Who& who, const Rulebook& rules);

// A new case under the id the partition has given it. Events carry personal data in the clear; the
// partition seals it before anything is applied or stored.
Result<Events> decide_lodge(const Lodge& lodge, const Command& command, CaseId id,
                            const Moment& moment, const Rulebook& rules);

// Any other action on an existing case. No events and no rejection: nothing to do (a repeated
// request_id, a look at a case with nothing due).
Result<Events> decide(const stored::CaseState& state, const Command& command, const Moment& moment,
                      const Rulebook& rules);

// When to look at the case next: the earliest step of all its clocks; kNever when none waits.
TimeMs next_look(const stored::CaseState& state, const Rulebook& rules);

// The row from which wheel and board are rebuilt. Only for open cases.
stored::ClockRow clock_row(const stored::CaseState& state, const Rulebook& rules);

bool is_open(stored::CaseStatus status);

// How many merges would lie behind the case if it ended in another one, its own included.
std::uint32_t merge_depth(const stored::CaseState& state);
// At most that: whoever follows a duplicate reads one case a merge.
inline constexpr std::uint32_t kMergeDepthMax = 32;

// True of an instant that is stated as past and lies ahead of engine time by no more than clocks differ,
// or than engine time is held back: it is taken for now, and what was stated is noted with the event.
bool is_now(TimeMs stated, const Moment& moment);

}  // namespace casewheel::domain
