// The engine under stress and in time, seen through the api: full queues, a full disk, the virtual
// clock, a jump of the real one, the due list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/base/limits.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::ElementsAre;

class UnderStress : public ApiTest {
 protected:
  // Of the clock, in partition 0's journal.
  int confirmations() {
    int found = 0;
    std::string bytes;
    for (std::uint64_t seq = 1; engine_->log().read_one(0, seq, &bytes); ++seq) {
      stored::JournalEntry entry;
      EXPECT_TRUE(entry.ParseFromString(bytes));
      for (const stored::Event& event : entry.events())
        found += event.has_clock_jump_confirmed() ? 1 : 0;
    }
    return found;
  }
};

TEST_F(UnderStress, AFullQueueRefusesAtOnceAndLosesNothingItTook) {
  start(1);
  gate_.hold();
  std::atomic<std::size_t> made{0};
  std::atomic<std::size_t> refused{0};
  std::promise<Rejection> refusal;
  const auto count = [&](Result<v1::LodgeCaseResponse> response) {
    if (response) {
      ++made;
    } else if (++refused == 1) {
      refusal.set_value(response.error());
    }
  };
  cases_->lodge({}, lodge_request("first"), count);
  gate_.wait_until_somebody_waits();
  for (std::size_t i = 0; i < limits::kPeopleQueue; ++i)
    cases_->lodge({}, lodge_request("q-" + std::to_string(i)), count);
  EXPECT_EQ(refused, 0u) << "so many may wait";
  EXPECT_EQ(engine_->metrics(0).queue_people, limits::kPeopleQueue);
  cases_->lodge({}, lodge_request("one too many"), count);
  auto future = refusal.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready)
      << "refused at once, not after a wait";
  const Rejection why = future.get();
  EXPECT_EQ(why.code, RejectionCode::kOverloaded);
  EXPECT_EQ(why.retry_after_ms, limits::kRetryAfterMs);
  EXPECT_EQ(engine_->metrics(0).overloaded, 1u);
  EXPECT_EQ(made, 0u) << "nobody is told before it is durable and published";
  gate_.release();
  EXPECT_TRUE(eventually([&] { return made == limits::kPeopleQueue + 1; }));
  EXPECT_TRUE(lodge(lodge_request("one too many"))) << "trying again helps";
  EXPECT_EQ(refused, 1u);
}

