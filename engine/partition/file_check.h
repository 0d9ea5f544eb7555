// Whether an attachment's file is the one its case sealed the digest of. For verify.
#pragma once

#include <string>

#include "engine/partition/rows.h"
#include "storage/shelf/shelf.h"

namespace casewheel::partition {

// What is wrong with it; empty: nothing is. `shelf` may be null: then only what the case says is looked at.
std::string check_file(Sealer& sealer, const storage::Shelf* shelf, const CaseRecord& record,
                       const stored::AttachmentState& attachment);

}  // namespace casewheel::partition
