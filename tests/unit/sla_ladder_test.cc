// The ladder: what fires when, against an oracle that lists every single slot.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

#include "engine/sla/ladder.h"

namespace casewheel::sla {
namespace {

constexpr TimeMs kDue = 100 * kHourMs;

using Rungs = std::vector<LadderRung>;

TimeMs next_instant(const Rungs& rungs, LadderCursor cursor, TimeMs due) {
  return sla::next_instant(Ladder{rungs, due, nullptr}, cursor);
}
std::optional<Firing> firing_at(const Rungs& rungs, LadderCursor cursor, TimeMs due, TimeMs now) {
  return sla::firing_at(Ladder{rungs, due, nullptr}, cursor, now);
}
std::uint32_t first_step(const Rungs& rungs, TimeMs due, TimeMs now, bool after_move) {
  return sla::first_step(Ladder{rungs, due, nullptr}, now, after_move).step;
}
TimeMs rung_instant(const LadderRung& rung, std::uint32_t repetition, TimeMs due) {
  return sla::rung_instant(rung, repetition, due, nullptr);
}

// Taisugar's: a warning, the breach, and a reminder every day.
const std::vector<LadderRung> kLadder{
    {-12 * kHourMs, 0, 0}, {0, 0, 0}, {24 * kHourMs, 24 * kHourMs, 3}};

TEST(Ladder, StepsComeAtTheirInstants) {
  EXPECT_EQ(next_instant(kLadder, {0, 0}, kDue), kDue - 12 * kHourMs);
  EXPECT_EQ(next_instant(kLadder, {1, 0}, kDue), kDue);
  EXPECT_EQ(next_instant(kLadder, {2, 0}, kDue), kDue + 24 * kHourMs);
  EXPECT_EQ(next_instant(kLadder, {2, 2}, kDue), kDue + 72 * kHourMs);
  EXPECT_EQ(next_instant(kLadder, {2, 3}, kDue), kNever) << "the limit is used up";
  EXPECT_EQ(next_instant(kLadder, {3, 0}, kDue), kNever);
  EXPECT_EQ(next_instant(kLadder, {0, 0}, kNever), kNever) << "paused";
  EXPECT_EQ(next_instant({}, {0, 0}, kDue), kNever);
}

TEST(Ladder, NeverFiresEarly) {
  EXPECT_FALSE(firing_at(kLadder, {1, 0}, kDue, kDue - 1).has_value());
  EXPECT_FALSE(firing_at(kLadder, {1, 0}, kDue, kDue).has_value()) << "at due it is in time";
  EXPECT_TRUE(firing_at(kLadder, {1, 0}, kDue, kDue + 1).has_value());
  EXPECT_EQ(next_firing(Ladder{kLadder, kDue, nullptr}, {1, 0}), kDue + 1);
  EXPECT_EQ(next_firing(Ladder{kLadder, kDue, nullptr}, {0, 0}), kDue - 12 * kHourMs);
  EXPECT_EQ(next_firing(Ladder{kLadder, kDue, nullptr}, {2, 0}), kDue + 24 * kHourMs);
  EXPECT_FALSE(firing_at(kLadder, {1, 0}, kNever, kNever).has_value());
}

TEST(Ladder, MissedStepsFireOneByOne) {
  const TimeMs now = kDue + kHourMs;
  auto first = firing_at(kLadder, {0, 0}, kDue, now);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->fired, (LadderCursor{0, 0}));
  EXPECT_EQ(first->instant, kDue - 12 * kHourMs);
  auto second = firing_at(kLadder, first->next, kDue, now);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->fired, (LadderCursor{1, 0}));
  EXPECT_FALSE(firing_at(kLadder, second->next, kDue, now));
}

TEST(Ladder, MissedRepetitionsFallTogetherAndReanchor) {
  const struct {
    DurationMs after_due;
    std::uint32_t repetition, skipped;
    LadderCursor next;
  } kCases[] = {
      {24 * kHourMs, 0, 0, {2, 1}}, {47 * kHourMs, 0, 0, {2, 1}}, {48 * kHourMs, 1, 1, {2, 2}},
      {71 * kHourMs, 1, 1, {2, 2}}, {72 * kHourMs, 2, 2, {3, 0}}, {9000 * kHourMs, 2, 2, {3, 0}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.after_due / kHourMs);
    const auto firing = firing_at(kLadder, {2, 0}, kDue, kDue + c.after_due);
    ASSERT_TRUE(firing);
    EXPECT_EQ(firing->fired, (LadderCursor{2, c.repetition}));
    EXPECT_EQ(firing->skipped, c.skipped);
    EXPECT_EQ(firing->instant, kDue + 24 * kHourMs) << "of the earliest missed";
    EXPECT_EQ(firing->next, c.next);
  }
}

