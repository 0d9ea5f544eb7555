// So many calls a second and no more, by an exact clock; honest about the wait; bounded.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "engine/access/rate.h"
#include "engine/base/limits.h"

namespace casewheel::access {
namespace {

TEST(Rates, ABurstThenSoManyASecond) {
  Rate rate(10);
  std::int64_t now = 5'000;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rate.take("a", now), 0) << i;
  EXPECT_EQ(rate.take("a", now), 100);
  EXPECT_EQ(rate.wait("a", now), 100);
  EXPECT_EQ(rate.take("b", now), 0) << "others are counted by themselves";
  // Who waits as long as told is answered, and a millisecond earlier not.
  EXPECT_EQ(rate.take("a", now + 99), 1);
  EXPECT_EQ(rate.wait("a", now + 100), 0);
  EXPECT_EQ(rate.take("a", now + 100), 0);
  EXPECT_EQ(rate.take("a", now + 100), 100);
  // A long rest gives no more than the burst.
  now += 3'600'000;
  int answered = 0;
  while (rate.take("a", now) == 0) ++answered;
  EXPECT_EQ(answered, 20);
}

TEST(Rates, AnotherRateHoldsForTheNextCall) {
  Rate rate(10);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rate.take("a", 5'000), 0) << i;
  rate.set(100);
  // What was used up counts as the time it took: two seconds, which the new burst is worth.
  EXPECT_EQ(rate.take("a", 5'000), 10);
  EXPECT_EQ(rate.take("a", 5'010), 0);
  rate.set(1);
  EXPECT_EQ(rate.take("a", 5'010), 1'000);
  EXPECT_EQ(rate.take("b", 5'010), 0);
}

TEST(Rates, NeverMoreThanBurstAndRateOverAnyTime) {
  constexpr int kCalls = 20'000;
  std::mt19937 random(7);
  for (const int per_second : {1, 50, 2000}) {
    Rate rate(per_second);
    std::int64_t now = 1'000'000;
    const std::int64_t begin = now;
    std::int64_t answered = 0;
    for (int i = 0; i < kCalls; ++i) {
      now += random() % 3;
      const DurationMs wait = rate.wait("x", now);
      EXPECT_EQ(rate.take("x", now), wait);
      if (wait == 0) ++answered;
      ASSERT_LE(answered, 2 * per_second + (now - begin) * per_second / 1000 + 1) << per_second;
    }
    EXPECT_GE(answered, std::min<std::int64_t>(kCalls, (now - begin) * per_second / 1000))
        << "and no less";
  }
}

TEST(Rates, NamesDoNotFillTheMemoryAndThoseOverTheirRateStay) {
  Rate rate(10, 1600);  // 100 names a shard
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rate.take("greedy", 1'000), 0);
  std::int64_t now = 1'050;
  // Names that came once are at rest 100 ms later; the greedy one is not for two seconds.
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_EQ(rate.take("stranger" + std::to_string(i), now), 0);
    if (i % 5 == 0) ++now;
  }
  EXPECT_GT(rate.wait("greedy", 1'050), 0);
}

TEST(Rates, ThreadsTogetherGetNoMore) {
  Rate rate(100);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 1000; ++call) answered += rate.take("x", 9'000) == 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 200);
}

TEST(Networks, OneOfIPv6IsOneAddress) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:2:ffff::1"));
  EXPECT_NE(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:3::9"));
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "::ffff:192.0.2.7");
  EXPECT_EQ(network_of(""), "");
  EXPECT_EQ(network_of("unix:/x"), "unix:/x");
}

TEST(Rates, RowsArePaidForAfterwards) {
  Rate rate(10);  // a call each 100 ms, 20 of them at once
  EXPECT_EQ(rate.take("anna", 0), 0);
  rate.charge("anna", 10 * limits::kRowsPerCall, 0);  // as much as ten calls
  for (int i = 0; i < 9; ++i) EXPECT_EQ(rate.take("anna", 0), 0) << i;
  EXPECT_EQ(rate.take("anna", 0), 100);
  EXPECT_EQ(rate.take("berta", 0), 0) << "and nobody else pays";
  // More than there is: she waits until it is made up for.
  rate.charge("carl", 50 * limits::kRowsPerCall, 0);
  EXPECT_EQ(rate.take("carl", 0), 3100);
  EXPECT_EQ(rate.take("carl", 3100), 0);
}

TEST(Rates, NobodyIsShutOutForLong) {
  Rate rate(10);
  for (int i = 0; i < 3; ++i) rate.charge("anna", std::size_t{1} << 40, 0);
  EXPECT_LE(rate.take("anna", 0), limits::kRateDebtMaxMs + 100);
  EXPECT_GE(rate.take("anna", 0), limits::kRateDebtMaxMs);
}

}  // namespace
}  // namespace casewheel::access
