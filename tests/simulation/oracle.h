// The naive oracle: what the clocks of one case ought to have done, worked out from its history in a
// slow and separate way. A ladder is the plain list of all the instants it has; a due instant is
// found by using up the allowance from pause to pause. Shares no code with engine/sla or domain.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/time.h"
#include "tests/simulation/history.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

class Oracle {
 public:
  Oracle(const History& history, CaseKey key, const std::vector<Hindrance>& hindrances);

  // The first thing that went otherwise than it ought to, by the checker it belongs to; empty when
  // all is well.
  std::string early_or_twice;  // 4
  std::string verdict;         // 5
  std::string lateness;        // 5: the causes
  std::string other;           // revisions, clocks left behind

  bool open() const { return open_; }
  TimeMs next() const;          // when the case must be looked at; kNever when it waits for nothing
  TimeMs earliest_due() const;  // of its running clocks; kNever
  std::uint64_t unnamed_causes =
      0;  // called OVERLOAD, though the clock did not run at that instant

 private:
  struct Slot {
    std::uint32_t step = 0;
    std::uint32_t repetition = 0;
    DurationMs offset = 0;  // from due
  };
  struct Clock {
    stored::ClockStarted facts;
    const stored::ClockRule* rule = nullptr;  // null: no policy speaks of it
    stored::ClockStatus status = stored::RUNNING;
    std::vector<std::pair<TimeMs, TimeMs>> pauses;
    DurationMs extension = 0;
    std::uint32_t moves = 0;
    bool breached = false;
    TimeMs moved_at = 0;  // engine time when it was started or last extended
    std::vector<Slot> left;

    TimeMs due() const;
    bool ended() const {
      return status == stored::MET || status == stored::BROKEN || status == stored::CANCELLED;
    }
  };

  void walk(const Happening& what);
  void started(const Happening& what);
  void fired(const Happening& what);
  void breached(const Happening& what);
  void stopped(const Happening& what);
  void extended(const Happening& what);
  void check_cause(const Happening& what, const Clock& clock, TimeMs due,
                   stored::LatenessCause cause);
  // Lays out the whole ladder and leaves out what had passed at `now`.
  void lay_out(Clock& clock, TimeMs now, bool after_move);
  Clock* find(std::uint32_t number);

  const History& history_;
  const CaseKey key_;
  const std::vector<Hindrance>& hindrances_;
  std::map<std::uint32_t, Clock> clocks_;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>>
      done_;  // clock, move, step, repetition
  bool open_ = false;
  TimeMs lodged_ = 0;
  std::uint32_t revision_ = 0;
  bool ends_clocks_ = false;  // the command at hand ends the case
  bool renews_date_ = false;  // ... or replaces an agreed date
};

}  // namespace casewheel::simulation
