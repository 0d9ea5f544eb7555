// What an event changes. No rule, no clock, no look at the catalogue: apply(state, event) gives the
// same state on every machine and in every year. Frozen once released; golden files guard it.
#pragma once

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::domain {

namespace stored = ::casewheel::journal::v1;

// Applies one event of a case to its state (empty for CaseLodged). `seq` and `now_ms` are those of
// the journal entry that carries it. CHECKs that the revision follows on.
void apply(stored::CaseState& state, const stored::Event& event, std::uint64_t seq,
           std::int64_t now_ms);

// What an event adds to the partition's totals.
void apply_totals(stored::Totals& totals, const stored::Event& event);

// How many escalations a case keeps beside its journal. Those nobody has acknowledged are kept however
// many they are: repeats of a step are one, so there are at most as many as its policies have steps.
inline constexpr int kEscalationsKept = 64;
// Of those who handled a case before; beyond, the one who gave it away first is forgotten.
inline constexpr int kFormerHandlersKept = 256;
// Dates a clock has left with something of their ladder told: one for each change of service, priority,
// policy or calendar in between, so that nothing is told twice when it comes back.
inline constexpr int kLadderPlacesKept = 64;
// Allowances of policies that count from the change.
inline constexpr int kCountedSinceKept = 32;

}  // namespace casewheel::domain
