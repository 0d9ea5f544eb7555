// One clock as an oracle follows it: its date worked out anew each time from the facts on record and
// the slow calendars, its ladder as the plain list of all the steps that are left.
#pragma once

#include <string>
#include <vector>

#include "engine/base/time.h"
#include "tests/simulation/history.h"

namespace casewheel::simulation {

struct OracleSlot {
  std::uint32_t step = 0;
  std::uint32_t repetition = 0;
};

struct OracleClock {
  stored::ClockStarted facts;  // what it counts by and from; follows the moves
  const SlowCalendars* calendars = nullptr;
  const stored::ClockRule* rule = nullptr;  // null: no policy speaks of it
  stored::ClockStatus status = stored::RUNNING;
  Pauses pauses;
  DurationMs extension = 0;
  std::uint32_t moves = 0;
  bool breached = false;
  TimeMs moved_at = 0;  // engine time when it was started, or last resumed, extended or moved
  std::vector<OracleSlot> left;
  std::vector<OracleSlot> left_at_stop;  // for a stop that turns out to be a mistake
  bool carried = false;  // it came with a duplicate and follows no policy of the case
  TimeMs promised = 0;   // a date that came with one, not to be passed
  TimeMs promised_at = 0;

  TimeMs due() const { return due_under(facts.rules_edition(), 0); }
  // As if it stood under that edition, and (not 0) as if a pause that lasts ended at `open_until`.
  TimeMs due_under(std::uint64_t edition, TimeMs open_until) const;
  TimeMs own_due_under(std::uint64_t edition, TimeMs open_until) const;
  TimeMs instant_of(const OracleSlot& slot, TimeMs due) const;
  // The first step that is left, and whether it is a repetition: the ladder's length when none is.
  OracleSlot cursor() const;
  bool ended() const {
    return status == stored::MET || status == stored::BROKEN || status == stored::CANCELLED;
  }
  // What falls due after this fires only when the clock runs again.
  TimeMs owes_until() const { return status == stored::PAUSED ? pauses.back().first : kNever; }
  bool pauses_for(stored::PauseReason reason) const;
  bool counts_by_calendar() const;
  bool ladder_needs_calendar() const;

  // The whole ladder, but for what had passed at `now`.
  void lay_out(TimeMs now, bool after_move);
  void lay_out_whole();
};

}  // namespace casewheel::simulation
