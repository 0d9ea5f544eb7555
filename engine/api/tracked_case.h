// A case as its applicant may see it: what he was promised and told, and nothing else of it. Reads the
// journal: on services.pools.
#pragma once

#include "casewheel/v1/tracking.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

Result<v1::TrackedCase> tracked_case(partition::Engine& engine, CaseAddress address,
                                     const partition::CaseRecord& record);

}  // namespace casewheel::api
