#include "engine/partition/backup_facts.h"

#include <cstdio>

#include "engine/base/digest.h"
#include "engine/partition/installation.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {
namespace {

std::string fact_of_entry(PartitionId id, std::uint64_t seq, std::string_view hash) {
  return "head " + std::to_string(id) + " " + std::to_string(seq) + " " + hex(hash);
}

// The fact as the store has it; empty where it has no such entry.
std::string fact_of_stored_entry(const storage::Store& store, PartitionId id, std::uint64_t seq) {
  std::string bytes;
  if (!store.get(storage::Table::kJournal, storage::journal_key(id, seq), &bytes)) return {};
  return fact_of_entry(id, seq, bytes_of(sha256(bytes)));
}

}  // namespace

Status facts_of(const storage::Store& store, std::vector<std::string>* facts) {
  Installation installation;
  if (Status status = read_installation(store, &installation); !status) return status;
  facts->push_back("format " + std::to_string(kFormat));
  facts->push_back("partitions " + std::to_string(installation.partitions));
  const auto snapshot = store.snapshot();
  for (PartitionId id = 0; id < installation.partitions; ++id) {
    stored::PartitionHead head;
    if (Status status = read_head(*snapshot, id, &head); !status) return status;
    if (head.seq() != 0) facts->push_back(fact_of_entry(id, head.seq(), head.hash()));
  }
  return {};
}

Status check_facts(const storage::Store& store, const std::vector<std::string>& facts) {
  Installation installation;
  if (Status status = read_installation(store, &installation); !status) return status;
  for (const std::string& fact : facts) {
    bool holds = fact == "format " + std::to_string(kFormat) ||
                 fact == "partitions " + std::to_string(installation.partitions);
    unsigned id = 0;
    unsigned long long seq = 0;
    if (std::sscanf(fact.c_str(), "head %u %llu ", &id, &seq) == 2)
      holds = fact == fact_of_stored_entry(store, static_cast<PartitionId>(id), seq);
    if (!holds)
      return {Status::Code::kCorruption,
              "the manifest says \"" + fact + "\", which does not hold of what was restored"};
  }
  return {};
}

}  // namespace casewheel::partition
