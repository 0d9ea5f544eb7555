// Every unit, service and person that any version of one tenant's catalogue has had: cases keep standing under
// those that the version in force does not have any more. Immutable once shared, read from any thread.
//
// The rule for units that were dissolved: such a unit stands under the parent it had last, and where that one was
// dissolved as well, under its last parent in turn; the last of all stands under headquarters. So what the units
// of the tree count adds up to what their enterprise counts. It stays a unit that can be asked for by its own id.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/domain/unit_tree.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

class KnownEntries {
 public:
  // `newest`: the version follows all that were added, and decides under whom a unit stands.
  void add(const stored::Catalogue& version, bool newest);

  bool has_unit(std::string_view id) const { return units_.contains(id); }
  bool has_service(std::string_view id) const { return services_.contains(id); }
  bool has_staff(std::string_view id) const { return staff_.contains(id); }

  // Dissolved units, none of `tree`, that stand below `unit`, which may be one of them or of the tree.
  std::vector<std::string> dissolved_below(const domain::UnitTree& tree,
                                           std::string_view unit) const;

 private:
  using Ids = std::set<std::string, std::less<>>;

  std::map<std::string, std::string, std::less<>> units_;  // the last parent of each; empty: none
  Ids services_;
  Ids staff_;
};

}  // namespace casewheel::catalogue
