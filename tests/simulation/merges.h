// Merges on their way, as the api drives them (engine/api/merging.cc), but with their steps going out in
// any order beside those of others: of mutual merges, rings, chains, cases that close meanwhile, and merges
// that are undone while another one goes on. An end of the process forgets them all; what it left in the
// store is taken up again.
#pragma once

#include <map>
#include <optional>

#include "tests/simulation/ledger.h"
#include "tests/simulation/random.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

class Merges {
 public:
  Merges(Random& random, World& world, Ledger& ledger)
      : random_(random), world_(world), ledger_(ledger) {}

  // Somebody merges cases, or undoes a merge.
  void begin();
  // A step of one that is not on its way; nothing when there is none.
  std::optional<Asked> step();
  void answered(const Asked& asked, const partition::Answer& answer);
  // The process has ended and another one has begun.
  void resume();
  bool idle() const { return running_.empty(); }

 private:
  enum class Next : std::uint8_t { kPrepare, kEnd, kAttach, kRelease, kUndo, kDetach, kSettle };
  struct Running {
    Next next = Next::kPrepare;
    CaseAddress duplicate;
    CaseAddress into;     // the case that goes on; of an undoing, the one to be told next
    CaseAddress through;  // of an undoing
    stored::MergeRecord record;
    std::uint32_t depth = 1;
    stored::UnmergeRecord unmerging;
    bool asked = false;  // its step is on its way
  };

  void merge(CaseAddress duplicate, CaseAddress into);
  partition::ActRequest request_of(const Running& merge) const;
  // What comes after a step; false when the merge is over.
  bool go_on(Running& merge, const partition::Answer& answer);
  bool go_on_undoing(Running& merge, const partition::Answer& answer);

  Random& random_;
  World& world_;
  Ledger& ledger_;
  std::map<std::size_t, Running> running_;  // by number
  std::size_t last_ = 0;
};

}  // namespace casewheel::simulation
