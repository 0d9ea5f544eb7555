#include "engine/catalogue/known_entries.h"

namespace casewheel::catalogue {

void KnownEntries::add(const stored::Catalogue& version, bool newest) {
  for (const stored::Unit& unit : version.units()) {
    if (newest) {
      units_.insert_or_assign(unit.id(), unit.parent());
    } else {
      units_.try_emplace(unit.id(), unit.parent());
    }
  }
  for (const stored::Service& service : version.services()) services_.insert(service.id());
  for (const stored::Staff& person : version.staff()) staff_.insert(person.id());
}

std::vector<std::string> KnownEntries::dissolved_below(const domain::UnitTree& tree,
                                                       std::string_view unit) const {
  const auto is_present = [&](std::string_view id) {
    return tree.place(id) != domain::UnitTree::kNowhere;
  };
  const domain::UnitTree::Below asked = tree.below(unit);
  std::vector<std::string> below;
  for (const auto& [id, parent] : units_) {
    if (is_present(id) || id == unit) continue;
    std::string_view above = parent;
    // In the version that had a unit last, its parent was one too, so that this ends; bounded all the same.
    for (std::size_t steps = 0; steps < units_.size(); ++steps) {
      if (above == unit || above.empty() || is_present(above)) break;
      const auto next = units_.find(above);
      if (next == units_.end()) break;
      above = next->second;
    }
    // Headquarters is the first of the tree.
    const std::uint32_t place = above.empty() ? 0 : tree.place(above);
    if (above == unit || asked.contains(place)) below.push_back(id);
  }
  return below;
}

}  // namespace casewheel::catalogue
