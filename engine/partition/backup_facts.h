// What a backup's manifest says of the rows in it, so that a restore proves that it found them: the
// format, the number of partitions, and of each partition an entry of its journal, the last one before
// the backup was taken, with its hash. Any thread.
#pragma once

#include <string>
#include <vector>

#include "storage/store.h"

namespace casewheel::partition {

Status facts_of(const storage::Store& store, std::vector<std::string>* facts);

// kCorruption names the fact that does not hold of the store. A fact this engine does not know is one.
Status check_facts(const storage::Store& store, const std::vector<std::string>& facts);

}  // namespace casewheel::partition
