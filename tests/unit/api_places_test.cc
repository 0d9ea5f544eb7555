// How much one caller and one network may have open, and all.
#include <gtest/gtest.h>

#include "engine/api/places.h"

namespace casewheel::api {
namespace {

TEST(Places, OneLeavesSomeToTheOthers) {
  Places places("readers", 8, kSecondMs);
  EXPECT_FALSE(places.enter({"a", "n1"}));
  EXPECT_FALSE(places.enter({"a", "n2"}));
  const auto full = places.enter({"a", "n3"});
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, RejectionCode::kOverloaded);
  EXPECT_EQ(full->retry_after_ms, kSecondMs);
  EXPECT_EQ(full->message,
            "too many readers at once: 2 of the caller, 0 from its network, 2 of all");
  EXPECT_FALSE(places.enter({"b", "n1"}));
  places.leave({"a", "n1"});
  EXPECT_FALSE(places.enter({"a", "n1"}));
}

TEST(Places, ANetworkHasHalfWhoeverCallsFromIt) {
  Places places("readers", 8, kSecondMs);
  for (const char* caller : {"a", "b", "c", "d"}) EXPECT_FALSE(places.enter({caller, "office"}));
  const auto full = places.enter({"e", "office"});
  ASSERT_TRUE(full);
  EXPECT_EQ(full->message,
            "too many readers at once: 0 of the caller, 4 from its network, 4 of all");
  EXPECT_FALSE(places.enter({"e", "elsewhere"}));
}

TEST(Places, TheLastQuarterIsForThoseWhoHoldLittle) {
  Places places("readers", 128, kSecondMs);
  int held = 0;
  for (const char* caller : {"a", "b", "c", "d", "e"}) {
    while (!places.enter({caller, std::string("of ") + caller})) ++held;
  }
  // Three have their quarter; the fourth and the fifth take less than a 64th and one more of the last.
  EXPECT_EQ(held, 96 + 2 + 2);
  EXPECT_FALSE(places.enter({"f", "of f"})) << "who comes last still gets in";
}

TEST(Places, WhereNobodySignsInTheWholeAloneCounts) {
  Places places("readers", 8, kSecondMs);
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(places.enter({})) << i;
  EXPECT_TRUE(places.enter({}));
  places.leave({});
  EXPECT_FALSE(places.enter({}));
}

}  // namespace
}  // namespace casewheel::api
