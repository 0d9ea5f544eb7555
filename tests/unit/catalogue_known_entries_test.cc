// Units, services and people of earlier catalogues: known for good, and dissolved units under their last parent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/catalogue/catalogue.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Each unit as {id, parent}.
stored::Catalogue version(std::uint32_t number,
                          std::vector<std::pair<std::string, std::string>> units) {
  stored::Catalogue catalogue;
  catalogue.set_tenant("utility");
  catalogue.set_tenant_number(31);
  catalogue.set_time_zone("Asia/Taipei");
  catalogue.set_version(number);
  for (const auto& [id, parent] : units) {
    stored::Unit& unit = *catalogue.add_units();
    unit.set_id(id);
    unit.set_parent(parent);
  }
  catalogue.add_services()->set_id("service-" + std::to_string(number));
  catalogue.add_staff()->set_id("person-" + std::to_string(number));
  return catalogue;
}

std::vector<stored::Catalogue> history() {
  return {version(1, {{"hq", ""}, {"north", "hq"}, {"north.line", "north"}, {"south", "hq"}}),
          version(2, {{"hq", ""}, {"north", "hq"}, {"south", "hq"}, {"crew", "south"}}),
          version(3, {{"head", ""}, {"south", "head"}, {"crew", "head"}})};
}

std::vector<std::string> below(const TenantRules& rules, std::string_view unit) {
  return rules.known()->dissolved_below(*rules.unit_tree(), unit);
}

class KnownOf : public ::testing::TestWithParam<bool> {
 protected:
  // Read at the start of the engine, or applied one after the other.
  static std::shared_ptr<const Registry> registry() {
    if (GetParam()) return Registry::of(history());
    auto registry = Registry::empty();
    for (const stored::Catalogue& next : history()) registry = registry->with(next);
    return registry;
  }
};

TEST_P(KnownOf, EveryVersionIsKnown) {
  const auto registry = KnownOf::registry();
  const KnownEntries& known = *registry->find("utility")->known();
  for (const char* unit : {"hq", "north", "north.line", "south", "crew", "head"})
    EXPECT_TRUE(known.has_unit(unit)) << unit;
  for (const char* number : {"1", "2", "3"}) {
    EXPECT_TRUE(known.has_service("service-" + std::string(number)));
    EXPECT_TRUE(known.has_staff("person-" + std::string(number)));
  }
  EXPECT_FALSE(known.has_unit("west"));
  EXPECT_FALSE(known.has_service("service-4"));
  EXPECT_FALSE(known.has_staff("person-4"));
}

TEST_P(KnownOf, DissolvedUnitsStandUnderTheirLastParent) {
  const auto registry = KnownOf::registry();
  const TenantRules& rules = *registry->find("utility");
  EXPECT_THAT(below(rules, "head"), UnorderedElementsAre("hq", "north", "north.line"))
      << "headquarters has all of them, the one before it too";
  EXPECT_THAT(below(rules, "north"), ElementsAre("north.line"));
  EXPECT_THAT(below(rules, "hq"), UnorderedElementsAre("north", "north.line"));
  EXPECT_THAT(below(rules, "south"), IsEmpty()) << "crew has moved, and is not dissolved";
  EXPECT_THAT(below(rules, "west"), IsEmpty());
}

TEST_P(KnownOf, AnotherCalendarChangesNothingOfIt) {
  const auto registry = KnownOf::registry();
  stored::Calendar calendar;
  calendar.set_id("office");
  calendar.set_time_zone("Asia/Taipei");
  calendar.add_weekly();
  calendar.set_version(1);
  calendar.set_edition(registry->rules_edition() + 1);
  const auto next = registry->with(calendar);
  EXPECT_THAT(below(*next->find("utility"), "north"), ElementsAre("north.line"));
}

INSTANTIATE_TEST_SUITE_P(Registry, KnownOf, ::testing::Bool(), [](const auto& info) {
  return info.param ? std::string("ReadAtTheStart") : std::string("AppliedInTurn");
});

}  // namespace
}  // namespace casewheel::catalogue
