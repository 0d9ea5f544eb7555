// What a connection of gRPC may do, and what the process may hold for all of them.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/doors/grpc/conduct.h"
#include "engine/doors/grpc/limits.h"
#include "engine/doors/grpc/memory_watch.h"

namespace casewheel::doors {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

ChannelFigures figures(std::uint64_t started, std::uint64_t ended, std::uint64_t reset = 0,
                       std::uint64_t messages = 0) {
  return {started, ended, reset, messages, 0};
}

TEST(Conduct, ManyCallsOneAfterTheOtherAreFine) {
  Conduct conduct;
  for (std::uint64_t i = 0; i < 600; ++i) {  // a minute at 20,000 calls a second
    const ChannelFigures now = figures(i * 2000 + 64, i * 2000, 0, i * 2000);
    EXPECT_EQ(conduct.look(i * kMiB, &now, static_cast<std::int64_t>(i) * 100), std::nullopt);
  }
}

TEST(Conduct, AsManyCallsAsAreAllowedMayBeOpen) {
  Conduct conduct;
  const ChannelFigures allowed = figures(limits::kGrpcStreamsMax, 0);
  EXPECT_EQ(conduct.look(1, &allowed, 100), std::nullopt);
  const ChannelFigures more = figures(limits::kGrpcStreamsHeldMax + 1, 0);
  EXPECT_EQ(conduct.look(2, &more, 200), CutReason::kStreams);
}

TEST(Conduct, ClientsThatGiveUpAreNotThoseThatReset) {
  Conduct conduct;
  std::uint64_t given_up = 0;
  for (std::int64_t ms = 0; ms < 60'000; ms += 100) {
    given_up += limits::kGrpcResetsPerSecond / 10;
    const ChannelFigures now = figures(given_up, given_up, given_up);
    EXPECT_EQ(conduct.look(given_up, &now, ms + 1), std::nullopt) << ms;
  }
  const ChannelFigures at_once =
      figures(given_up, given_up, given_up + 10 * limits::kGrpcResetsAtOnce);
  EXPECT_EQ(conduct.look(given_up, &at_once, 60'100), CutReason::kResets);
}

TEST(Conduct, BytesThatAreNoMessageEndIt) {
  Conduct conduct;
  const ChannelFigures none = figures(0, 0);
  EXPECT_EQ(conduct.look(limits::kGrpcBytesOfCall, &none, 100), std::nullopt);
  EXPECT_EQ(conduct.look(2 * limits::kGrpcBytesOfCall, &none, 200), CutReason::kSilence);
  // Before its handshake has ended gRPC knows nothing of it.
  EXPECT_EQ(Conduct().look(2 * limits::kGrpcBytesOfCall, nullptr, 100), CutReason::kSilence);
}

TEST(Conduct, WhatIsNeverReadToItsEndEndsIt) {
  // A call for each MiB of frames that are none, and more comes all the time.
  Conduct flood;
  std::optional<CutReason> cut;
  std::int64_t ms = 0;
  for (std::uint64_t i = 1; i <= 20 && !cut; ++i) {
    const ChannelFigures now = figures(i, i, 0, i);
    cut = flood.look(i * kMiB, &now, ms = static_cast<std::int64_t>(i) * 100, 1);
  }
  EXPECT_EQ(cut, CutReason::kUnread);
  EXPECT_EQ(ms, limits::kGrpcUnreadMs + 100);
  // Calls may be many and the engine slow; seen to be read now and then, large messages may come too.
  Conduct busy;
  Conduct large;
  for (std::uint64_t i = 1; i <= 600; ++i) {
    const ChannelFigures small = figures(i * 300, i * 300, 0, i * 300);
    const std::int64_t now_ms = static_cast<std::int64_t>(i) * 100;
    EXPECT_EQ(busy.look(i * 300'000, &small, now_ms, 1), std::nullopt) << i;
    const ChannelFigures few = figures(i, i, 0, i);
    EXPECT_EQ(large.look(i * 4 * kMiB, &few, now_ms, i % 8), std::nullopt) << i;
  }
  // But not without an end.
  const ChannelFigures many = figures(1 << 20, 1 << 20, 0, 1 << 20);
  EXPECT_EQ(busy.look(1024 * kMiB, &many, 61'000, 1), CutReason::kUnread);
}

TEST(Conduct, WhoOnlyReadsMayDoSoForYears) {
  Conduct conduct;
  ChannelFigures watching = figures(1, 0, 0, 1);
  std::uint64_t bytes = 0;
  for (std::int64_t ms = 1; ms < 10'000'000; ms += 100) {  // 100 answers and 8 KiB in each look
    watching.answers += 100;
    bytes += 8 * 1024;
    EXPECT_EQ(conduct.look(bytes, &watching, ms), std::nullopt);
  }
  // But not send what is nothing beside it.
  watching.answers += 100;
  EXPECT_EQ(conduct.look(bytes + 3 * limits::kGrpcBytesOfCall, &watching, 10'000'100),
            CutReason::kSilence);
}

TEST(Conduct, AMessageForEachOpenCallMayBeOnItsWay) {
  Conduct conduct;
  const ChannelFigures ten = figures(10, 0);
  EXPECT_EQ(conduct.look(0, &ten, 100), std::nullopt);
  EXPECT_EQ(conduct.look(10 * limits::kGrpcBytesOfCall, &ten, 200), std::nullopt);
  const ChannelFigures whole = figures(10, 0, 0, 1);
  EXPECT_EQ(conduct.look(12 * limits::kGrpcBytesOfCall, &whole, 300), std::nullopt);
  EXPECT_EQ(conduct.look(23 * limits::kGrpcBytesOfCall, &whole, 400), std::nullopt);
  EXPECT_EQ(conduct.look(24 * limits::kGrpcBytesOfCall, &whole, 500), CutReason::kSilence);
  // But not for thousands.
  Conduct many;
  const ChannelFigures thousands = figures(4000, 0);
  EXPECT_EQ(many.look(0, &thousands, 100), std::nullopt);
  EXPECT_EQ(many.look(100 * kMiB, &thousands, 200), CutReason::kSilence);
}

TEST(Conduct, ReasonsHaveNames) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kCutReasons; ++i) names.insert(name_of(static_cast<CutReason>(i)));
  EXPECT_EQ(names.size(), kCutReasons);
  EXPECT_EQ(names.count("?"), 0u);
}

TEST(Peers, AreNamedAlikeByUsAndByGrpc) {
  EXPECT_EQ(peer_of_name("chttp2 ipv4:127.0.0.1:50312"), peer_of("127.0.0.1", 50312));
  EXPECT_EQ(peer_of_name("chttp2 ipv6:%5B::1%5D:50312"), peer_of("::1", 50312));
  EXPECT_EQ(peer_of_name("chttp2 ipv6:[fd00::7]:1"), peer_of("fd00::7", 1));
  EXPECT_EQ(peer_of_name("chttp2 ipv4:192.0.2.1:9"), peer_of("::ffff:192.0.2.1", 9));
  EXPECT_EQ(peer_of_name("chttp2 unix:/x"), "");
  EXPECT_EQ(peer_of_name(""), "");
}

TEST(Memory, GrowthWithinSecondsIsTakenForAnAttack) {
  MemoryWatch watch(64 * 1024 * kMiB);
  EXPECT_FALSE(watch.look(200 * kMiB, 1000));
  EXPECT_FALSE(watch.look(1100 * kMiB, 1100));
  EXPECT_TRUE(watch.look(1300 * kMiB, 1200));
  EXPECT_TRUE(watch.pausing(1300));
  EXPECT_FALSE(watch.look(1300 * kMiB, 1300)) << "once";
  EXPECT_FALSE(watch.pausing(1200 + limits::kGrpcPauseMs));
}

TEST(Memory, WhatAnEngineTakesOverMinutesIsItsOwn) {
  MemoryWatch watch(64 * 1024 * kMiB);
  std::uint64_t resident = 200 * kMiB;
  for (std::int64_t ms = 0; ms < 1'800'000; ms += 100) {  // 10 MiB a second, for half an hour
    EXPECT_FALSE(watch.look(resident, ms)) << ms;
    resident += kMiB;
  }
}

TEST(Memory, ManyAttacksDoNotTeachItToAllowMore) {
  MemoryWatch watch(64 * 1024 * kMiB);
  EXPECT_FALSE(watch.look(200 * kMiB, 0));
  for (std::int64_t ms = 1000; ms < 3'600'000; ms += 10'000) {
    EXPECT_TRUE(watch.look(1400 * kMiB, ms)) << ms;
    EXPECT_FALSE(watch.look(250 * kMiB, ms + limits::kGrpcPauseMs));  // let go of meanwhile
    EXPECT_LT(watch.bound_bytes(), 1400 * kMiB);
  }
}

TEST(Memory, WhatStaysIsNotHeldAgainstIt) {
  MemoryWatch watch(64 * 1024 * kMiB);
  EXPECT_FALSE(watch.look(200 * kMiB, 0));
  EXPECT_TRUE(watch.look(5000 * kMiB, 1000));
  const std::int64_t again = 1000 + limits::kGrpcPauseMs;
  EXPECT_FALSE(watch.look(5000 * kMiB, again)) << "gRPC held none of it";
  EXPECT_FALSE(watch.look(5200 * kMiB, again + 100));
  EXPECT_TRUE(watch.look(5400 * kMiB, again + 200));
}

TEST(Memory, ASmallMachineIsNeverFull) {
  MemoryWatch watch(1024 * kMiB);
  EXPECT_FALSE(watch.look(100 * kMiB, 0));
  EXPECT_TRUE(watch.look(400 * kMiB, 100));
  MemoryWatch full(1024 * kMiB);
  for (std::int64_t ms = 0; ms < 600'000; ms += 100) (void)full.look(700 * kMiB, ms);
  EXPECT_TRUE(full.look(800 * kMiB, 600'000)) << "three quarters, whatever the growth";
}

TEST(Memory, AnotherLimitHoldsFromTheNextLook) {
  MemoryWatch watch(64 * 1024 * kMiB);
  EXPECT_FALSE(watch.look(200 * kMiB, 0));
  EXPECT_FALSE(watch.look(700 * kMiB, 100));
  watch.set_limit(800 * kMiB);
  EXPECT_LT(watch.bound_bytes(), 700 * kMiB);
  EXPECT_TRUE(watch.look(700 * kMiB, 200));
}

TEST(Memory, OfThisProcessIsRead) {
  EXPECT_GT(resident_bytes(), kMiB);
  EXPECT_GT(memory_of_machine(), resident_bytes());
}

}  // namespace
}  // namespace casewheel::doors
