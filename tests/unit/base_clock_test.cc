// The clock guard: engine time never goes back and does not believe a jump.
#include <gtest/gtest.h>

#include <random>

#include "engine/base/clock.h"

namespace casewheel {
namespace {

constexpr TimeMs kStart = 1'780'000'000'000;

class FakeSource final : public ClockSource {
 public:
  TimeMs system_ms() override { return system; }
  std::int64_t steady_ms() override { return steady; }
  void pass(DurationMs duration) {
    system += duration;
    steady += duration;
  }
  TimeMs system = kStart;
  std::int64_t steady = 5000;
};

TEST(EngineClock, FollowsTheMachine) {
  FakeSource source;
  const auto clock = EngineClock::make_real(source, 0, {});
  EXPECT_EQ(clock->read().now, kStart);
  source.pass(40 * kDayMs);  // a long sleep is no jump: the steady clock ran too
  EXPECT_EQ(clock->read().now, kStart + 40 * kDayMs);
  EXPECT_FALSE(clock->read().frozen);
  EXPECT_EQ(clock->alarm(), "");
}

TEST(EngineClock, StandsStillWhileTheMachineIsBehind) {
  FakeSource source;
  const auto clock = EngineClock::make_real(source, 0, {});
  source.system -= 10 * kMinuteMs;
  for (int i = 0; i < 9; ++i) {
    source.pass(kMinuteMs);
    EXPECT_EQ(clock->read().now, kStart);
  }
  EXPECT_NE(clock->alarm(), "");
  source.pass(2 * kMinuteMs);
  EXPECT_EQ(clock->read().now, kStart + kMinuteMs);
  EXPECT_FALSE(clock->read().frozen);
}

TEST(EngineClock, BelievesASmallJumpAndFreezesOnALargeOne) {
  FakeSource source;
  const auto clock = EngineClock::make_real(source, 0, {});
  source.system += 5 * kMinuteMs;
  EXPECT_EQ(clock->read().now, kStart + 5 * kMinuteMs);
  source.system += 5 * kMinuteMs + 1;
  EngineClock::Reading reading = clock->read();
  EXPECT_TRUE(reading.frozen);
  EXPECT_EQ(reading.now, kStart + 5 * kMinuteMs);
  source.pass(kHourMs);  // goes on by the steady clock
  EXPECT_EQ(clock->read().now, kStart + 5 * kMinuteMs + kHourMs);
  EXPECT_EQ(clock->hold().from, kStart + 5 * kMinuteMs);
  EXPECT_EQ(clock->hold().until, 0);
  EXPECT_NE(clock->alarm(), "");
  clock->confirm();
  reading = clock->read();
  EXPECT_FALSE(reading.frozen);
  EXPECT_EQ(reading.now, source.system);
  EXPECT_EQ(clock->hold().until, source.system);
}

TEST(EngineClock, AJumpTakenBackStillWaitsForSomebody) {
  FakeSource source;
  const auto clock = EngineClock::make_real(source, 0, {});
  source.system += kDayMs;
  ASSERT_TRUE(clock->read().frozen);
  source.system -= kDayMs;
  EXPECT_TRUE(clock->read().frozen);
  clock->confirm();
  EXPECT_FALSE(clock->read().frozen);
  EXPECT_EQ(clock->read().now, kStart);
}

TEST(EngineClock, StartsNoEarlierThanTheLastCommit) {
  FakeSource source;
  const auto clock = EngineClock::make_real(source, kStart + kHourMs, {});
  EXPECT_EQ(clock->read().now, kStart + kHourMs);
  EXPECT_FALSE(clock->read().frozen);
}

TEST(EngineClock, ALongAbsenceIsBelievedUpToItsLimit) {
  FakeSource source;
  EXPECT_FALSE(EngineClock::make_real(source, kStart - 366 * kDayMs, {})->read().frozen);
  const auto clock = EngineClock::make_real(source, kStart - 366 * kDayMs - 1, {});
  EXPECT_TRUE(clock->read().frozen);
  EXPECT_EQ(clock->read().now, kStart - 366 * kDayMs - 1);
  clock->confirm();
  EXPECT_EQ(clock->read().now, kStart);
}

TEST(EngineClock, AJumpNobodyConfirmedIsStillOneAfterARestart) {
  FakeSource source;
  const TimeMs stopped = kStart - kHourMs;
  const auto clock = EngineClock::make_real(source, stopped, {}, stopped - kMinuteMs);
  EXPECT_TRUE(clock->read().frozen);
  EXPECT_EQ(clock->read().now, stopped);
  EXPECT_EQ(clock->hold().from, stopped - kMinuteMs);
  clock->confirm();
  EXPECT_FALSE(clock->read().frozen);
  EXPECT_EQ(clock->read().now, kStart);
}

TEST(EngineClock, VirtualTimeMovesOnlyWhenToldTo) {
  FakeSource source;
  const auto clock = EngineClock::make_virtual(source, kStart);
  source.pass(kDayMs);
  EXPECT_EQ(clock->read().now, kStart);
  EXPECT_TRUE(clock->advance_to(kStart + 5).is_ok());
  EXPECT_FALSE(clock->advance_to(kStart + 4).is_ok());
  EXPECT_EQ(clock->read().now, kStart + 5);
  EXPECT_FALSE(EngineClock::make_real(source, 0, {})->advance_to(kStart + kDayMs).is_ok());
}

TEST(EngineClock, NeverGoesBackWhateverTheMachineDoes) {
  std::mt19937_64 random(7);
  FakeSource source;
  const auto clock = EngineClock::make_real(source, 0, {});
  TimeMs last = 0;
  for (int i = 0; i < 20'000; ++i) {
    source.pass(static_cast<DurationMs>(random() % 5000));
    if (random() % 10 == 0)
      source.system += static_cast<DurationMs>(random() % (2 * kHourMs)) - kHourMs;
    const EngineClock::Reading reading = clock->read();
    ASSERT_GE(reading.now, last);
    last = reading.now;
    if (reading.frozen && random() % 3 == 0) clock->confirm();
  }
}

}  // namespace
}  // namespace casewheel
