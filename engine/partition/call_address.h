// Where a call is found. Any thread.
#pragma once

#include <algorithm>
#include <compare>
#include <string_view>

#include "engine/base/ids.h"
#include "storage/keys.h"

namespace casewheel::partition {

struct CallAddress {
  PartitionId partition = 0;
  storage::Digest16 id{};
  auto operator<=>(const CallAddress&) const = default;
};

// Of Call.call_id.
inline storage::Digest16 call_id_of(std::string_view bytes) {
  storage::Digest16 id{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
  return id;
}

}  // namespace casewheel::partition
