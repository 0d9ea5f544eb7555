// A case as its applicant may see it: what he was promised and told, and nothing else of it. Reads the
// journal: on services.pools.
#pragma once

#include <vector>

#include "casewheel/v1/tracking.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

Result<v1::TrackedCase> tracked_case(partition::Engine& engine, CaseAddress address,
                                     const partition::CaseRecord& record);

// One of the cases that an applicant has been led through: her own, then those it was merged into.
struct Led {
  CaseAddress address;
  partition::CaseRecord record;
  TimeMs since = 0;  // what was told of it before is none of this applicant's; 0: of her own case
};
Result<std::vector<Led>> led_through(const storage::Store& store, CaseAddress address,
                                     const partition::CaseRecord& record);

// True of an event whose words are the applicant's. `is_own`: the case is the applicant's own, and
// not the one it was merged into.
bool is_told_event(const stored::Event& event, bool is_own);
// Those words; without a text where they were erased.
v1::Told to_told(const stored::Event& event, TimeMs committed, const partition::CaseRecord& record);

}  // namespace casewheel::api
