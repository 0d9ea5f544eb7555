// Which cases of a tenant somebody may reach: those of some units and kinds, and those that are her own
// wherever they are. Immutable once made; callable from any thread.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/rows.pb.h"
#include "engine/domain/unit_tree.h"

namespace casewheel::domain {

struct Territory {
  struct Part {
    std::string unit;         // with all below it; empty: every unit
    UnitTree::Below below;    // where those stand in the tree
    std::uint32_t kinds = 0;  // bits 1 << Kind; 0: every kind
  };
  std::shared_ptr<const UnitTree> tree;
  std::vector<Part> parts;
  std::string staff;  // of whose cases she is the handler, or to whom they were escalated

  // A unit the catalogue has no more is covered by a grant that names it.
  bool covers(std::string_view unit, journal::v1::Kind kind, std::string_view handler) const {
    if (!staff.empty() && handler == staff) return true;
    const std::uint32_t place = tree == nullptr ? UnitTree::kNowhere : tree->place(unit);
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
      return (part.unit.empty() || part.below.contains(place) || part.unit == unit) &&
             (part.kinds == 0 || (part.kinds >> kind & 1) != 0);
    });
  }
  bool covers(const journal::v1::CaseState& state) const {
    if (covers(state.unit(), state.kind(), state.handler())) return true;
    if (staff.empty()) return false;
    return std::any_of(state.escalations().begin(), state.escalations().end(),
                       [&](const journal::v1::EscalationState& escalation) {
                         const auto& told = escalation.recipients();
                         return std::find(told.begin(), told.end(), staff) != told.end();
                       });
  }
};

}  // namespace casewheel::domain
