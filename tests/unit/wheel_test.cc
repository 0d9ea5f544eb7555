// Guards the wheel's contract (engine/wheel/wheel.h): never early, never lost, never twice, in
// order, in bounded slices. Owned by engine/wheel; runs on the test's own thread.
// CASEWHEEL_SEED=<number> repeats the random test that printed it.
#include "engine/wheel/wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace casewheel::wheel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
constexpr TimeMs kJuly2026 = 1784000000000;

std::vector<std::uint64_t> payloads(const std::vector<Expired>& expired) {
  std::vector<std::uint64_t> result;
  for (const Expired& each : expired) result.push_back(each.payload);
  return result;
}

std::vector<std::uint64_t> pop_until(Wheel& wheel, TimeMs now) {
  std::vector<Expired> expired;
  EXPECT_TRUE(wheel.advance(now, kUnbounded, &expired));
  return payloads(expired);
}

TEST(WheelTest, an_empty_wheel_has_nothing_to_wait_for) {
  Wheel wheel(kJuly2026);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_EQ(wheel.next_instant(), kNever);
  EXPECT_EQ(wheel.earliest_due(), kNever);
  EXPECT_THAT(pop_until(wheel, kJuly2026 + kDayMs), IsEmpty());
  EXPECT_EQ(wheel.current(), kJuly2026 + kDayMs);
}

TEST(WheelTest, keeps_payload_and_due_until_popped) {
  Wheel wheel(kJuly2026);
  const Handle handle = wheel.schedule(kJuly2026 + 5 * kDayMs, 0xfedcba9876543210);
  EXPECT_NE(handle, kNoHandle);
  EXPECT_EQ(wheel.payload(handle), 0xfedcba9876543210);
  EXPECT_EQ(wheel.due(handle), kJuly2026 + 5 * kDayMs);
  std::vector<Expired> expired;
  EXPECT_TRUE(wheel.advance(kJuly2026 + 6 * kDayMs, kUnbounded, &expired));
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].payload, 0xfedcba9876543210);
  EXPECT_EQ(expired[0].due, kJuly2026 + 5 * kDayMs);
  EXPECT_EQ(expired[0].handle, handle);
  EXPECT_EQ(wheel.size(), 0u);
}

// For every level: a distance just below, at and above the level's slot and span, from starts that
// are at the first, at the last and in the middle of a slot of that level.
TEST(WheelTest, pops_at_its_millisecond_and_not_before_on_every_level) {
  for (int level = 0; level < 8; ++level) {
    const TimeMs slot = TimeMs{1} << (6 * level);
    const TimeMs span = slot * 64;
    const TimeMs base = span * 3 < kTimeLimit / 2 ? span * 3 : 0;
    for (const TimeMs start : {TimeMs{0}, base, base + slot, base + slot - 1, base + slot * 63,
                               base + span - 1, base + span / 2 + slot / 2}) {
      for (const TimeMs distance : {TimeMs{1}, slot - 1, slot, slot + 1, slot * 2, slot * 63 - 1,
                                    slot * 63, slot * 63 + 1, span - 1, span, span + 1}) {
        const TimeMs due = start + distance;
        if (distance == 0 || due >= kTimeLimit) continue;
        SCOPED_TRACE(testing::Message()
                     << "level " << level << " start " << start << " due " << due);
        Wheel straight(start);
        straight.schedule(due, 1);
        EXPECT_EQ(straight.earliest_due(), due);
        EXPECT_LE(straight.next_instant(), due);
        EXPECT_GT(straight.next_instant(), start);
        EXPECT_THAT(pop_until(straight, due - 1), IsEmpty());
        EXPECT_EQ(straight.next_instant(), due);
        EXPECT_THAT(pop_until(straight, due), ElementsAre(1));

        // And going from one next_instant() to the next, as the partition does.
        Wheel stepped(start);
        stepped.schedule(due, 1);
        int steps = 0;
        while (stepped.size() == 1) {
          const TimeMs next = stepped.next_instant();
          ASSERT_GT(next, stepped.current());
          ASSERT_LE(next, due);
          pop_until(stepped, next);
          ASSERT_LE(++steps, 8);
        }
        EXPECT_EQ(stepped.current(), due);
      }
    }
  }
}

