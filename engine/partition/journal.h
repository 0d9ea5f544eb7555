// The hash chain of one partition's journal: entry n carries the SHA-256 of the stored bytes of entry
// n-1, so that changing, leaving out or putting in an entry breaks every hash after it. In the place of
// an entry that was lost to damage stands one that says so (EntryLost): the chain goes on behind it from
// the hash of what was lost, and every reader of the chain sees the gap.
#pragma once

#include <string>

#include "casewheel/journal/v1/events.pb.h"
#include "engine/base/digest.h"
#include "engine/base/ids.h"
#include "storage/store.h"

namespace casewheel::partition {

namespace stored = ::casewheel::journal::v1;

struct ChainPosition {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;  // of the last entry; 0 before the first
  Sha256 hash{};          // of the last entry; zeros before the first
};

// Fills in the entry's place in the chain and returns its stored bytes; `position` moves onto it.
std::string seal_entry(stored::JournalEntry* entry, PartitionId partition, ChainPosition* position);

// Why the bytes are not the entry that follows `position`, empty when they are; then `position`
// moves onto it and `entry` holds it.
std::string check_entry(std::string_view bytes, PartitionId partition, ChainPosition* position,
                        stored::JournalEntry* entry);

// Of all partitions, as their head rows have it.
std::uint64_t entries_total(const storage::Snapshot& snapshot, PartitionId partitions);

}  // namespace casewheel::partition
