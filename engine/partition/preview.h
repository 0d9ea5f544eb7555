// What a changed calendar or policy would do to open cases, before it is put in force: every open
// case is laid anew on paper, by the very rules that will do it. Works on one snapshot beside the
// running engine; nothing is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalogue/catalogue.h"
#include "storage/store.h"

namespace casewheel::partition {

struct ChangePreview {
  struct Example {
    CaseAddress address;
    domain::stored::ClockKind kind{};
    TimeMs due_before = 0;  // 0: paused
    TimeMs due_after = 0;
    std::string county;
  };
  static constexpr std::size_t kExamplesKept = 20;

  std::uint64_t open_cases = 0;
  std::uint64_t cases_moved = 0;
  std::uint64_t clocks_later = 0;
  std::uint64_t clocks_earlier = 0;
  std::uint64_t clocks_otherwise = 0;  // same date; ladder, policy or certainty change, or it ends
  std::uint64_t newly_breached = 0;
  std::uint64_t no_longer_breached = 0;
  std::uint64_t unreadable = 0;  // damaged: passed over
  std::vector<Example> examples;
};

// `next`: what would be in force, with its edition. `now`: engine time. `goes_on()` is asked at every row;
// false stops, with kBusy.
Status preview_change(const storage::Store& store, PartitionId partitions,
                      const catalogue::Registry& next, TimeMs now,
                      const std::function<bool()>& goes_on, ChangePreview* preview);

}  // namespace casewheel::partition
