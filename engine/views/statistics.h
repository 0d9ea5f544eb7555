// The counters of the board as one answer. Plain values, owned by whoever asked; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "casewheel/journal/v1/rows.pb.h"
#include "casewheel/journal/v1/words.pb.h"
#include "engine/base/time.h"

namespace casewheel::views {

// How many open cases share these.
struct OpenCount {
  std::uint8_t tenant_number = 0;
  std::string unit;
  journal::v1::Kind kind = journal::v1::KIND_UNSPECIFIED;
  journal::v1::CaseStatus status = journal::v1::STATUS_UNSPECIFIED;
  std::uint64_t cases = 0;  // never 0
};

struct TenantCount {
  std::uint8_t tenant_number = 0;
  std::uint64_t open = 0;
  std::uint64_t overdue = 0;
  std::uint64_t unclocked = 0;  // of which no clock runs or is paused; not in overdue
  TimeMs oldest_due_ms = 0;     // due of the most overdue case; 0 when none is overdue
};

// Counted in slices: every figure was right at some instant during the call, but figures may be
// from slightly different instants.
struct Statistics {
  std::vector<OpenCount> open_counts;
  std::vector<TenantCount> tenants;  // those with open cases, by number
  journal::v1::Totals totals;        // over all partitions
};

}  // namespace casewheel::views
