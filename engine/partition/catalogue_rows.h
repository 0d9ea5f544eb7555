// The catalogues and calendars among rows that a journal's events gave. For verify and repair, which go by the
// journal and not by what stands in the store.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/catalogue/catalogue.h"

namespace casewheel::partition {

// Rows of partition 0 by their keys; others among them are passed over, and so is what cannot be decoded.
std::shared_ptr<const catalogue::Registry> registry_of(
    const std::map<std::string, std::string>& rows);

}  // namespace casewheel::partition
