#include "engine/cli/directory.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>

#include "engine/cli/session.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

std::string text_at(const YAML::Node& node) {
  return node && node.IsScalar() ? node.as<std::string>() : std::string();
}

std::vector<Entry> read_entries(const YAML::Node& list) {
  std::vector<Entry> entries;
  for (const auto& node : list) {
    Entry entry;
    entry.id = text_at(node["id"]);
    const YAML::Node name = node["name"];
    entry.name_zh = name && name.IsMap() ? text_at(name["zh"]) : text_at(name);
    if (name && name.IsMap()) entry.name_en = text_at(name["en"]);
    entry.unit = text_at(node["unit"]);
    if (!entry.id.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

// A unit lies within those above it, but for the outermost, which all lie within.
void place_units(const YAML::Node& list, std::vector<Entry>* units) {
  std::map<std::string, std::string> parents, names;
  for (const auto& node : list) parents[text_at(node["id"])] = text_at(node["parent"]);
  for (const Entry& unit : *units) names[unit.id] = unit.name_zh;
  for (Entry& unit : *units) {
    std::string above = parents[unit.id];
    for (std::size_t depth = 0; depth < units->size() && !above.empty(); ++depth) {
      const std::string next = parents[above];
      if (!next.empty()) unit.within = names[above] + unit.within;
      above = next;
    }
  }
}

}  // namespace

Places read_places(const std::string& yaml) {
  Places places;
  try {
    for (const auto& tenant : YAML::Load(yaml)["tenants"]) {
      places.units = read_entries(tenant["units"]);
      place_units(tenant["units"], &places.units);
      places.staff = read_entries(tenant["staff"]);
      places.services = read_entries(tenant["services"]);
      for (Entry& person : places.staff) {
        const auto unit = std::find_if(places.units.begin(), places.units.end(),
                                       [&](const Entry& known) { return known.id == person.unit; });
        if (unit != places.units.end()) person.within = unit->name_zh;
      }
      for (Entry& service : places.services) service.unit.clear();
    }
  } catch (const YAML::Exception&) {
    return {};
  }
  return places;
}

void Directory::read_tenants() {
  if (asked_) return;
  asked_ = true;
  const auto status = session_.call(session_.catalogue(), &v1::CatalogueService::Stub::ListTenants,
                                    v1::ListTenantsRequest(), &list_, Patience::kAside);
  if (!status.ok()) return;
  for (const auto& tenant : list_.tenants()) {
    Entry& entry = tenants_.emplace_back();
    entry.id = tenant.id();
    entry.name_zh = tenant.name_zh();
    entry.name_en = tenant.name_en();
  }
}

const std::vector<Entry>& Directory::tenants() {
  read_tenants();
  return tenants_;
}

const Places& Directory::places(const std::string& tenant) {
  const auto known = places_.find(tenant);
  if (known != places_.end()) return known->second;
  Places& places = places_[tenant];
  if (tenant.empty()) return places;
  v1::GetCatalogueRequest request;
  request.set_tenant(tenant);
  v1::GetCatalogueResponse response;
  const auto status = session_.call(session_.catalogue(), &v1::CatalogueService::Stub::GetCatalogue,
                                    request, &response, Patience::kAside);
  if (status.ok()) places = read_places(response.yaml());
  return places;
}

std::string Directory::tenant_of(std::string_view case_number) {
  constexpr std::size_t kTenantDigits = 2;
  if (case_number.size() < kTenantDigits) return "";
  const unsigned number = static_cast<unsigned>(
      std::strtoul(std::string(case_number.substr(0, kTenantDigits)).c_str(), nullptr, 10));
  read_tenants();
  for (const auto& tenant : list_.tenants()) {
    if (tenant.number() == number) return tenant.id();
  }
  return "";
}

const Places& places_of(Session& session, const std::string& case_number) {
  static const Places kNone;
  Directory* directory = session.directory();
  return directory == nullptr ? kNone : directory->places(directory->tenant_of(case_number));
}

absl::TimeZone Directory::zone_of(const std::string& tenant) {
  read_tenants();
  std::string name;
  bool one = true;
  for (const auto& known : list_.tenants()) {
    if (known.id() == tenant) return load_zone(known.time_zone()).value_or(default_zone());
    one = one && (name.empty() || name == known.time_zone());
    name = known.time_zone();
  }
  return one ? load_zone(name).value_or(default_zone()) : default_zone();
}

}  // namespace casewheel::cli
