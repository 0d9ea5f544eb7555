// Before a row is sent: does the tenant's catalogue have the services and units the map itself
// names? A slip in the map would otherwise become thousands of refused rows.
#pragma once

#include <set>
#include <string>

#include "engine/cli/import/map.h"

namespace casewheel::cli {

// What a tenant's part of a catalogue defines, by id.
struct CatalogueNames {
  std::set<std::string> services;
  std::set<std::string> units;
};

// False when the text is no catalogue with that tenant in it.
bool read_catalogue_names(const std::string& yaml, const std::string& tenant,
                          CatalogueNames* names);

// The mistake, naming every service and unit that is not there, or empty.
std::string check_named(const ImportMap& map, const CatalogueNames& names);

}  // namespace casewheel::cli
