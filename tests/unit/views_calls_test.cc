// The telephones' read model: figures that follow every change, and each agent's screen.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "engine/base/limits.h"
#include "engine/views/call_desk.h"

namespace casewheel::views {
namespace {

constexpr TimeMs kHour = 1'770'001'200'000 / kHourMs * kHourMs;

journal::v1::Call ring(const std::string& id, TimeMs at) {
  journal::v1::Call call;
  call.set_call_id(id);
  call.set_version(1);
  call.set_tenant_number(11);
  call.set_direction(journal::v1::INBOUND);
  call.set_line("1911");
  call.set_begun_ms(at);
  call.set_rang_ms(at);
  call.set_promised_ms(20'000);
  call.add_ringing("anna");
  call.add_ringing("berta");
  return call;
}
journal::v1::Call answered(journal::v1::Call call, const std::string& agent, DurationMs wait) {
  call.clear_ringing();
  call.set_version(call.version() + 1);
  call.set_agent(agent);
  call.set_answered_ms(call.rang_ms() + wait);
  return call;
}
journal::v1::Call ended(journal::v1::Call call, DurationMs after, journal::v1::CallEnd end) {
  call.clear_ringing();
  call.set_version(call.version() + 1);
  call.set_ended_ms(call.rang_ms() + after);
  call.set_end(end);
  return call;
}

class Eyes final : public Watcher {
 public:
  void on_available() override { ++available; }
  void on_end(const Rejection& reason) override { ended = reason.code; }
  int available = 0;
  std::optional<RejectionCode> ended;
};

class Desk : public testing::Test {
 protected:
  void change(const journal::v1::Call& before, const journal::v1::Call& after) {
    partition::Publication publication;
    publication.calls.push_back({0, before, after});
    desk.on_commit(publication);
    io.restart();
    io.run();
  }
  CallFigures total(const std::string& line = "") const {
    CallFigures all;
    for (const auto& [hour, figures] : desk.hours(11, 0, kHour + kDayMs, line, ""))
      all.add(figures);
    return all;
  }
  boost::asio::io_context io;
  CallDesk desk{io.get_executor()};
};

TEST_F(Desk, FiguresAreThoseOfTheCallsAsTheyStand) {
  const auto rung = ring("1", kHour + 1000);
  change({}, rung);
  EXPECT_EQ(total().offered, 1);
  const auto taken = answered(rung, "anna", 8000);
  change(rung, taken);
  EXPECT_EQ(total().answered_in_time, 1);
  EXPECT_EQ(total().waited_ms, 8000);
  const auto over = ended(taken, 68'000, journal::v1::CALL_ANSWERED);
  change(taken, over);
  EXPECT_EQ(total().talked_ms, 60'000);
  EXPECT_EQ(total().offered, 1);
  change({}, ended(ring("2", kHour + 2000), 4000, journal::v1::CALL_ABANDONED));
  EXPECT_EQ(total().abandoned_short, 1);
  EXPECT_FALSE(CallFigures().service_level()) << "of no call";
  EXPECT_DOUBLE_EQ(*total().service_level(), 1);
  change({}, ended(ring("3", kHour + 3000), 40'000, journal::v1::CALL_MISSED));
  EXPECT_DOUBLE_EQ(*total().service_level(), 0.5);
  EXPECT_EQ(total().longest_wait_ms, 40'000);
  EXPECT_EQ(total("1911").offered, 3);
  EXPECT_EQ(total("1912").offered, 0);
  EXPECT_TRUE(desk.knows_line(11, "1911"));
  EXPECT_FALSE(desk.knows_line(11, "1912"));
  EXPECT_FALSE(desk.knows_queue(11, "billing"));
}

TEST_F(Desk, ALateAnswerMovesACallFromTheMissedToTheAnswered) {
  const auto missed = ended(ring("1", kHour), 30'000, journal::v1::CALL_ABANDONED);
  change({}, missed);
  auto late = answered(missed, "anna", 10'000);
  late.set_end(journal::v1::CALL_ANSWERED);
  change(missed, late);
  EXPECT_EQ(total().abandoned, 0);
  EXPECT_EQ(total().answered, 1);
}

TEST_F(Desk, FiguresAreKeptForTwoHundredDays) {
  change({}, ring("1", kHour - CallHistory::kKeptMs));
  change({}, ring("2", kHour - CallHistory::kKeptMs + kHourMs));
  EXPECT_EQ(total().offered, 2);
  change({}, ring("3", kHour));
  EXPECT_EQ(total().offered, 2);
}

TEST_F(Desk, AScreenShowsWhatRingsAndWhatBecomesOfIt) {
  const auto eyes = std::make_shared<Eyes>();
  const auto watch = *desk.watch(11, "anna", eyes);
  const auto first = watch->take();
  ASSERT_TRUE(first && first->snapshot);
  EXPECT_FALSE(first->address);
  EXPECT_FALSE(watch->take());
  const auto rung = ring("1", kHour);
  change({}, rung);
  EXPECT_EQ(eyes->available, 1);
  EXPECT_TRUE(watch->take()->address);
  EXPECT_FALSE(watch->take());
  // Another takes it: she is told so, and no more of it.
  const auto taken = answered(rung, "berta", 1000);
  change(rung, taken);
  EXPECT_TRUE(watch->take());
  EXPECT_FALSE(watch->take());
  change(taken, ended(taken, 9000, journal::v1::CALL_ANSWERED));
  EXPECT_FALSE(watch->take());
  EXPECT_EQ(eyes->available, 2);
}

TEST_F(Desk, ASnapshotIsTheCallSheIsConcernedWith) {
  const auto shown = [&](const std::string& agent) {
    return (*desk.watch(11, agent, std::make_shared<Eyes>()))->take()->address.has_value();
  };
  const auto rung = ring("1", kHour);
  desk.load(0, rung);
  EXPECT_TRUE(shown("anna"));
  const auto taken = answered(rung, "berta", 1000);
  change(rung, taken);
  EXPECT_FALSE(shown("anna"));
  EXPECT_TRUE(shown("berta"));
  const auto over = ended(taken, 5000, journal::v1::CALL_ANSWERED);
  change(taken, over);
  EXPECT_TRUE(shown("berta"));  // still to be wrapped up
  auto done = over;
  done.set_wrapped_ms(over.ended_ms() + 1);
  change(over, done);
  EXPECT_FALSE(shown("berta"));
}

TEST_F(Desk, WhatRingsBesideGoesAndHerOwnStays) {
  const auto own = answered(ring("1", kHour), "anna", 1000);
  change({}, own);
  const auto beside = ring("2", kHour + 5000);
  change({}, beside);
  change(beside, answered(beside, "berta", 1000));
  const auto first = (*desk.watch(11, "anna", std::make_shared<Eyes>()))->take();
  ASSERT_TRUE(first->address);
  EXPECT_EQ(first->address->id, partition::call_id_of("1"));
}

TEST_F(Desk, WhoDoesNotTakeIsLetGo) {
  const auto eyes = std::make_shared<Eyes>();
  const auto watch = *desk.watch(11, "anna", eyes);
  watch->take();
  for (int i = 0; i < 102; ++i) change({}, ring("c" + std::to_string(i), kHour + i));
  EXPECT_EQ(eyes->ended, RejectionCode::kOverloaded);
  EXPECT_FALSE(watch->take());
}

TEST_F(Desk, TellsOfEveryCallThatIsOwedACallBack) {
  int owed = 0;
  desk.when_owed([&](const CallAddress&) { ++owed; });
  auto missed = ended(ring("1", kHour), 9000, journal::v1::CALL_MISSED);
  missed.set_callback_owed(true);
  change(ring("1", kHour), missed);
  change(missed, missed);
  EXPECT_EQ(owed, 1);
}

TEST_F(Desk, EndsItsWatchesWhenItCloses) {
  const auto eyes = std::make_shared<Eyes>();
  const auto watch = *desk.watch(11, "anna", eyes);
  desk.close();
  EXPECT_EQ(eyes->ended, RejectionCode::kUnavailable);
  EXPECT_FALSE(desk.watch(11, "anna", eyes).has_value());
}

// The partition leaves word and goes on; a call that changes twice meanwhile counts as it stands.
TEST_F(Desk, FiguresAreTakenInOnTheDesksOwnThread) {
  const auto rung = ring("1", kHour);
  const auto taken = answered(rung, "anna", 8000);
  partition::Publication publication;
  publication.calls.push_back({0, {}, rung});
  desk.on_commit(publication);
  publication.calls = {{0, rung, taken}};
  desk.on_commit(publication);
  EXPECT_EQ(total().offered, 0);
  io.restart();
  io.run();
  EXPECT_EQ(total().offered, 1);
  EXPECT_EQ(total().answered, 1);
  EXPECT_EQ(total().talks, 0);
}

TEST_F(Desk, HoursAreWalkedOverWholeInSlices) {
  constexpr int kHours = 3000;
  for (int i = 0; i < kHours; ++i) desk.load(0, ring(std::to_string(i), kHour + i * kHourMs));
  std::size_t looked = 0;
  const CallDesk::Hours hours = desk.hours(11, 0, kHour + kHours * kHourMs, "", "", &looked);
  EXPECT_EQ(hours.size(), std::size_t{kHours});
  EXPECT_EQ(looked, std::size_t{kHours});
  EXPECT_EQ(desk.hours(11, kHour + 10 * kHourMs, kHour + 12 * kHourMs, "", "").size(), 2u);
}

TEST_F(Desk, LinesBeyondThoseThatAreToldApartAreSaidToBeLeftOut) {
  constexpr std::size_t kBeyond = 3;
  for (std::size_t i = 0; i < CallHistory::kSeriesMax + kBeyond; ++i) {
    journal::v1::Call call = ring(std::to_string(i), kHour);
    call.set_line("line-" + std::to_string(i));
    desk.load(0, call);
  }
  std::uint64_t unnamed = 7;
  const auto offered = [&](const std::string& line) {
    std::uint64_t sum = 0;
    for (const auto& [hour, figures] :
         desk.hours(11, 0, kHour + kDayMs, line, "", nullptr, &unnamed))
      sum += figures.offered;
    return sum;
  };
  EXPECT_EQ(offered("line-7"), 1u);
  EXPECT_EQ(unnamed, kBeyond);
  EXPECT_EQ(offered("line-" + std::to_string(CallHistory::kSeriesMax)), 0u);
  EXPECT_EQ(unnamed, kBeyond);
  EXPECT_EQ(offered(""), CallHistory::kSeriesMax + kBeyond);
  EXPECT_EQ(unnamed, 0u) << "all of them are in it";
}

TEST_F(Desk, OneAgentsScreensAreNotEverybodys) {
  std::vector<std::shared_ptr<CallWatch>> watches;
  for (std::size_t i = 0; i < limits::kScreensOfAgent; ++i)
    watches.push_back(*desk.watch(11, "anna", std::make_shared<Eyes>()));
  const auto refused = desk.watch(11, "anna", std::make_shared<Eyes>());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RejectionCode::kOverloaded);
  EXPECT_EQ(refused.error().message, "too many screens of agent anna are watched: 8");
  EXPECT_TRUE(desk.watch(11, "berta", std::make_shared<Eyes>()));
  watches.pop_back();
  EXPECT_TRUE(desk.watch(11, "anna", std::make_shared<Eyes>()));
}

}  // namespace
}  // namespace casewheel::views
