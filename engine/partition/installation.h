// What belongs to a data directory as a whole: its format, the number of partitions fixed when it was
// made, the secret that keys its digests, and the count of starts. Used at start and by restore.
#pragma once

#include <string>

#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/partition/seal.h"
#include "storage/store.h"

namespace casewheel::partition {

namespace stored = ::casewheel::journal::v1;

struct Installation {
  std::uint32_t partitions = 1;
  std::string secret;
  std::uint64_t epoch = 0;           // of this start
  bool restored = false;             // this is the first start on a restored directory
  bool first_after_restore = false;  // ... or on one that was copied
  bool created = false;              // ... on an empty one
  std::uint64_t restore = 0;         // mark of the latest restore or copy; 0: there was none
  bool copied = false;               // ... it was a copy
  TimeMs started_ms = 0;             // by the machine's clock
  bool virtual_clock = false;
};

// Opens the installation in the store, making it when the store is empty, and counts a start. An
// unknown format is refused. `partitions` counts only when it is made. `now` is the machine's time.
// `place` tells the directory from a copy of it; 0: that is not known.
Status start_installation(storage::Store& store, std::uint32_t partitions, TimeMs now,
                          const RandomBytes& random, Installation* installation,
                          std::uint64_t place = 0);

// Counts a start in `batch` and gives its epoch, and nothing else: a mark of a restore is left for the start
// that is to serve. kInvalid where there is no installation.
Status count_start(const storage::Store& store, storage::Batch* batch, std::uint64_t* epoch);

// The same without counting a start, for verify.
Status read_installation(const storage::Store& store, Installation* installation);

// Into an empty store, for a repair: the installation as it was, and its starts so far.
Status write_installation(storage::Store& store, const stored::Installation& row,
                          const stored::StartRecord& start);

// Marks a store that was restored from a backup: its next start says so in the journal.
Status mark_restored(storage::Store& store);

}  // namespace casewheel::partition
