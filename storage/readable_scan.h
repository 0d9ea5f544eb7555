// Scans that pass over what cannot be read. A block that is damaged ends an ordinary scan, for whoever asked
// for anything in it or behind it; these go on behind the damage and say where it was.
//
// Where the damage ends is found by trying, since the store names no bounds: from the last row read the
// distance is doubled until a row can be read, then halved. Rows between two damaged blocks that lie close
// together may be passed over with them. Works on any Store; some hundred reads for each stretch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace casewheel::storage {

struct PassedOver {
  struct Stretch {
    std::string begin;  // the first key that could not be read, as far as is known
    std::string end;    // the first one behind it that could; or the scan's end
  };
  std::vector<Stretch> stretches;
  std::string why;  // of the first one, as the store says it

  bool empty() const { return stretches.empty(); }
};

// As Store::scan and Snapshot::scan, but not ok only for other reasons than damage.
Status scan_readable(const Store& store, Table table, std::string_view begin, std::string_view end,
                     const RowVisitor& visit, PassedOver* passed);
Status scan_readable(const Snapshot& snapshot, Table table, std::string_view begin,
                     std::string_view end, const RowVisitor& visit, PassedOver* passed);
// As Snapshot::scan_reverse; `end` must not be empty. Stretches are in the order they were met.
Status scan_readable_reverse(const Snapshot& snapshot, Table table, std::string_view begin,
                             std::string_view end, const RowVisitor& visit, PassedOver* passed);

// Whether the status tells of damage: what is stored cannot be read, and something else may be.
bool is_damage(const Status& status);

}  // namespace casewheel::storage
