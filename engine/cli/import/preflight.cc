#include "engine/cli/import/preflight.h"

#include <yaml-cpp/yaml.h>

namespace casewheel::cli {
namespace {

void read_ids(const YAML::Node& list, std::set<std::string>* ids) {
  for (const auto& entry : list) ids->insert(entry["id"].as<std::string>());
}

std::string missing(const ValueRule& rule, const std::set<std::string>& known, const char* what) {
  std::string mistakes;
  for (const std::string& name : rule.named()) {
    if (known.count(name) > 0) continue;
    mistakes += (mistakes.empty() ? "" : "; ") + rule.name + ": the catalogue has no " + what +
                " \"" + name + "\"";
  }
  return mistakes;
}

}  // namespace

bool read_catalogue_names(const std::string& yaml, const std::string& tenant,
                          CatalogueNames* names) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    for (const auto& part : root["tenants"]) {
      if (part["id"].as<std::string>() != tenant) continue;
      read_ids(part["services"], &names->services);
      read_ids(part["units"], &names->units);
      return true;
    }
  } catch (const YAML::Exception&) {  // said by the return value
  }
  return false;
}

std::string check_named(const ImportMap& map, const CatalogueNames& names) {
  std::string mistakes = missing(map.service, names.services, "service");
  if (map.unit) {
    const std::string units = missing(*map.unit, names.units, "unit");
    if (!mistakes.empty() && !units.empty()) mistakes += "; ";
    mistakes += units;
  }
  return mistakes;
}

}  // namespace casewheel::cli
