#include "engine/partition/unreadable_cases.h"

#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {

void name_unreadable_cases(const storage::Snapshot& snapshot, PartitionId partition,
                           const std::unordered_map<std::uint64_t, journal::v1::CaseState>& cases,
                           const std::function<void(std::string)>& tell) {
  for (const auto& [id, state] : cases) {
    std::string value;
    const Status read =
        snapshot.get(storage::Table::kState, storage::case_key(partition, CaseId{id}), &value);
    if (storage::is_damage(read))
      tell("case " + format_case_number(partition, CaseId{id}) +
           " cannot be read: " + read.message());
  }
}

}  // namespace casewheel::partition