TEST(WheelTest, pops_in_due_order_across_all_levels_in_one_jump) {
  Wheel wheel(kJuly2026);
  std::vector<std::uint64_t> expected;
  std::vector<TimeMs> dues;
  for (int bit = 0; bit < 47; ++bit) {
    for (const TimeMs offset : {-1, 0, 1}) {
      const TimeMs due = kJuly2026 + (TimeMs{1} << bit) + offset;
      if (due > kJuly2026) dues.push_back(due);
    }
  }
  std::sort(dues.begin(), dues.end());
  dues.erase(std::unique(dues.begin(), dues.end()), dues.end());
  for (auto due = dues.rbegin(); due != dues.rend(); ++due) {
    wheel.schedule(*due, static_cast<std::uint64_t>(*due));
  }
  for (const TimeMs due : dues) expected.push_back(static_cast<std::uint64_t>(due));
  EXPECT_EQ(pop_until(wheel, kTimeLimit - 1), expected);
}

TEST(WheelTest, starts_in_1970_and_counts_what_is_before_as_1970) {
  Wheel wheel(-5);
  EXPECT_EQ(wheel.current(), 0);
  const Handle handle = wheel.schedule(-kDayMs, 1);
  EXPECT_EQ(wheel.due(handle), 0);
  wheel.schedule(1, 2);
  EXPECT_THAT(pop_until(wheel, -1), ElementsAre(1));
  EXPECT_THAT(pop_until(wheel, 1), ElementsAre(2));
}

TEST(WheelTest, reaches_the_last_instant_of_its_range) {
  Wheel wheel(0);
  wheel.schedule(kTimeLimit - 1, 1);
  EXPECT_THAT(pop_until(wheel, kTimeLimit - 2), IsEmpty());
  EXPECT_THAT(pop_until(wheel, kTimeLimit - 1), ElementsAre(1));
  wheel.schedule(kTimeLimit - 1, 2);
  EXPECT_THAT(pop_until(wheel, kTimeLimit - 1), ElementsAre(2));
}

TEST(WheelTest, an_overdue_entry_pops_at_the_next_advance_whatever_the_time) {
  Wheel wheel(kJuly2026);
  wheel.schedule(kJuly2026 + 1, 1);
  wheel.schedule(kJuly2026 - kDayMs, 2);
  wheel.schedule(kJuly2026, 3);
  EXPECT_EQ(wheel.next_instant(), kJuly2026);
  EXPECT_EQ(wheel.earliest_due(), kJuly2026 - kDayMs);
  EXPECT_THAT(pop_until(wheel, kJuly2026), ElementsAre(2, 3));
  EXPECT_THAT(pop_until(wheel, kJuly2026 + 1), ElementsAre(1));
}

TEST(WheelTest, time_never_goes_back) {
  Wheel wheel(kJuly2026);
  EXPECT_THAT(pop_until(wheel, kJuly2026 - kDayMs), IsEmpty());
  EXPECT_EQ(wheel.current(), kJuly2026);
  wheel.schedule(kJuly2026 - 1, 1);
  EXPECT_THAT(pop_until(wheel, kJuly2026 - kDayMs), ElementsAre(1));
}

TEST(WheelTest, a_cancelled_entry_never_pops) {
  Wheel wheel(kJuly2026);
  std::vector<Handle> handles;
  for (std::uint64_t i = 0; i < 5; ++i) handles.push_back(wheel.schedule(kJuly2026 + 10, i));
  for (const std::size_t i : {0, 2, 4}) wheel.cancel(handles[i]);  // first, middle, last
  EXPECT_EQ(wheel.size(), 2u);
  EXPECT_THAT(pop_until(wheel, kJuly2026 + 10), ElementsAre(1, 3));
}

TEST(WheelTest, cancelling_the_last_of_a_slot_leaves_nothing_to_wait_for) {
  Wheel wheel(kJuly2026);
  for (const TimeMs distance : {DurationMs{0}, DurationMs{1}, kHourMs, 100 * kDayMs}) {
    wheel.cancel(wheel.schedule(kJuly2026 + distance, 1));
    EXPECT_EQ(wheel.next_instant(), kNever) << distance;
  }
}

