// How much one caller may have open, and all.
#include <gtest/gtest.h>

#include "engine/api/places.h"

namespace casewheel::api {
namespace {

TEST(Places, OneLeavesSomeToTheOthers) {
  Places places("readers", 3, 2, kSecondMs);
  EXPECT_FALSE(places.enter("a"));
  EXPECT_FALSE(places.enter("a"));
  const auto full = places.enter("a");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, RejectionCode::kOverloaded);
  EXPECT_EQ(full->retry_after_ms, kSecondMs);
  EXPECT_EQ(full->message, "too many readers at once: 2 of the caller, 2 of all");
  EXPECT_FALSE(places.enter("b"));
  EXPECT_TRUE(places.enter("c")) << "all are taken";
  places.leave("a");
  EXPECT_FALSE(places.enter("c"));
  EXPECT_TRUE(places.enter("a"));
}

}  // namespace
}  // namespace casewheel::api
