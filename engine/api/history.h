// A case's events as lines that people read: what changed, in the API's words. Any thread.
#pragma once

#include "casewheel/v1/cases.pb.h"
#include "engine/api/convert.h"

namespace casewheel::api {

// One journal event as a line of history; personal data unsealed where the key still fits.
v1::HistoryEntry to_history(const stored::Event& event, TimeMs committed,
                            const partition::CaseRecord& record);

}  // namespace casewheel::api