TEST(WheelTest, rearm_moves_earlier_later_and_into_the_past) {
  Wheel wheel(kJuly2026);
  const Handle earlier = wheel.schedule(kJuly2026 + kDayMs, 1);
  const Handle later = wheel.schedule(kJuly2026 + 1, 2);
  const Handle past = wheel.schedule(kJuly2026 + 2, 3);
  const Handle same_slot = wheel.schedule(kJuly2026 + 20 * kDayMs, 4);
  wheel.rearm(earlier, kJuly2026 + 3);
  wheel.rearm(later, kJuly2026 + 2 * kDayMs);
  wheel.rearm(past, kJuly2026 - 1);
  wheel.rearm(same_slot, kJuly2026 + 20 * kDayMs + 1);
  EXPECT_EQ(wheel.due(past), kJuly2026 - 1);
  EXPECT_EQ(wheel.size(), 4u);
  EXPECT_THAT(pop_until(wheel, kJuly2026), ElementsAre(3));
  EXPECT_THAT(pop_until(wheel, kJuly2026 + kDayMs), ElementsAre(1));
  EXPECT_THAT(pop_until(wheel, kJuly2026 + 20 * kDayMs), ElementsAre(2));
  EXPECT_THAT(pop_until(wheel, kJuly2026 + 20 * kDayMs + 1), ElementsAre(4));
}

TEST(WheelTest, within_a_millisecond_the_first_armed_is_the_first_popped) {
  Wheel wheel(kJuly2026);
  for (std::uint64_t i = 0; i < 100; ++i) wheel.schedule(kJuly2026 + kDayMs, i);
  const auto popped = pop_until(wheel, kJuly2026 + kDayMs);
  EXPECT_TRUE(std::is_sorted(popped.begin(), popped.end()));
  EXPECT_EQ(popped.size(), 100u);
}

TEST(WheelTest, arming_between_slices_lands_in_order) {
  Wheel wheel(kJuly2026);
  const TimeMs due = kJuly2026 + kHourMs;
  for (std::uint64_t i = 0; i < 4; ++i) wheel.schedule(due + static_cast<TimeMs>(i), i);
  std::vector<Expired> expired;
  while (expired.empty()) {
    ASSERT_FALSE(wheel.advance(due + 10, 1, &expired));  // a cascade stops after every entry
  }
  EXPECT_EQ(wheel.current(), due);
  wheel.schedule(due - 1, 10);  // overdue: before what comes due later
  wheel.schedule(due + 1, 11);  // behind the one already waiting for that millisecond
  wheel.schedule(due + 5, 12);
  wheel.schedule(due + kDayMs, 13);
  while (!wheel.advance(due + 10, 1, &expired)) {
  }
  EXPECT_THAT(payloads(expired), ElementsAre(0, 10, 1, 11, 2, 3, 12));
  EXPECT_EQ(wheel.size(), 1u);
}

TEST(WheelTest, earliest_due_sees_both_halves_of_a_slot_being_drained) {
  const TimeMs due = TimeMs{1} << 30;
  Wheel wheel(0);
  wheel.schedule(due + 3, 1);
  wheel.schedule(due + 500, 2);
  wheel.schedule(due + 7, 3);
  std::vector<Expired> expired;
  EXPECT_FALSE(wheel.advance(due + 1, 1, &expired));
  EXPECT_EQ(wheel.current(), due);
  EXPECT_EQ(wheel.next_instant(), due);  // there is more to move down
  EXPECT_EQ(wheel.earliest_due(), due + 3);
  EXPECT_TRUE(wheel.advance(due + 1, 10, &expired));
  EXPECT_THAT(expired, IsEmpty());
  EXPECT_EQ(wheel.next_instant(), due + 3);
}

TEST(WheelTest, a_budget_of_nothing_does_nothing) {
  Wheel wheel(kJuly2026);
  wheel.schedule(kJuly2026 + 5, 1);
  std::vector<Expired> expired;
  EXPECT_TRUE(wheel.advance(kJuly2026 + 4, 0, &expired));
  EXPECT_FALSE(wheel.advance(kJuly2026 + 5, 0, &expired));
  EXPECT_THAT(expired, IsEmpty());
}

