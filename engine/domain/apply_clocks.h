// What an event changes of a case's clocks, and of the facts they are derived from. A part of apply()
// (apply.h): nothing outside engine/domain includes this.
#pragma once

#include <cstdint>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::domain {

namespace stored = ::casewheel::journal::v1;

// The clock an event names. CHECKs that there is one.
stored::ClockState& clock_of(stored::CaseState& state, std::uint32_t number);

template <typename Repeated>
void keep_latest(Repeated* list, int limit) {
  if (list->size() > limit) list->DeleteSubrange(0, list->size() - limit);
}

// Of ClockStarted, -Paused, -Resumed, -Breached, -Stopped, -Extended, -Moved and -Restored.
void apply_to_clock(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms);

void begin_pause(stored::CaseState& state, std::int64_t from_ms, stored::PauseReason reason);
// Ends the one that lasts, if any does. One that ends where it began, or before, was none.
void end_pause(google::protobuf::RepeatedPtrField<stored::PauseInterval>* pauses,
               std::int64_t to_ms);
void give_signal(stored::CaseState& state, stored::ClockSignal signal, std::int64_t at_ms,
                 stored::ReplyMeans means = stored::MEANS_UNSPECIFIED);

}  // namespace casewheel::domain
