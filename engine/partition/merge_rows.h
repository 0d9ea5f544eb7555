// The rows of merges that are between two steps, as the cases themselves tell of them: what a repair writes, and
// what verify expects where events of merges were lost.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "storage/store.h"

namespace casewheel::partition {

void write_merge_rows(storage::Batch* batch, PartitionId partition,
                      const journal::v1::CaseState& state);

// Puts those of all cases in the place of what is there.
void expect_merge_rows(PartitionId partition,
                       const std::unordered_map<std::uint64_t, journal::v1::CaseState>& cases,
                       std::map<std::string, std::string>* rows);

}  // namespace casewheel::partition
