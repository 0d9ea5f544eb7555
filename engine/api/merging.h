// Merges between two of their steps. A merge is a durable protocol between the partitions of two cases
// (engine/domain/act_on_merge.cc has the rules): each step is an event, and a row tells of one that is not
// the last. CasesApi::merge and unmerge drive the steps; what an end of the process left is taken up here.
#pragma once

#include "engine/api/call.h"

namespace casewheel::api {

// At start, before anybody is served: sends every merge that stopped between two steps on its way to
// its end, and returns. Reads the store on the calling thread.
Status resume_merges(const Services& services);

// The case at the end of the merges a case has gone through, itself where it was not merged; as long as
// it can be read. Reads the store: on services.pools.
Status find_main_case(const storage::Store& store, CaseAddress* address,
                      partition::CaseRecord* record);

}  // namespace casewheel::api