TEST(WheelTest, popped_and_cancelled_entries_are_used_again) {
  Wheel wheel(kJuly2026);
  for (int round = 0; round < 3; ++round) {
    std::vector<Handle> handles;
    for (std::uint64_t i = 0; i < 200'000; ++i) {
      handles.push_back(wheel.schedule(wheel.current() + 1, i));
    }
    for (std::size_t i = 0; i < handles.size(); i += 2) wheel.cancel(handles[i]);
    EXPECT_EQ(pop_until(wheel, wheel.current() + 1).size(), 100'000u);
  }
  EXPECT_LT(wheel.bytes(), 200'000u * 24 + (3u << 20));
}

TEST(WheelTest, a_storm_of_one_millisecond_is_drained_in_slices) {
  constexpr std::uint64_t kStorm = 1'000'000;
  constexpr std::size_t kSlice = 1000;
  Wheel wheel(kJuly2026);
  const TimeMs due = kJuly2026 + 3 * kDayMs + 12345;
  for (std::uint64_t i = 0; i < kStorm; ++i) wheel.schedule(due, i);
  EXPECT_LE(static_cast<double>(wheel.bytes()) / kStorm, 32.0);
  EXPECT_THAT(pop_until(wheel, due - 1), IsEmpty());
  std::vector<Expired> expired;
  std::uint64_t popped = 0;
  bool done = false;
  while (!done) {
    expired.clear();
    done = wheel.advance(due, kSlice, &expired);
    ASSERT_LE(expired.size(), kSlice);
    for (const Expired& each : expired) {
      ASSERT_EQ(each.due, due);
      ASSERT_EQ(each.payload, popped++);  // none lost, none twice
    }
    ASSERT_EQ(wheel.size(), kStorm - popped);
  }
  EXPECT_EQ(popped, kStorm);
}

using WheelDeathTest = testing::Test;

TEST(WheelDeathTest, misuse_stops_the_process) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Wheel wheel(kJuly2026);
  const Handle handle = wheel.schedule(kJuly2026 + 1, 1);
  wheel.cancel(handle);
  EXPECT_DEATH(wheel.cancel(handle), "not armed");
  EXPECT_DEATH(wheel.rearm(handle, kJuly2026), "not armed");
  EXPECT_DEATH(wheel.due(kNoHandle), "not armed");
  EXPECT_DEATH(wheel.payload(123'456'789), "never gave out");
  EXPECT_DEATH(wheel.schedule(kTimeLimit, 1), "beyond the wheel's range");
  EXPECT_DEATH(wheel.schedule(kNever, 1), "beyond the wheel's range");
}

// A sorted map that does the same as the wheel, the slow and obvious way.
class WheelAgainstSortedMap {
 public:
  WheelAgainstSortedMap(std::uint64_t seed, TimeMs start)
      : random_(seed), wheel_(start), time_(start) {}

  void step() {
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        return schedule();
      case 3:
        return cancel();
      case 4:
      case 5:
        return rearm();
      case 6:
        return advance(std::min(time_ + jump(), kTimeLimit / 2), budget());
      // Mostly another slice of the same instant, at times a clock set back.
      default:
        return advance(below(4) == 0 ? time_ - jump() : time_, budget());
    }
  }

  void drain() {
    while (!armed_.empty() && !testing::Test::HasFatalFailure()) {
      const std::size_t before = armed_.size();
      advance(armed_.rbegin()->second.due, kUnbounded);
      ASSERT_LT(armed_.size(), before);
    }
  }

  void check_bounds() {
    ASSERT_EQ(wheel_.size(), armed_.size());
    if (armed_.empty()) {
      ASSERT_EQ(wheel_.next_instant(), kNever);
      ASSERT_EQ(wheel_.earliest_due(), kNever);
      return;
    }
    ASSERT_LE(wheel_.next_instant(), by_place_.begin()->first);
    ASSERT_GE(wheel_.next_instant(), wheel_.current());
    ASSERT_EQ(wheel_.earliest_due(), *dues_.begin());
  }

 private:
  struct Armed {
    Handle handle;
    TimeMs due;
    std::multimap<TimeMs, std::uint64_t>::iterator place;
  };

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  DurationMs jump() {  // from milliseconds to decades, alike often
    return static_cast<DurationMs>(below(std::uint64_t{1} << below(41)));
  }

  TimeMs due() {
    switch (below(6)) {
      case 0:
        return time_ - jump();
      case 1:
        return time_ + static_cast<TimeMs>(below(3));
      case 2:
        return (time_ + jump()) & ~TimeMs{4095};  // many share a slot's first millisecond
      default:
        return time_ + jump();
    }
  }

  std::size_t budget() {
    switch (below(4)) {
      case 0:
        return kUnbounded;
      case 1:
        return below(100);
      default:
        return below(4);
    }
  }

  void remember(std::uint64_t payload, Handle handle, TimeMs due) {
    due = std::max<TimeMs>(due, 0);
    ASSERT_EQ(wheel_.due(handle), due);
    ASSERT_EQ(wheel_.payload(handle), payload);
    dues_.insert(due);
    armed_[payload] = {handle, due, by_place_.emplace(std::max(due, wheel_.current()), payload)};
  }

  void forget(std::map<std::uint64_t, Armed>::iterator armed) {
    by_place_.erase(armed->second.place);
    dues_.erase(dues_.find(armed->second.due));
    armed_.erase(armed);
  }

  std::map<std::uint64_t, Armed>::iterator pick() {
    const auto found = armed_.lower_bound(below(next_payload_ + 1));
    return found == armed_.end() ? armed_.begin() : found;
  }

  void schedule() {
    const TimeMs instant = due();
    const std::uint64_t payload = next_payload_++;
    remember(payload, wheel_.schedule(instant, payload), instant);
  }

  void cancel() {
    if (armed_.empty()) return;
    const auto armed = pick();
    wheel_.cancel(armed->second.handle);
    forget(armed);
  }

  void rearm() {
    if (armed_.empty()) return;
    const auto armed = pick();
    const auto [payload, before] = *armed;
    const TimeMs instant = due();
    wheel_.rearm(before.handle, instant);
    forget(armed);
    remember(payload, before.handle, instant);
  }

  void advance(TimeMs now, std::size_t budget) {
    now = std::min(now, kTimeLimit - 1);
    std::vector<Expired> expired;
    const TimeMs before = wheel_.current();
    const TimeMs waited_for = wheel_.next_instant();
    const bool done = wheel_.advance(now, budget, &expired);
    time_ = std::max(time_, now);
    ASSERT_GE(wheel_.current(), before);
    ASSERT_LE(wheel_.current(), std::max(now, before));
    ASSERT_LE(expired.size(), budget);
    if (now < waited_for) {
      ASSERT_TRUE(done || waited_for == before) << "work before next_instant()";
    }
    for (const Expired& each : expired) {
      ASSERT_FALSE(by_place_.empty());
      const auto armed = armed_.find(each.payload);
      ASSERT_NE(armed, armed_.end()) << "popped twice or after cancelling";
      ASSERT_LE(each.due, std::max(now, before)) << "early";
      ASSERT_EQ(armed->second.place->first, by_place_.begin()->first) << "out of order";
      ASSERT_EQ(each.due, armed->second.due);
      ASSERT_EQ(each.handle, armed->second.handle);
      forget(armed);
    }
    if (done) {
      ASSERT_EQ(wheel_.current(), std::max(now, before));
      ASSERT_GT(wheel_.next_instant(), wheel_.current()) << "no progress";
      if (!by_place_.empty()) {
        ASSERT_GT(by_place_.begin()->first, wheel_.current()) << "late";
      }
    }
  }

  std::mt19937_64 random_;
  Wheel wheel_;
  TimeMs time_;
  std::uint64_t next_payload_ = 0;
  std::map<std::uint64_t, Armed> armed_;
  std::multimap<TimeMs, std::uint64_t> by_place_;
  std::multiset<TimeMs> dues_;
};

TEST(WheelRandomTest, does_the_same_as_a_sorted_map) {
  const char* given = std::getenv("CASEWHEEL_SEED");
  const std::uint64_t first_seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  const std::uint64_t rounds = given != nullptr ? 1 : 30;
  for (std::uint64_t seed = first_seed; seed < first_seed + rounds; ++seed) {
    SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
    WheelAgainstSortedMap both(seed, seed % 3 == 0 ? 0 : kJuly2026 + static_cast<TimeMs>(seed));
    for (int step = 0; step < 5000; ++step) {
      both.step();
      if (step % 16 == 0) both.check_bounds();
      if (HasFatalFailure()) return;
    }
    both.drain();
    if (HasFatalFailure()) return;
    both.check_bounds();
  }
}

}  // namespace
}  // namespace casewheel::wheel
