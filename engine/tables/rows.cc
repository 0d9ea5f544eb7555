#include "engine/tables/rows.h"

namespace casewheel::tables {

std::string lines_lost_with(const Row& row) {
  if (row.lines_behind() == 0) return {};
  const std::string last = std::to_string(row.last_line);
  return row.lines_behind() == 1 ? "; line " + last + " went with it and was not read"
                                 : "; lines " + std::to_string(row.line + 1) + " to " + last +
                                       " went with it and were not read";
}

}  // namespace casewheel::tables
