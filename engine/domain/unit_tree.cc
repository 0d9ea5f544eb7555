#include "engine/domain/unit_tree.h"

#include <utility>

namespace casewheel::domain {

UnitTree::UnitTree(const journal::v1::Catalogue& catalogue) {
  const auto count = static_cast<std::size_t>(catalogue.units_size());
  std::unordered_map<std::string_view, std::vector<int>> children;  // by parent, as they stand
  for (int i = 0; i < catalogue.units_size(); ++i)
    children[catalogue.units(i).parent()].push_back(i);
  units_.reserve(count);
  ends_.reserve(count);
  places_.reserve(count);
  // Of the units on the way down: the place, and the children that are still to come. A stack of our own,
  // since a tree may be as deep as it has units.
  struct Descent {
    std::uint32_t place;
    const std::vector<int>* children;
    std::size_t next = 0;
  };
  std::vector<Descent> way;
  const auto children_of = [&](std::string_view unit) {
    const auto found = children.find(unit);
    return found == children.end() ? nullptr : &found->second;
  };
  way.push_back({kNowhere, children_of("")});
  while (!way.empty()) {
    Descent& here = way.back();
    if (here.children == nullptr || here.next == here.children->size()) {
      if (here.place != kNowhere) ends_[here.place] = static_cast<std::uint32_t>(units_.size());
      way.pop_back();
      continue;
    }
    const std::string& unit = catalogue.units((*here.children)[here.next++]).id();
    const auto place = static_cast<std::uint32_t>(units_.size());
    if (!places_.emplace(unit, place).second) continue;
    units_.push_back(unit);
    ends_.push_back(place + 1);
    way.push_back({place, children_of(unit)});
  }
}

std::uint32_t UnitTree::place(std::string_view unit) const {
  const auto found = places_.find(unit);
  return found == places_.end() ? kNowhere : found->second;
}

UnitTree::Below UnitTree::below(std::string_view unit) const {
  const std::uint32_t first = place(unit);
  return first == kNowhere ? Below{} : Below{first, ends_[first]};
}

std::span<const std::string> UnitTree::units(Below below) const {
  return std::span(units_).subspan(below.first, below.end - below.first);
}

}  // namespace casewheel::domain
