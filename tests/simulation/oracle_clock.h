// One clock as an oracle follows it: its date worked out anew each time from the facts of its case and
// the slow calendars, its ladder as the plain list of all the steps that are left.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "tests/simulation/oracle_facts.h"

namespace casewheel::simulation {

struct OracleSlot {
  std::uint32_t step = 0;
  std::uint32_t repetition = 0;
};

struct OracleClock {
  // What a date left behind: the steps it had not told, and whether it was told as broken.
  struct Told {
    std::vector<OracleSlot> left;
    bool breached = false;
    bool late_by_change = false;
  };

  stored::ClockStarted facts;  // what it counts by and from; follows the moves
  std::optional<stored::NamedDate> named;
  const SlowCalendars* calendars = nullptr;
  const stored::ClockRule* rule = nullptr;  // null: no policy speaks of it
  stored::ClockStatus status = stored::RUNNING;
  stored::StopCause stop_cause = stored::STOP_CAUSE_UNSPECIFIED;
  std::uint32_t stop_end = 0;
  int reopenings = 0;  // of the case, when the clock came into being
  Pauses pauses;
  bool breached = false;
  bool late_by_change = false;
  TimeMs moved_at = 0;  // engine time when it was started, or last resumed, extended or moved
  std::vector<OracleSlot> left;
  bool carried = false;  // it came with a duplicate and follows no policy of the case
  TimeMs promised = 0;   // a date that came with one, not to be passed
  TimeMs promised_at = 0;
  std::map<std::pair<std::string, TimeMs>, Told> told;  // by ladder and date; kNever: paused

  TimeMs due() const { return due_under(facts.rules_edition(), 0); }
  // As if it stood under that edition, and (not 0) as if a pause that lasts ended at `open_until`.
  TimeMs due_under(std::uint64_t edition, TimeMs open_until) const;
  TimeMs own_due_under(std::uint64_t edition, TimeMs open_until) const;
  // The pauses from then on.
  Pauses counted(TimeMs since, TimeMs open_until) const;
  TimeMs instant_of(const OracleSlot& slot, TimeMs due) const;
  // A step that is not before due fires when due has passed.
  TimeMs firing_of(const OracleSlot& slot, TimeMs due) const;
  // The first step that is left, and whether it is a repetition: the ladder's length when none is.
  OracleSlot cursor() const;
  bool ended() const {
    return status == stored::MET || status == stored::BROKEN || status == stored::CANCELLED;
  }
  // What falls due after this fires only when the clock runs again.
  TimeMs owes_until() const { return status == stored::PAUSED ? pauses.back().first : kNever; }
  bool counts_by_calendar() const;
  bool ladder_needs_calendar() const;
  std::string ladder() const;  // by content

  // The whole ladder, but for what had passed at `now`.
  void lay_out(TimeMs now, bool after_move);
  void lay_out_whole();
  void leave_date(TimeMs due);
  // Its date has become another one at `now`. `before` is the clock as it was.
  void reach_date(const OracleClock& before, TimeMs now, bool by_change);
};

}  // namespace casewheel::simulation
