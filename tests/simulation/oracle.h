// The naive oracle: what the clocks of one case ought to have done, worked out from its history in a
// slow and separate way from its facts (oracle_facts.h, oracle_clock.h). It follows the rules of clocks
// as engine/domain/README.md has them, and shares no code with engine/sla or domain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/time.h"
#include "tests/simulation/history.h"
#include "tests/simulation/oracle_clock.h"
#include "tests/simulation/oracle_facts.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

// Keeps the first of a sort.
void note(std::string& problem, const Happening& what, const std::string& text);

// A date the case keeps for people of a duplicate.
struct OraclePromise {
  stored::CarriedPromise given;  // as it came
  TimeMs due = 0;
  TimeMs carried = 0;             // when it came
  TimeMs since = 0;               // since when it has that date
  bool told = false;              // as broken, by a clock that was met
  std::uint32_t broken_with = 0;  // the clock
  bool gone = false;
};

class Oracle {
 public:
  Oracle(const History& history, CaseKey key, const std::vector<Hindrance>& hindrances);

  // The first thing that went otherwise than it ought to, by the checker it belongs to; empty when
  // all is well.
  std::string early_or_twice;  // 4
  std::string verdict;         // 5
  std::string lateness;        // 5: the causes
  std::string other;           // revisions, clocks left behind

  bool open() const { return facts_.open; }
  // Open, and no clock of it runs or is paused.
  bool unclocked() const;
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
  void restored(const Happening& what);
  void lay(const Happening& what, Clock& clock, const stored::ClockMoved& e);
  void passed_over(const Happening& what);
  void promises_follow(const Happening& what);
  void promises_end_with(const Happening& what, const Clock& clock);
  void check_promises(const Happening& what);
  void check_promise(const Happening& what, std::uint32_t number, const Clock& clock);
  TimeMs promised_to(std::uint32_t number, const Clock& clock, TimeMs now) const;
  bool was_told(const Clock& clock, TimeMs now) const;
  void take_promise(const Clock& clock);
  // As a clock like the keeper moves it; by a pause that lasts as if it ended now.
  TimeMs date_of(const OraclePromise& promise, const Clock& keeper, TimeMs now) const;
  // What must hold when all of a batch has happened: the clocks are those that follow from the facts.
  void settled(const Happening& what);
  void check_clock(const Happening& what, const Clock& clock);
  // Takes from the ladder what falls together in one firing at that time; how many and the last.
  std::uint32_t take(Clock& clock, TimeMs now, OracleSlot* last);
  bool condition_holds(const Clock& clock, std::uint32_t step, TimeMs now) const;
  bool may_be_told_at(const Clock& clock, std::uint32_t step, TimeMs now, TimeMs notify) const;
  std::uint32_t tenant() const { return CaseId{key_.second}.tenant_number(); }
  const stored::Catalogue* catalogue(std::uint32_t version) const;
  const stored::Policy* policy_of(const stored::ClockStarted& facts) const;
  // That its policy is the one that holds for the case under the edition it stands under.
  void check_policy(const Happening& what, const Clock& clock);
  void check_since(const Happening& what, const Clock& clock, TimeMs counted_since);
  std::string calendar_of_unit(std::uint32_t version) const;
  void check_calendar(const Happening& what, const Clock& clock);
  std::string wrong_cause(const stored::ClockMoved& move, const Clock& before) const;
  void check_cause(const Happening& what, const Clock& clock, TimeMs due,
                   stored::LatenessCause cause);
  bool is_dropped_by_policy(const Clock& clock) const;
  Clock* find(std::uint32_t number);
  // oracle_hands.cc
  void hands_follow(const Happening& what);
  void requests_follow(const Happening& what);
  void hands_settled(const Happening& what);
  void take_in_hand(const std::string& handler, TimeMs now);
  // Whether the case was in that person's hands while a clock of that start ran.
  bool held(TimeMs clock_start, const std::string& who) const;
  void check_moves(const Happening& what, const stored::DatesMoved* told);
  void closed_without_a_word(const Happening& what);

  const History& history_;
  const CaseKey key_;
  const std::vector<Hindrance>& hindrances_;
  OracleFacts facts_;
  std::map<std::uint32_t, Clock> clocks_;
  std::vector<OraclePromise> promises_;
  std::vector<OraclePromise> promises_at_merge_;  // of a case that has ended in another one
  std::map<std::pair<int, std::string>, TimeMs>
      since_;  // kind and allowance: counts from that change
  // kind and start of the clock, ladder, step, repetition, instant
  std::set<std::tuple<int, TimeMs, std::string, std::uint32_t, std::uint32_t, TimeMs>> done_;
  std::uint32_t revision_ = 0;
  bool closes_ = false;        // the command at hand closes the case
  bool ends_clocks_ = false;   // ... or ends it otherwise
  bool renews_date_ = false;   // ... or replaces an agreed date
  bool changes_case_ = false;  // ... or its service, kind, priority or unit
  bool reopens_ = false;

  // An act that may move dates, with the clocks that waited as they stood before.
  struct Act {
    struct Date {
      TimeMs start = 0;
      TimeMs due = 0;
    };
    std::string who;
    std::uint64_t request = 0;  // its digest
    TimeMs received = 0;
    std::map<std::uint32_t, Date> dates;
  };
  std::optional<Act> moving_;
  std::string handler_;
  std::map<std::string, TimeMs> former_;             // who handled it before, until when
  std::map<std::uint32_t, std::uint32_t> requests_;  // for extension: the clocks
  // Escalations that tell of a moved date: by whom, of which clock.
  std::map<std::uint32_t, std::pair<std::string, std::uint32_t>> moved_;
};

}  // namespace casewheel::simulation
