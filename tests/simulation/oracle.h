// The naive oracle: what the clocks of one case ought to have done, worked out from its history in a
// slow and separate way (oracle_clock.h). Shares no code with engine/sla or domain.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/time.h"
#include "tests/simulation/history.h"
#include "tests/simulation/oracle_clock.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

// Keeps the first of a sort.
void note(std::string& problem, const Happening& what, const std::string& text);

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
  // Which clock's date is not the one of the time rules of today; empty when all are.
  std::string stale() const;

 private:
  using Clock = OracleClock;

  void walk(const Happening& what);
  void started(const Happening& what);
  void fired(const Happening& what);
  void breached(const Happening& what);
  void stopped(const Happening& what);
  void extended(const Happening& what);
  void paused(const Happening& what);
  void resumed(const Happening& what);
  void moved(const Happening& what);
  void passed_over(const Happening& what);
  void reinstated(const Happening& what);
  void facts(const Happening& what);
  // Takes from the ladder what falls together in one firing at that time; how many and the last.
  std::uint32_t take(Clock& clock, TimeMs now, OracleSlot* last);
  bool condition_holds(const Clock& clock, std::uint32_t step, TimeMs now) const;
  bool may_be_told_at(const Clock& clock, std::uint32_t step, TimeMs now, TimeMs notify) const;
  const stored::ClockRule* rule_of(const stored::ClockStarted& facts) const;
  std::string calendar_of_unit(std::uint32_t version) const;
  void check_calendar(const Happening& what, const Clock& clock);
  std::string wrong_cause(const stored::ClockMoved& move, const Clock& before) const;
  void check_cause(const Happening& what, const Clock& clock, TimeMs due,
                   stored::LatenessCause cause);
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
  bool ends_clocks_ = false;   // the command at hand ends the case
  bool renews_date_ = false;   // ... or replaces an agreed date
  bool changes_case_ = false;  // ... or its service, kind, priority or unit
  bool merges_ = false;        // ... or takes a duplicate in, or lets one go
  std::set<std::uint32_t>
      stopped_by_merge_;  // while the case is merged, and as its merge is undone
  std::string unit_;
  std::string county_;
  stored::Kind kind_ = stored::KIND_UNSPECIFIED;
  stored::Priority priority_ = stored::PRIORITY_UNSPECIFIED;
};

}  // namespace casewheel::simulation
