// Which cases hold which files of the shelf: one empty row a case and file, written with the events that
// add and take them away. A file that no case holds may go. Any thread but for write_holdings.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "storage/store.h"

namespace casewheel::partition {

namespace stored = ::casewheel::journal::v1;

// What the event changes of them; `before`: the case as it was. Adds to `let_go` what the case holds no
// more.
void write_holdings(storage::Batch* batch, PartitionId partition, const stored::CaseState& before,
                    const stored::Event& event, std::vector<std::string>* let_go);

// kNotFound when no case holds it.
Status find_holder(const storage::Store& store, PartitionId partitions, std::string_view blob);

// Every file that is held, one or more times.
Status visit_held(const storage::Store& store, PartitionId partitions,
                  const std::function<void(std::string_view blob)>& visit);

}  // namespace casewheel::partition
