// The journal of one partition put together again from the entries that could be read. Every entry that can be
// proved stands byte for byte where it stood; in the place of each other one stands an EntryLost, from whose
// hash the chain goes on.
//
// From the end backwards: the head row names the hash of the last entry, each entry that of the one before
// it. An entry whose hash is named is taken only when its bytes match. One whose hash nobody names any more,
// because what followed it is lost, is taken as it is: it lay in an intact block.
#pragma once

#include <string>
#include <vector>

#include "engine/partition/journal.h"
#include "engine/partition/salvage_pool.h"

namespace casewheel::partition {

struct MendedJournal {
  struct Gap {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool changed = false;  // an entry was there, but other bytes than were committed
  };
  std::vector<Gap> gaps;
  std::uint64_t lost = 0;     // entries
  ChainPosition end;          // the last entry
  std::int64_t now_ms = 0;    // engine time of it
  bool head_is_last = false;  // the head row is that of the last entry
};

// Writes the entries to `out`.
Status mend_journal(const SalvagePool& pool, PartitionId partition, storage::Store& out,
                    MendedJournal* mended);

}  // namespace casewheel::partition
