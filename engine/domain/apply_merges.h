// What the events of merges change: part of apply(), and frozen with it.
#pragma once

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::domain {

namespace stored = ::casewheel::journal::v1;

// Takes off a list what `which` holds for.
template <typename Repeated, typename Which>
void drop(Repeated* list, Which which) {
  for (int i = list->size() - 1; i >= 0; --i) {
    if (which(list->Get(i))) list->DeleteSubrange(i, 1);
  }
}

// Nobody waits for them any more.
void drop_promises(stored::CaseState& state, stored::ClockKind kind);
// Those at these places of its list, in order.
void drop_promises(stored::CaseState& state,
                   const google::protobuf::RepeatedField<std::uint32_t>& places);

// Any event of a merge or its undoing.
void apply_to_merge(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms);

}  // namespace casewheel::domain
