#include "engine/partition/merge_rows.h"

#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {

void write_merge_rows(storage::Batch* batch, PartitionId partition,
                      const journal::v1::CaseState& state) {
  const CaseId id{state.case_id()};
  for (const journal::v1::MergedCase& other : state.preparing()) {
    batch->put(
        storage::Table::kState,
        storage::merge_key(partition, id,
                           {static_cast<PartitionId>(other.partition()), CaseId{other.case_id()}}),
        encode(journal::v1::MergeRow()));
  }
  if (!state.has_unmerging()) return;
  journal::v1::MergeRow row;
  row.set_unmerging(true);
  batch->put(storage::Table::kState, storage::merge_key(partition, id, {partition, id}),
             encode(row));
}

void expect_merge_rows(PartitionId partition,
                       const std::unordered_map<std::uint64_t, journal::v1::CaseState>& cases,
                       std::map<std::string, std::string>* rows) {
  const std::string prefix = storage::kind_prefix(storage::RowKind::kMerge, partition);
  rows->erase(rows->lower_bound(prefix), rows->lower_bound(storage::prefix_end(prefix)));
  storage::Batch batch;
  for (const auto& [number, state] : cases) write_merge_rows(&batch, partition, state);
  for (const storage::Batch::Change& change : batch.changes()) (*rows)[change.key] = change.value;
}

}  // namespace casewheel::partition
