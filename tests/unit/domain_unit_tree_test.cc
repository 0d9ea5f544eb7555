// Units as intervals: what lies below another, against walking up the parents.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "engine/domain/unit_tree.h"

namespace casewheel::domain {
namespace {

journal::v1::Catalogue catalogue_of(const std::vector<int>& parents) {
  journal::v1::Catalogue catalogue;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    auto* unit = catalogue.add_units();
    unit->set_id("u" + std::to_string(i));
    if (parents[i] >= 0) unit->set_parent("u" + std::to_string(parents[i]));
  }
  return catalogue;
}

TEST(UnitTree, WhatLiesBelowIsWhatLeadsUp) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    // Parents anywhere, before or behind their children in the list.
    std::vector<int> order(1 + random() % 40);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    std::shuffle(order.begin(), order.end(), random);
    std::vector<int> parents(order.size(), -1);
    for (std::size_t i = 1; i < order.size(); ++i)
      parents[static_cast<std::size_t>(order[i])] = order[random() % i];
    const UnitTree tree(catalogue_of(parents));
    ASSERT_EQ(tree.size(), parents.size());
    for (std::size_t a = 0; a < parents.size(); ++a) {
      const UnitTree::Below below = tree.below("u" + std::to_string(a));
      std::size_t count = 0;
      for (std::size_t b = 0; b < parents.size(); ++b) {
        bool leads_up = false;
        for (int up = static_cast<int>(b); up >= 0; up = parents[static_cast<std::size_t>(up)])
          leads_up |= up == static_cast<int>(a);
        count += leads_up ? 1 : 0;
        EXPECT_EQ(below.contains(tree.place("u" + std::to_string(b))), leads_up) << a << " " << b;
      }
      EXPECT_EQ(tree.units(below).size(), count);
      EXPECT_EQ(tree.units(below).front(), "u" + std::to_string(a));
    }
  }
}

TEST(UnitTree, WhatIsNoUnitLiesNowhere) {
  const UnitTree tree(catalogue_of({-1, 0}));
  EXPECT_EQ(tree.place("gone"), UnitTree::kNowhere);
  EXPECT_FALSE(tree.below("gone").contains(tree.place("gone")));
  EXPECT_FALSE(tree.below("u0").contains(tree.place("gone")));
  EXPECT_TRUE(tree.units(tree.below("gone")).empty());
  EXPECT_TRUE(UnitTree(journal::v1::Catalogue()).units({0, 0}).empty());
}

TEST(UnitTree, ACircleIsInNoTree) {
  const UnitTree tree(catalogue_of({-1, 2, 1}));
  EXPECT_EQ(tree.size(), 1u);
  EXPECT_EQ(tree.place("u1"), UnitTree::kNowhere);
}

}  // namespace
}  // namespace casewheel::domain
