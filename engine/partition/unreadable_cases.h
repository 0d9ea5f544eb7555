// Which cases a damaged table hides, once their numbers are known from the journal. For verify.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "storage/store.h"

namespace casewheel::partition {

// Tells of each case whose row cannot be read, by number.
void name_unreadable_cases(const storage::Snapshot& snapshot, PartitionId partition,
                           const std::unordered_map<std::uint64_t, journal::v1::CaseState>& cases,
                           const std::function<void(std::string)>& tell);

}  // namespace casewheel::partition
