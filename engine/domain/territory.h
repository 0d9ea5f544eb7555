// Which cases of a tenant somebody may reach: those of some units and kinds, and those that are her own
// wherever they are. Immutable once made; callable from any thread.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::domain {

struct Territory {
  struct Part {
    std::set<std::string, std::less<>> units;  // none: every unit
    std::uint32_t kinds = 0;                   // bits 1 << Kind; 0: every kind

    bool covers(std::string_view unit, journal::v1::Kind kind) const {
      return (units.empty() || units.contains(unit)) && (kinds == 0 || (kinds >> kind & 1) != 0);
    }
  };
  std::vector<Part> parts;
  std::string staff;  // of whose cases she is the handler, or to whom they were escalated

  bool covers(std::string_view unit, journal::v1::Kind kind, std::string_view handler) const {
    if (!staff.empty() && handler == staff) return true;
    return std::any_of(parts.begin(), parts.end(),
                       [&](const Part& part) { return part.covers(unit, kind); });
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
