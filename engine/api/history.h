// A case's events as lines that people read: what changed, in the API's words. Any thread.
#pragma once

#include "casewheel/v1/cases.pb.h"
#include "engine/api/convert.h"
#include "storage/log.h"

namespace casewheel::api {

// One journal event as a line of history; personal data unsealed where the key still fits.
v1::HistoryEntry to_history(const stored::Event& event, TimeMs committed,
                            const partition::CaseRecord& record, Shown shown);

// The event of a line that stands for events which cannot be read.
inline constexpr const char* kLostEvent = "entry_lost";

// Adds up to `most` lines that come after revision `after`. The revision to go on after; 0 when there
// are no more. Where entries are damaged, or were lost before a repair, one line tells which revisions
// are missing. Of an export, `withheld_to`: up to that revision, and of every correction, what may be about
// somebody else is withheld; 0: there is no such. Reads the journal: on services.pools.
Result<std::uint32_t> read_history(const storage::Log& log, const CaseAddress& address,
                                   const partition::CaseRecord& record, std::uint32_t after,
                                   int most, Shown shown,
                                   google::protobuf::RepeatedPtrField<v1::HistoryEntry>* lines,
                                   std::uint32_t withheld_to = 0);

}  // namespace casewheel::api