TEST_F(UnderStress, StoppingAnswersWhatStillWaits) {
  start(1);
  gate_.hold();
  std::promise<void> first;
  cases_->lodge({}, lodge_request("first"), [&](auto) { first.set_value(); });
  gate_.wait_until_somebody_waits();
  std::promise<Result<v1::LodgeCaseResponse>> second;
  cases_->lodge({}, lodge_request("second"), [&](auto r) { second.set_value(std::move(r)); });
  std::thread stopping([&] { engine_->stop(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  gate_.release();
  stopping.join();
  auto future = second.get_future();
  ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
  const auto answer = future.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, RejectionCode::kUnavailable);
  EXPECT_GT(answer.error().retry_after_ms, 0);
  first.get_future().wait();
}

TEST_F(UnderStress, AFullDiskTakesNoWorkAndItsDeadlinesFireAfterwardsSayingSo) {
  start(1, false, 1000);
  const std::string number = lodged(lodge_request("r-1"));
  const std::uint64_t writes = store_->writes();
  store_->set_free_bytes(999);
  const auto refused = lodge(lodge_request("r-2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RejectionCode::kDiskFull);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  EXPECT_EQ(act(note(number)).error().code, RejectionCode::kDiskFull);
  EXPECT_EQ(engine_->metrics(0).disk_full, 1u);
  EXPECT_TRUE(get(number)) << "reading goes on";
  for (int i = 0; i < 73 * 60; ++i) {  // the machine's clocks, a minute at a time
    clock_.pass(kMinuteMs);
    engine_->clock().read();
  }
  EXPECT_EQ(act(note(number)).error().code, RejectionCode::kDiskFull);
  EXPECT_EQ(store_->writes(), writes) << "nothing was written";
  EXPECT_EQ(get(number)->escalations_size(), 0);
  store_->set_free_bytes(1000);
  ASSERT_TRUE(eventually([&] { return get(number)->escalations_size() == 1; }));
  const v1::Case fired = *get(number);
  EXPECT_EQ(fired.escalations(0).cause(), v1::LATENESS_CAUSE_DISK_FULL);
  EXPECT_EQ(fired.escalations(0).due_time().seconds(), (kStart + 72 * kHourMs) / 1000);
  EXPECT_GE(fired.escalations(0).fired_time().seconds(), (kStart + 73 * kHourMs) / 1000);
  EXPECT_TRUE(fired.clocks(0).breached());
  EXPECT_TRUE(lodge(lodge_request("r-2")));
  EXPECT_EQ(engine_->metrics(0).disk_full, 0u);
}

TEST_F(UnderStress, AJumpOfTheClockHoldsFiringUntilAPersonConfirms) {
  start(2, false);
  const std::string number = lodged(lodge_request("r-1"));
  clock_.jump(100 * kDayMs);
  EXPECT_TRUE(eventually([&] { return engine_->clock().read().frozen; }));
  const auto frozen =
      wait<v1::ClockInfo>([&](auto done) { administration_->get_clock({}, {}, done); });
  EXPECT_TRUE(frozen->frozen());
  EXPECT_FALSE(frozen->alarm().empty());
  EXPECT_LT(frozen->now().seconds(), (kStart + kHourMs) / 1000) << "engine time did not jump";
  ASSERT_TRUE(act(note(number))) << "people go on working";
  EXPECT_EQ(get(number)->escalations_size(), 0);
  const auto confirmed =
      wait<v1::ClockInfo>([&](auto done) { administration_->confirm_clock({}, {}, done); });
  EXPECT_FALSE(confirmed->frozen());
  ASSERT_TRUE(eventually([&] { return get(number)->escalations_size() == 1; }));
  EXPECT_EQ(get(number)->escalations(0).cause(), v1::LATENESS_CAUSE_CLOCK_JUMP);
}

// Confirming takes effect at once, so its record may not be refused.
TEST_F(UnderStress, AConfirmationIsRecordedThoughTheQueueIsFull) {
  start(1, false);
  gate_.hold();
  std::atomic<std::size_t> answered{0};
  const auto count = [&](auto) { ++answered; };
  cases_->lodge({}, lodge_request("first"), count);
  gate_.wait_until_somebody_waits();
  for (std::size_t i = 0; i <= limits::kPeopleQueue; ++i)
    cases_->lodge({}, lodge_request("q-" + std::to_string(i)), count);
  EXPECT_EQ(engine_->metrics(0).overloaded, 1u);
  std::promise<Result<v1::ClockInfo>> confirmed;
  administration_->confirm_clock({}, {}, [&](auto info) { confirmed.set_value(std::move(info)); });
  EXPECT_EQ(engine_->metrics(0).overloaded, 1u);
  gate_.release();
  EXPECT_TRUE(confirmed.get_future().get());
  EXPECT_EQ(confirmations(), 1);
  EXPECT_TRUE(eventually([&] { return answered == limits::kPeopleQueue + 2; }));
}

TEST_F(UnderStress, AConfirmationWaitsForDiskSpaceAndIsRefusedOnlyAtTheEnd) {
  start(1, false, 1000);
  store_->set_free_bytes(10);
  ASSERT_TRUE(eventually([&] { return engine_->metrics(0).disk_full == 1; }));
  std::promise<Result<v1::ClockInfo>> first, second;
  administration_->confirm_clock({}, {}, [&](auto info) { first.set_value(std::move(info)); });
  EXPECT_EQ(lodge(lodge_request("r-1")).error().code, RejectionCode::kDiskFull);
  store_->set_free_bytes(1000);
  EXPECT_TRUE(first.get_future().get());
  EXPECT_EQ(confirmations(), 1);

  store_->set_free_bytes(10);
  ASSERT_TRUE(eventually([&] { return engine_->metrics(0).disk_full == 1; }));
  administration_->confirm_clock({}, {}, [&](auto info) { second.set_value(std::move(info)); });
  engine_->stop();
  const auto refused = second.get_future().get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RejectionCode::kUnavailable);
  EXPECT_EQ(confirmations(), 1);
}

class InTime : public ApiTest {
 protected:
  Result<v1::ListDueResponse> due(DurationMs horizon, int page_size = 0,
                                  const std::string& token = "") {
    v1::ListDueRequest request;
    request.mutable_filter()->set_tenant("utility");
    request.mutable_filter()->mutable_horizon()->set_seconds(horizon / 1000);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return wait<v1::ListDueResponse>([&](auto done) { supervision_->list_due({}, request, done); });
  }
};

TEST_F(InTime, AdvancingAnswersWhenEveryDeadlineUpToThereHasFiredAtItsInstant) {
  start(4);
  std::vector<std::string> numbers;
  for (int i = 0; i < 60; ++i) {
    numbers.push_back(lodged(lodge_request("r-" + std::to_string(i))));
    if (i % 10 == 9) {
      ASSERT_TRUE(advance(kHourMs));
    }
  }
  const auto info = advance(100 * kHourMs);
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->is_virtual());
  EXPECT_EQ(info->now().seconds(), (kStart + 106 * kHourMs) / 1000);
  for (const std::string& number : numbers) {
    const v1::Case c = *get(number);
    ASSERT_EQ(c.escalations_size(), 1);
    EXPECT_EQ(c.escalations(0).cause(), v1::LATENESS_CAUSE_ON_TIME);
    EXPECT_EQ(c.escalations(0).fired_time().seconds(), c.escalations(0).due_time().seconds());
    EXPECT_EQ(c.escalations(0).due_time().seconds() * 1000,
              c.received_time().seconds() * 1000 + 72 * kHourMs);
    EXPECT_THAT(c.escalations(0).recipients(), ElementsAre("lena"));
    EXPECT_TRUE(c.clocks(0).breached());
  }
}

TEST_F(InTime, TheClockIsMovedOnlyForwardsAndWithinReason) {
  start(1);
  const auto move = [&](const std::function<void(v1::AdvanceClockRequest&)>& change) {
    v1::AdvanceClockRequest request;
    change(request);
    return wait<v1::ClockInfo>(
        [&](auto done) { administration_->advance_clock({}, request, done); });
  };
  EXPECT_EQ(field_of(move([](auto&) {})), "to");
  EXPECT_EQ(field_of(move([](auto& r) { r.mutable_by()->set_seconds(-1); })), "by");
  EXPECT_EQ(field_of(move([](auto& r) { r.mutable_by()->set_seconds(21LL * 366 * 86400); })), "by");
  EXPECT_EQ(field_of(move([](auto& r) { r.mutable_time()->set_seconds(kStart / 1000 - 1); })),
            "time");
  EXPECT_EQ(field_of(move([](auto& r) { r.mutable_time()->set_seconds(-1); })), "time");
  ASSERT_TRUE(move([](auto& r) { r.mutable_time()->set_seconds(kStart / 1000 + 5); }));
  EXPECT_EQ(wait<v1::ClockInfo>([&](auto done) { administration_->get_clock({}, {}, done); })
                ->now()
                .seconds(),
            kStart / 1000 + 5);
}

TEST_F(InTime, TheRealClockIsNotMovedByCallers) {
  start(1, false);
  EXPECT_EQ(advance(kHourMs).error().code, RejectionCode::kFailedPrecondition);
}

TEST_F(InTime, TheDueListShowsTheMostOverdueFirstInPages) {
  start(3);
  std::vector<std::string> numbers;
  for (int i = 0; i < 12; ++i) {
    numbers.push_back(lodged(lodge_request("r-" + std::to_string(i))));
    ASSERT_TRUE(advance(kHourMs));
  }
  EXPECT_EQ(due(0)->cases_size(), 0);
  ASSERT_TRUE(advance(66 * kHourMs + 1));  // 78 hours after the first: the first seven are overdue
  ASSERT_TRUE(eventually([&] { return due(0)->cases_size() == 7; }));
  ASSERT_TRUE(eventually([&] { return due(kDayMs)->cases_size() == 12; }));
  std::vector<std::string> listed;
  std::string token;
  do {
    const auto page = due(kDayMs, 5, token);
    ASSERT_TRUE(page);
    for (const auto& c : page->cases()) {
      listed.push_back(c.case_number());
      EXPECT_EQ(c.overdue(), listed.size() <= 7) << c.case_number();
    }
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(listed, numbers);

  auto reply = on<v1::ReplyCaseRequest>(numbers[0]);
  reply.set_means(v1::REPLY_MEANS_PHONE);
  reply.set_text("好");
  const auto replied = act(reply);
  ASSERT_TRUE(replied);
  EXPECT_EQ(replied->clocks(0).status(), v1::CLOCK_STATUS_BROKEN);
  EXPECT_TRUE(eventually([&] { return due(0)->cases(0).unclocked(); })) << "open, and owes nothing";
  auto close = on<v1::CloseCaseRequest>(numbers[0]);
  close.set_outcome(v1::OUTCOME_RESOLVED);
  ASSERT_TRUE(act(close));
  EXPECT_TRUE(eventually([&] { return due(0)->cases_size() == 6; }));
  EXPECT_EQ(field_of(due(0, 501)), "page_size");
  EXPECT_EQ(field_of(due(0, 0, "zzz")), "page_token");
}

}  // namespace
}  // namespace casewheel::api
