// Unit, handler and service ids as small numbers, so that a million rows do not hold three strings
// each. Names are counted and a number is reused when nothing holds its name any more, so that
// neither handlers who left nor odd filters accumulate. Owned by OpenCases, under the board's lock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"

namespace casewheel::views {

using NameId = std::uint32_t;

class Names {
 public:
  NameId acquire(const std::string& text);
  void release(NameId id);
  const std::string& text(NameId id) const { return *entries_[id].text; }

  std::size_t bytes() const;

 private:
  struct Entry {
    const std::string* text = nullptr;  // the key in ids_, which never moves
    std::uint64_t holders = 0;
  };

  absl::node_hash_map<std::string, NameId> ids_;
  std::vector<Entry> entries_;
  std::vector<NameId> free_;
};

}  // namespace casewheel::views
