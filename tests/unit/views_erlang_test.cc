// Erlang's formulas against published tables.
#include <gtest/gtest.h>

#include <cmath>

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
  EXPECT_NEAR(staffing_for(0.6, 100, 0, 0.4 - 1e-9).wait_s, 0.6 * 100 / 0.4, 1e-9);
}

TEST(Erlang, TooFewWaitForEver) {
  EXPECT_EQ(erlang_c(10, 10), 1);
  EXPECT_EQ(staffing_for(0, 180, 20, 0.8).agents, 0u);
}

TEST(Erlang, HoldsForThousandsOfAgents) {
  const Staffing staffing = staffing_for(kErlangsMax, 240, 20, 0.999);
  EXPECT_GT(staffing.agents, kErlangsMax);
  EXPECT_LT(staffing.agents, kErlangsMax * 1.05);
  EXPECT_GE(staffing.service_level, 0.999);
  EXPECT_LE(staffing.service_level, 1);
}

TEST(Erlang, OneAgentFewerWouldNotDo) {
  for (const double erlangs : {0.1, 3.7, 25.0, 240.0}) {
    std::uint32_t last = 0;
    for (const double level : {0.1, 0.5, 0.8, 0.9, 0.99, 0.999}) {
      // Of those who wait, e^(-spare * 20 / 200) wait longer.
      const auto reached = [&](std::uint32_t agents) {
        return 1 - erlang_c(erlangs, agents) * std::exp((erlangs - agents) * 20 / 200);
      };
      const Staffing staffing = staffing_for(erlangs, 200, 20, level);
      EXPECT_NEAR(staffing.service_level, reached(staffing.agents), 1e-9);
      EXPECT_GE(staffing.service_level, level);
      if (staffing.agents > erlangs + 1) {
        EXPECT_LT(reached(staffing.agents - 1), level);
      }
      EXPECT_GE(staffing.agents, last);
      last = staffing.agents;
    }
  }
}

}  // namespace
}  // namespace casewheel::views
