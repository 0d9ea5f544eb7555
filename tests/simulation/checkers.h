// The promises of engine/README.md, each as one function over the ledger, the history and the running
// partitions. Each answers what is wrong, or nothing.
#pragma once

#include <map>
#include <string>

#include "tests/simulation/history.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

// All there is to judge at one moment.
struct Picture {
  Picture(World& world, const Ledger& ledger);
  World& world;
  const Ledger& ledger;
  History history;
  std::map<CaseKey, Oracle> oracles;
};

std::string acknowledged_is_durable(const Picture& picture);       // 1
std::string one_key_one_case(const Picture& picture);              // 2
std::string every_waiting_clock_is_armed(const Picture& picture);  // 3
std::string never_early_exactly_once(const Picture& picture);      // 4
std::string nothing_due_is_unfired(const Picture& picture);        // 4, after a drain
std::string comparison_is_the_verdict(const Picture& picture);     // 5
std::string lateness_has_its_cause(const Picture& picture);        // 5
std::string state_is_the_journal(const World& world);              // 6
std::string any_changed_byte_is_found(const World& world, Random& random, int samples);  // 7
std::string time_never_goes_back(const Picture& picture);                                // 8
std::string histories_hold_together(const Picture& picture);  // revisions, clocks, sealing
// What was sealed before a case was erased is closed to its key, what was sealed since is not.
std::string erased_is_unreadable(const Picture& picture);
// What was acknowledged of calls is there, and each is one that could be.
std::string calls_hold_together(const Picture& picture);
std::string dates_are_of_today(const Picture& picture);  // wherever no change is left to be carried
std::string board_shows_the_store(const Picture& picture);
std::string notices_show_the_store(const Picture& picture);
std::string calls_show_the_store(const Picture& picture);
// Whoever was merged is led to a case that is open or answered, which keeps the dates she was given.
std::string merged_leads_on(const Picture& picture);
// Of both sides alike; once no merge is on its way.
std::string merges_are_settled(const Picture& picture);
std::string escalations_are_kept(
    const Picture& picture);  // what nobody has acknowledged, and the level
std::string cursors_only_rise(const Picture& picture);

// All of them but the changed bytes; `drained`: nothing may be due; `replayed`: the journal too, which
// costs as much as all the others.
std::string check_all(const Picture& picture, bool drained, bool replayed);

// Cheap enough for every step: what the last commits said is what is armed and stored.
std::string changes_are_armed(World& world);

}  // namespace casewheel::simulation
