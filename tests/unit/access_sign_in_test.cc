// Guessing at passwords: slow from where it comes, and nobody else's harm.
#include <gtest/gtest.h>

#include <string>

#include "engine/access/sign_in_guard.h"

namespace casewheel::access {
namespace {

constexpr TimeMs kNow = 1'770'000'000'000;

SignInGuard::Attempt from(const std::string& network, const std::string& account = "chen 1") {
  return {account, network};
}

// How many of so many attempts at once are looked at.
int looked_at(SignInGuard& guard, const SignInGuard::Attempt& attempt, int attempts,
              TimeMs now = kNow) {
  int count = 0;
  for (int i = 0; i < attempts; ++i) count += guard.begin(attempt, now) == 0 ? 1 : 0;
  return count;
}

TEST(SignInGuard, OfABurstNoMoreAreLookedAtThanOneAfterTheOther) {
  SignInGuard guard;
  EXPECT_EQ(looked_at(guard, from("192.0.2.1"), 90), 6)
      << "five are free, the next begins the wait";
}

TEST(SignInGuard, AGuesserLocksNobodyOutElsewhere) {
  SignInGuard guard;
  looked_at(guard, from("192.0.2.1"), 90);
  EXPECT_GT(guard.begin(from("192.0.2.1"), kNow), 0);
  EXPECT_EQ(guard.begin(from("192.0.2.2"), kNow), 0);
  guard.succeeded(from("192.0.2.2"), kNow);
  EXPECT_GT(guard.begin(from("192.0.2.1"), kNow), 0) << "its owner's sign-in is not the guesser's";
}

TEST(SignInGuard, ManyNetworksTogetherHaveToWaitAndItsOwnersOwnDoesNot) {
  SignInGuard guard;
  const SignInGuard::Attempt own = from("198.51.100.7");
  ASSERT_EQ(guard.begin(own, kNow), 0);
  guard.succeeded(own, kNow);
  int looked = 0;
  for (int i = 0; i < 60; ++i)
    looked += looked_at(guard, from("192.0.2." + std::to_string(i)), 5, kNow);
  EXPECT_EQ(looked, 101);
  EXPECT_GT(guard.begin(from("203.0.113.1"), kNow), 0);
  EXPECT_EQ(guard.begin(own, kNow), 0);
  EXPECT_EQ(guard.begin(from("203.0.113.1", "chen 2"), kNow), 0) << "a new password begins anew";
}

TEST(SignInGuard, ManyNamesFromOneNetworkHaveToWait) {
  SignInGuard guard;
  int looked = 0;
  for (int i = 0; i < 90; ++i)
    looked += looked_at(guard, from("192.0.2.1", "user" + std::to_string(i)), 1);
  EXPECT_EQ(looked, 51);
}

TEST(SignInGuard, WhatWasNotLookedAtIsNotCounted) {
  SignInGuard guard;
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(guard.begin(from("192.0.2.1"), kNow), 0) << i;
    guard.withdrawn(from("192.0.2.1"));
  }
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(guard.begin(from("192.0.2.1"), kNow), 0) << i;
    guard.succeeded(from("192.0.2.1"), kNow);
  }
}

TEST(PasswordPlaces, OneAccountOrNetworkDoesNotHoldThemAll) {
  PasswordPlaces places;
  int taken = 0;
  for (int i = 0; i < 80; ++i) taken += places.take("chen", "192.0.2.1") ? 1 : 0;
  EXPECT_EQ(taken, PasswordPlaces::kOfAccount);
  EXPECT_TRUE(places.take("lin", "192.0.2.1"));
  for (int i = 0; i < 80; ++i)
    taken += places.take("user" + std::to_string(i), "192.0.2.1") ? 1 : 0;
  EXPECT_EQ(taken + 1, PasswordPlaces::kOfNetwork);
  EXPECT_TRUE(places.take("lin", "192.0.2.2"));
  for (int i = 0; i < 80; ++i) places.take("user" + std::to_string(i), "n" + std::to_string(i));
  EXPECT_FALSE(places.take("wang", "192.0.2.3")) << "all are taken";
  places.leave("lin", "192.0.2.2");
  EXPECT_TRUE(places.take("wang", "192.0.2.3"));
}

}  // namespace
}  // namespace casewheel::access
