// What if: past cases under another catalogue or other calendars. What was done and when is taken
// from each case's history, what was promised from the other rules; the verdicts are laid side by
// side. Works on one snapshot beside the running engine; nothing is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalogue/catalogue.h"
#include "engine/domain/territory.h"
#include "storage/store.h"

namespace casewheel::partition {

struct WhatIf {
  struct Tally {
    std::uint64_t met = 0;
    std::uint64_t broken = 0;
    std::uint64_t open = 0;  // neither yet
  };
  struct Line {
    std::string unit;  // the case's at the end
    domain::stored::Kind kind{};
    domain::stored::ClockKind clock{};
    Tally happened;
    Tally otherwise;
  };
  std::vector<Line> lines;  // in order of unit, kind, clock
  std::uint64_t cases = 0;
  std::uint64_t left_out = 0;    // their service or unit does not exist under the other rules
  std::uint64_t unreadable = 0;  // damaged, or their history has a gap: passed over
};

// Cases of the tenant received in [from, until). `other` are the tenant's rules in the world that is
// asked about. Of the cases of `territory` alone, as they stand, where there is one. `goes_on()` is asked
// at every row; false stops, with kBusy.
Status what_if(const storage::Store& store, PartitionId partitions,
               const catalogue::TenantRules& other, TimeMs from, TimeMs until, TimeMs now,
               const std::function<bool()>& goes_on, WhatIf* report,
               const domain::Territory* territory = nullptr);

}  // namespace casewheel::partition
