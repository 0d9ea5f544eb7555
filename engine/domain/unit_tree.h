// The units of one tenant as numbers: in pre-order, so that a unit with all below it is one interval and
// whether a unit lies below another is one look-up and two comparisons, however many units there are.
// Computed once a catalogue version; immutable, callable from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"

namespace casewheel::domain {

class UnitTree {
 public:
  // Places in pre-order: from `first` up to and without `end`.
  struct Below {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    bool contains(std::uint32_t place) const { return place >= first && place < end; }
  };
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  // A unit whose parents lead to no headquarters is in no tree, and nowhere.
  explicit UnitTree(const journal::v1::Catalogue& catalogue);

  std::uint32_t place(std::string_view unit) const;  // kNowhere: there is no such unit
  Below below(std::string_view unit) const;          // the unit and all below it; of none: empty
  std::span<const std::string> units(Below below) const;  // in pre-order
  std::uint32_t size() const { return static_cast<std::uint32_t>(units_.size()); }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::vector<std::string> units_;   // in pre-order
  std::vector<std::uint32_t> ends_;  // of each, with all below it
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> places_;
};

}  // namespace casewheel::domain
