// Long work and its client: the work waits for nobody, and she gets how it ended.
#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/doors/services/work_feed.h"

namespace casewheel::doors {
namespace {

using ::testing::ElementsAre;
using Number = google::protobuf::Int32Value;
using Counting = WorkFeed<Number, Number>;

const FairThreads::Limits kOneThread{
    .what = "long calls", .threads = 1, .waiting = 2, .waiting_of_one = 1};

Number number(int value) {
  Number out;
  out.set_value(value);
  return out;
}

// Nothing it is given arrives until the test says so. One thread at a time.
class Client final : public Answers {
 public:
  void write(const google::protobuf::Message& message) override {
    written.push_back(static_cast<const Number&>(message).value());
  }
  void finish(const std::optional<Rejection>& reason) override {
    ++finished;
    refused = reason.has_value();
  }
  void abandon() override {}
  std::optional<Rejection> over() const override { return std::nullopt; }
  void hold() override {}
  void release() override {}

  std::vector<int> written;
  int finished = 0;
  bool refused = false;
};

// Counts to the number that is asked for.
Result<bool> count(const Number& to, const Counting::Send& send) {
  for (int i = 1; i <= to.value(); ++i) {
    if (!send(number(i))) return Rejection::of(RejectionCode::kUnavailable, "she has gone");
  }
  return true;
}

TEST(WorkFeed, DoesNotWaitForItsClient) {
  Client client;
  FairThreads thread(kOneThread);
  Counting feed(thread, count);
  feed.start(client, {}, number(5));
  thread.join();  // the work is at its end, and nothing has been taken
  EXPECT_THAT(client.written, ElementsAre(1));
  EXPECT_EQ(client.finished, 0);
  feed.on_written(true);
  EXPECT_THAT(client.written, ElementsAre(1, 5)) << "the last overtakes what is between";
  EXPECT_EQ(client.finished, 0);
  feed.on_written(true);
  EXPECT_EQ(client.finished, 1);
  EXPECT_FALSE(client.refused);
}

TEST(WorkFeed, StopsForAClientWhoIsGone) {
  Client client;
  FairThreads thread(kOneThread);
  std::promise<void> begun, gone;
  Counting feed(thread, [&](const Number&, const Counting::Send& send) -> Result<bool> {
    EXPECT_TRUE(send(number(1)));
    EXPECT_TRUE(send(number(2)));
    begun.set_value();
    gone.get_future().wait();
    EXPECT_FALSE(send(number(3)));
    return Rejection::of(RejectionCode::kUnavailable, "she has gone");
  });
  feed.start(client, {}, number(0));
  begun.get_future().wait();
  feed.on_gone();
  feed.on_written(false);
  gone.set_value();
  thread.join();
  EXPECT_THAT(client.written, ElementsAre(1));
  EXPECT_EQ(client.finished, 1);
  EXPECT_TRUE(client.refused);
}

TEST(WorkFeed, IsNotBegunForAClientWhoHasGoneMeanwhile) {
  Client client;
  FairThreads thread(kOneThread);
  std::promise<void> begun, gate;
  ASSERT_FALSE(thread.post("other", [&] {
    begun.set_value();
    gate.get_future().wait();
  }));
  begun.get_future().wait();
  bool worked = false;
  Counting feed(thread, [&](const Number&, const Counting::Send&) -> Result<bool> {
    worked = true;
    return true;
  });
  feed.start(client, {}, number(0));
  feed.on_gone();
  gate.set_value();
  thread.join();
  EXPECT_FALSE(worked);
  EXPECT_EQ(client.finished, 1);
}

TEST(WorkFeed, IsRefusedWhereTheLineIsFull) {
  Client first, second;
  FairThreads thread(kOneThread);
  std::promise<void> begun, gate;
  ASSERT_FALSE(thread.post("other", [&] {
    begun.set_value();
    gate.get_future().wait();
  }));
  begun.get_future().wait();
  ASSERT_FALSE(thread.post("another", [] {}));  // one place to wait in is left
  Counting one(thread, count), two(thread, count);
  one.start(first, {}, number(1));
  two.start(second, {}, number(1));
  EXPECT_EQ(second.finished, 1);
  EXPECT_TRUE(second.refused);
  gate.set_value();
  thread.join();
  EXPECT_THAT(first.written, ElementsAre(1));
}

}  // namespace
}  // namespace casewheel::doors
