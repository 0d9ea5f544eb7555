// Builds a new installation from what could be read of a damaged one. The state is the journal: it is put
// together again, replayed by the very apply() that made it, and what only rows can give is taken from them
// (the keys that open personal data, and cases whose events are lost). Everything that could not be had is
// named, in the report and on record in the new journal. Offline, on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/partition/salvage_pool.h"
#include "engine/partition/seal.h"
#include "storage/store.h"

namespace casewheel::partition {

struct RepairReport {
  enum class Kind : std::uint8_t {
    kLost,        // nothing of the case could be had
    kIncomplete,  // the last that happened to it may be missing
    kHistory,     // the case is as it was, but its history has a gap
    kSealed,      // the key was lost: personal data and attachments cannot be opened any more
  };
  struct Line {
    Kind kind;
    std::string number;  // the case's
    std::string why;
    std::uint64_t from_seq = 0;  // of the journal; 0: the journal is whole
  };
  std::vector<Line> cases;         // every one of which something could not be had
  std::vector<std::string> notes;  // what is missing beside cases: entries, calls, accounts
  std::uint64_t cases_kept = 0;
  std::uint64_t calls_kept = 0;
  std::uint64_t calls_sealed = 0;  // whose callers cannot be read any more
  std::uint64_t entries = 0;
  std::uint64_t lost_entries = 0;

  bool is_whole() const { return cases.empty() && notes.empty(); }
};

// `out`: an empty store. `state_is_whole`: every row of the state was read as it stands, so that a row that
// was not found is none. Not ok: nothing can be built (kCorruption says what is missing), or `out` failed.
Status repair(const SalvagePool& pool, bool state_is_whole, TimeMs machine_now,
              const RandomBytes& random, storage::Store& out, RepairReport* report);

}  // namespace casewheel::partition
