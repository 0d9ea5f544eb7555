// The batch a partition is making: what partition.cc, serving.cc and timekeeping.cc share. Lives for
// one turn, on the partition thread.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/node_hash_map.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/domain/hands.h"
#include "engine/partition/partition.h"

namespace casewheel::partition {

struct Partition::Pending {
  TimeMs now = 0;
  domain::Moment moment;
  std::shared_ptr<const catalogue::Registry> registry;
  std::vector<std::shared_ptr<const catalogue::Registry>>
      superseded;  // rules in use may live there
  bool catalogue_changed = false;
  stored::JournalEntry entry;
  stored::PartitionHead head;
  std::uint64_t seq = 0;
  storage::Batch rows;
  absl::flat_hash_map<std::uint64_t, Touched> touched;
  absl::node_hash_map<storage::Digest16, TouchedCall> calls;
  absl::flat_hash_map<std::string, stored::DedupeRow> lodged;  // by digest, within this batch
  // Bodies of the requests that took effect within this batch, by case and request.
  absl::flat_hash_map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> requests;
  absl::flat_hash_map<std::string, std::uint64_t> cursors;  // likewise, by key

  // Where the next event will stand.
  EventPlace place() const { return {seq, static_cast<std::uint32_t>(entry.events_size()), now}; }
  const domain::Rulebook* rules(std::uint8_t tenant_number) const {
    return registry->find_number(tenant_number);
  }
};

inline const domain::Rulebook& rules_of(const catalogue::Registry& registry, CaseId id) {
  const domain::Rulebook* rules = registry.find_number(id.tenant_number());
  CASEWHEEL_CHECK(rules != nullptr,
                  "no catalogue for tenant number " + std::to_string(id.tenant_number()));
  return *rules;
}

inline std::vector<stored::EscalationState> unacknowledged(const stored::CaseState& state) {
  std::vector<stored::EscalationState> open;
  for (const stored::EscalationState& escalation : state.escalations()) {
    if (escalation.acknowledged_ms() == 0) open.push_back(escalation);
  }
  return open;
}

inline std::vector<UndecidedRequest> undecided(const stored::CaseState& state) {
  std::vector<UndecidedRequest> requests;
  for (const stored::ExtensionRequest& request : state.extension_requests()) {
    requests.push_back(
        {request, domain::barred_from(state, request.clock(), request.requested_by())});
    requests.back().request.clear_sealed();
  }
  return requests;
}

}  // namespace casewheel::partition
