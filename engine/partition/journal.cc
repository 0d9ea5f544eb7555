#include "engine/partition/journal.h"

#include <algorithm>

#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {

std::string seal_entry(stored::JournalEntry* entry, PartitionId partition,
                       ChainPosition* position) {
  entry->set_format(kFormat);
  entry->set_partition(partition);
  entry->set_epoch(position->epoch);
  entry->set_seq(position->seq + 1);
  entry->set_prev_hash(std::string(bytes_of(position->hash)));
  std::string bytes = encode(*entry);
  position->seq += 1;
  position->hash = sha256(bytes);
  return bytes;
}

std::string check_entry(std::string_view bytes, PartitionId partition, ChainPosition* position,
                        stored::JournalEntry* entry) {
  const std::string where = "journal of partition " + std::to_string(partition) + ", entry " +
                            std::to_string(position->seq + 1);
  if (!entry->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return where + ": cannot be decoded";
  if (entry->format() != kFormat)
    return where + ": unknown format " + std::to_string(entry->format());
  if (entry->partition() != partition)
    return where + ": belongs to partition " + std::to_string(entry->partition());
  if (entry->seq() != position->seq + 1)
    return where + ": found entry " + std::to_string(entry->seq()) + " in its place";
  if (entry->prev_hash() != bytes_of(position->hash)) {
    return where + ": does not continue the chain (entry " + std::to_string(position->seq) +
           " or this one was changed)";
  }
  if (entry->epoch() < position->epoch) return where + ": epoch went back";
  const bool lost = std::any_of(entry->events().begin(), entry->events().end(),
                                [](const stored::Event& event) { return event.has_entry_lost(); });
  // Its bytes are proved by no later hash where it stands in for another: so it may hold nothing else.
  if (lost && entry->events_size() != 1)
    return where + ": an entry that stands for a lost one has more in it";
  position->epoch = entry->epoch();
  position->seq = entry->seq();
  position->hash = sha256(bytes);
  if (!lost) return {};
  const std::string& hash = entry->events(0).entry_lost().hash();
  if (hash.size() == position->hash.size())
    std::copy(hash.begin(), hash.end(), position->hash.begin());
  return {};
}

std::uint64_t entries_total(const storage::Snapshot& snapshot, PartitionId partitions) {
  std::uint64_t total = 0;
  for (PartitionId id = 0; id < partitions; ++id) {
    std::string value;
    stored::PartitionHead head;
    if (snapshot.get(storage::Table::kState, storage::head_key(id), &value) &&
        head.ParseFromString(value))
      total += head.seq();
  }
  return total;
}

}  // namespace casewheel::partition
