// Callers are served in turn, a line is bounded, and whoever is refused is told by how much.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <string>

#include "engine/base/fair_threads.h"

namespace casewheel {
namespace {

FairThreads::Limits limits(std::size_t threads, std::size_t waiting, std::size_t of_one) {
  FairThreads::Limits limits;
  limits.what = "scans";
  limits.threads = threads;
  limits.waiting = waiting;
  limits.waiting_of_one = of_one;
  limits.retry_ms = 1500;
  return limits;
}

class InTurn : public ::testing::Test {
 protected:
  // Holds one thread until let_go().
  void occupy(FairThreads& threads, const std::string& who) {
    std::promise<void> begun;
    ASSERT_FALSE(threads.post(who, [&begun, gate = gate_] {
      begun.set_value();
      gate.wait();
    }));
    begun.get_future().wait();
  }
  void let_go() { open_.set_value(); }
  std::function<void()> noted(const std::string& name) {
    return [this, name] {
      const std::scoped_lock lock(mutex_);
      order_ += name + " ";
    };
  }

  std::promise<void> open_;
  std::shared_future<void> gate_ = open_.get_future().share();
  std::mutex mutex_;
  std::string order_;
};

TEST_F(InTurn, WhoAsksForMuchWaitsBehindHerself) {
  FairThreads threads(limits(1, 100, 100));
  occupy(threads, "busy");
  for (int i = 1; i <= 4; ++i) ASSERT_FALSE(threads.post("busy", noted("b" + std::to_string(i))));
  ASSERT_FALSE(threads.post("anna", noted("a1")));
  ASSERT_FALSE(threads.post("anna", noted("a2")));
  ASSERT_FALSE(threads.post("carl", noted("c1")));
  let_go();
  threads.join();
  EXPECT_EQ(order_, "b1 a1 c1 b2 a2 b3 b4 ");
}

TEST_F(InTurn, ALineIsBoundedAndOthersHaveTheirs) {
  FairThreads threads(limits(1, 3, 2));
  occupy(threads, "busy");
  EXPECT_FALSE(threads.post("busy", noted("b1")));
  EXPECT_FALSE(threads.post("busy", noted("b2")));
  const std::optional<Rejection> full = threads.post("busy", noted("never"));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, RejectionCode::kOverloaded);
  EXPECT_EQ(full->message, "too many scans at once: 2 of the caller wait, 2 of all");
  EXPECT_EQ(full->retry_after_ms, 1500);
  EXPECT_FALSE(threads.post("anna", noted("a1")));
  EXPECT_TRUE(threads.post("carl", noted("never"))) << "three wait, and no more may";
  let_go();
  threads.join();
  EXPECT_EQ(order_, "b1 a1 b2 ");
}

TEST_F(InTurn, WhereNobodyIsToldApartTheWholeAloneIsBounded) {
  FairThreads threads(limits(1, 3, 1));
  occupy(threads, "");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(threads.post("", noted("x")));
  EXPECT_TRUE(threads.post("", noted("never")));
  let_go();
  threads.join();
  EXPECT_EQ(order_, "x x x ");
}

TEST_F(InTurn, WhatWaitsAtTheEndIsDoneAndNothingAfterIt) {
  FairThreads threads(limits(2, 10, 10));
  for (int i = 0; i < 5; ++i) ASSERT_FALSE(threads.post("anna", noted("x")));
  threads.join();
  EXPECT_EQ(order_, "x x x x x ");
  EXPECT_EQ(threads.post("anna", noted("late"))->code, RejectionCode::kUnavailable);
}

TEST(GivingWay, IsOfThePoolsThreadsAlone) {
  const auto niceness = [] {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)));
  };
  const int of_this_thread = niceness();
  FairThreads::Limits of_long_work = limits(1, 1, 1);
  of_long_work.niceness = std::min(of_this_thread + 5, 19);
  FairThreads threads(of_long_work);
  std::promise<int> found;
  ASSERT_FALSE(threads.post("", [&] { found.set_value(niceness()); }));
  EXPECT_EQ(found.get_future().get(), of_long_work.niceness);
  EXPECT_EQ(niceness(), of_this_thread);
}

}  // namespace
}  // namespace casewheel
