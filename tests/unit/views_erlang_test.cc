// Erlang's formulas against published tables.
#include <gtest/gtest.h>

#include "engine/views/erlang_c.h"

namespace casewheel::views {
namespace {

// The traffic at which one call in a hundred is blocked, from the standard table of Erlang B.
TEST(Erlang, BlockingIsThatOfTheTable) {
  EXPECT_DOUBLE_EQ(erlang_b(1, 1), 0.5);
  EXPECT_DOUBLE_EQ(erlang_b(1, 2), 0.2);
  EXPECT_NEAR(erlang_b(4.461, 10), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(12.031, 20), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(37.901, 50), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(84.064, 100), 0.01, 1e-5);
}

// 100 calls in half an hour of three minutes each, 80 % in 20 s: the worked example most call centres learn by.
TEST(Erlang, TheWorkedExample) {
  EXPECT_NEAR(erlang_c(10, 14), 0.1741, 5e-5);
  const Staffing staffing = staffing_for(10, 180, 20, 0.8);
  EXPECT_EQ(staffing.agents, 14u);
  EXPECT_NEAR(staffing.service_level, 0.8884, 5e-5);
  EXPECT_NEAR(staffing.occupancy, 0.714, 5e-4);
  EXPECT_NEAR(staffing.wait_s, 7.8, 0.05);
}

TEST(Erlang, OneAgentIsTheQueueOfOneServer) {
  // The chance to wait is the share of time she is busy.
  EXPECT_NEAR(erlang_c(0.6, 1), 0.6, 1e-12);
  EXPECT_NEAR(staffing_of(0.6, 100, 0, 1)->wait_s, 0.6 * 100 / 0.4, 1e-9);
}

TEST(Erlang, TooFewWaitForEver) {
  EXPECT_EQ(erlang_c(10, 10), 1);
  EXPECT_FALSE(staffing_of(10, 180, 20, 10).has_value());
  EXPECT_EQ(staffing_for(0, 180, 20, 0.8).agents, 0u);
}

TEST(Erlang, HoldsForThousandsOfAgents) {
  const Staffing staffing = staffing_for(kErlangsMax, 240, 20, 0.999);
  EXPECT_GT(staffing.agents, kErlangsMax);
  EXPECT_LT(staffing.agents, kErlangsMax * 1.05);
  EXPECT_GE(staffing.service_level, 0.999);
  EXPECT_LE(staffing.service_level, 1);
}

TEST(Erlang, OneMoreAgentNeverDoesWorse) {
  for (const double erlangs : {0.1, 3.7, 25.0, 240.0}) {
    double last = 0;
    for (auto agents = static_cast<std::uint32_t>(erlangs) + 1; agents < erlangs + 40; ++agents) {
      const double level = staffing_of(erlangs, 200, 20, agents)->service_level;
      EXPECT_GE(level, last);
      last = level;
    }
  }
}

}  // namespace
}  // namespace casewheel::views
