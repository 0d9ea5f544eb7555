// Events put on the journal of partition 0 while no engine serves: what an operator has to do when nobody can
// sign in any more. The store's own lock keeps every other process out; a new epoch marks the writer.
#pragma once

#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "storage/store.h"

namespace casewheel::partition {

namespace stored = ::casewheel::journal::v1;

// One durable entry with these events of the partition's own and the rows they change. Engine time stays
// where it was: nothing comes due by this. kInvalid where there is no installation.
Status record_offline(storage::Store& store, std::vector<stored::Event> events);

}  // namespace casewheel::partition
