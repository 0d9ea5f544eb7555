// The simulation's tenants: three, each with variants of its catalogue that change policies, ladders,
// staff and even the time zone, so that re-applying one is felt by the cases. Parsed from YAML once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"

namespace casewheel::simulation {

namespace stored = ::casewheel::journal::v1;

inline constexpr std::size_t kTenants = 3;
inline constexpr std::size_t kVariants = 4;

// Names all variants know, so that any request may use them.
extern const std::vector<std::string> kUnits;
extern const std::vector<std::string> kStaff;
extern const std::vector<std::string> kServices;

const std::string& tenant_name(std::size_t tenant);
std::uint8_t tenant_number(std::size_t tenant);
const stored::Catalogue& catalogue_variant(std::size_t tenant, std::size_t variant);

}  // namespace casewheel::simulation