TEST(Ladder, StartLeavesPassedWarningsOutButNeverTheBreach) {
  EXPECT_EQ(first_step(kLadder, kDue, kDue - 13 * kHourMs, false), 0u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue - 12 * kHourMs, false), 0u)
      << "exactly now has not passed";
  EXPECT_EQ(first_step(kLadder, kDue, kDue - 12 * kHourMs + 1, false), 1u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue + kHourMs, false), 1u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue + 5000 * kHourMs, false), 1u);
  EXPECT_EQ(first_step(kLadder, kNever, kDue, false), 0u);
  EXPECT_EQ(first_step({}, kDue, kDue, false), 0u);
}

TEST(Ladder, MoveLeavesOutEverythingPassed) {
  EXPECT_EQ(first_step(kLadder, kDue, kDue - 13 * kHourMs, true), 0u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue - kHourMs, true), 1u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue, true), 1u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue + 1, true), 2u);
  EXPECT_EQ(first_step(kLadder, kDue, kDue + 60 * kHourMs, true), 2u)
      << "one repetition is still to come";
  EXPECT_EQ(first_step(kLadder, kDue, kDue + 73 * kHourMs, true), 3u);
  const auto after_two = sla::first_step(Ladder{kLadder, kDue, nullptr}, kDue + 60 * kHourMs, true);
  EXPECT_EQ(after_two, (LadderCursor{2, 2})) << "of those before nothing is told again";
}

// Walks time hour by hour or in leaps, firing as the partition does, and compares with the list of
// all slots: every slot at or before now was fired or skipped, exactly once, none early.
TEST(Ladder, EverySlotIsFiredOrSkippedExactlyOnce) {
  const char* given = std::getenv("CASEWHEEL_SEED");
  const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "CASEWHEEL_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::vector<LadderRung> ladder;
    DurationMs offset = -static_cast<DurationMs>(random() % 40);
    const std::size_t rungs = random() % 6;
    for (std::size_t i = 0; i < rungs; ++i) {
      offset += 1 + static_cast<DurationMs>(random() % 15);
      LadderRung rung{offset, 0, 0};
      if (i + 1 == rungs && random() % 2 == 0) {
        rung.repeat_every_ms = 1 + static_cast<DurationMs>(random() % 10);
        rung.repeat_limit = 1 + static_cast<std::uint32_t>(random() % 6);
      }
      ladder.push_back(rung);
    }
    std::vector<TimeMs> slots;
    std::vector<TimeMs> fires;  // what is not before due: when due has passed
    for (const LadderRung& rung : ladder) {
      for (std::uint32_t r = 0; r < rung.times(); ++r) {
        slots.push_back(rung_instant(rung, r, 1000));
        fires.push_back(rung.offset_ms < 0 ? slots.back() : std::max<TimeMs>(slots.back(), 1001));
      }
    }
    std::size_t done = 0;
    LadderCursor cursor;
    for (TimeMs now = 950; now < 1200; now += 1 + static_cast<TimeMs>(random() % 20)) {
      while (const auto firing = firing_at(ladder, cursor, 1000, now)) {
        ASSERT_LT(done, slots.size());
        ASSERT_EQ(firing->instant, slots[done]) << "round " << round;
        done += 1 + firing->skipped;
        ASSERT_LE(fires[done - 1 - firing->skipped], now) << "fired early, round " << round;
        cursor = firing->next;
      }
      ASSERT_TRUE(done == slots.size() || fires[done] > now) << "left behind, round " << round;
      ASSERT_EQ(next_instant(ladder, cursor, 1000), done == slots.size() ? kNever : slots[done]);
    }
    ASSERT_EQ(done, slots.size());
  }
}

}  // namespace
}  // namespace casewheel::sla
