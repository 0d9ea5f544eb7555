// The trail's lines: none is lost or doubled, they cost the partition one request however many wait, what
// is submitted after a line is not durable before it, and each says how its call ended.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "engine/api/audit.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

class Trail : public ApiTest {
 protected:
  static stored::AuditRecord line(const std::string& subject) {
    stored::AuditRecord record;
    record.set_subject(subject);
    record.set_outcome(stored::DONE);
    return record;
  }
  // Every event of partition 0, in the journal's order.
  std::vector<stored::Event> events() {
    std::vector<stored::Event> all;
    for (std::uint64_t seq = 1;; ++seq) {
      std::string bytes;
      stored::JournalEntry entry;
      if (!engine_->log().read_one(0, seq, &bytes)) return all;
      EXPECT_TRUE(entry.ParseFromString(bytes));
      all.insert(all.end(), entry.events().begin(), entry.events().end());
    }
  }
  std::vector<std::string> subjects() {
    std::vector<std::string> all;
    for (const stored::Event& event : events()) {
      if (event.has_audit_recorded()) all.push_back(event.audit_recorded().subject());
    }
    return all;
  }
};

TEST_F(Trail, LinesThatWaitShareARequest) {
  start(1);
  const AuditTrail trail(*services_);
  gate_.hold();
  trail.write(line("0"));
  gate_.wait_until_somebody_waits();
  const std::uint64_t requests = engine_->metrics(0).batch_requests;
  std::vector<std::string> expected{"0"};
  for (int i = 1; i <= 50; ++i) {
    expected.push_back(std::to_string(i));
    trail.write(line(expected.back()));
  }
  gate_.release();
  ASSERT_TRUE(eventually([&] { return subjects().size() == expected.size(); }));
  EXPECT_EQ(subjects(), expected);
  EXPECT_EQ(engine_->metrics(0).batch_requests - requests, 1u);
}

TEST_F(Trail, NoChangeIsDurableBeforeItsLine) {
  start(1);
  const AuditTrail trail(*services_);
  constexpr int kThreads = 4, kEach = 150;
  std::vector<std::thread> callers;
  for (int t = 0; t < kThreads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        trail.write(line(name));
        auto request = lodge_request("r-" + name);
        request.set_external_reference(name);
        cases_->lodge({}, request, [](auto) {});
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  const std::size_t all = kThreads * kEach;
  ASSERT_TRUE(eventually([&] {
    std::size_t lodged = 0;
    for (const stored::Event& event : events()) lodged += event.has_case_lodged() ? 1 : 0;
    return lodged == all;
  }));
  std::set<std::string> told;
  for (const stored::Event& event : events()) {
    if (event.has_audit_recorded()) {
      EXPECT_TRUE(told.insert(event.audit_recorded().subject()).second) << "twice";
    }
    if (event.has_case_lodged()) {
      EXPECT_TRUE(told.contains(event.case_lodged().external_reference()));
    }
  }
  EXPECT_EQ(told.size(), all);
}

TEST_F(Trail, ALineSaysHowItsCallEnded) {
  start(1);
  const auto trail = std::make_shared<const AuditTrail>(*services_);
  const auto refused = [](RejectionCode code) { return Rejection::of(code, "no"); };
  struct Ended {
    std::optional<Rejection> refusal;
    bool denied;
    stored::AuditOutcome outcome;
  };
  const std::vector<Ended> ends{
      {std::nullopt, false, stored::DONE},
      {std::nullopt, true, stored::DONE},
      {refused(RejectionCode::kNotPermitted), false, stored::DENIED},
      {refused(RejectionCode::kNotFound), false, stored::DENIED},
      {refused(RejectionCode::kInvalidArgument), true, stored::DENIED},
      {refused(RejectionCode::kInvalidArgument), false, stored::REFUSED},
      {refused(RejectionCode::kWrongState), false, stored::REFUSED},
      {refused(RejectionCode::kConflict), false, stored::REFUSED},
      {refused(RejectionCode::kOverloaded), false, stored::FAILED},
      {refused(RejectionCode::kDataLoss), false, stored::FAILED},
  };
  for (const access::OnRecord when : {access::OnRecord::kSoon, access::OnRecord::kBeforeShown}) {
    for (const Ended& ended : ends) {
      const auto line_of_call = std::make_shared<TrailLine>(trail, line(""), when);
      line_of_call->set_subject("first");
      line_of_call->set_subject("second");
      if (ended.denied) line_of_call->set_denied();
      const auto written = wait<bool>([&](auto done) {
        conclude(line_of_call, ended.refusal,
                 [done](const std::optional<Rejection>& unwritten) { done(!unwritten); });
      });
      EXPECT_TRUE(written && *written);
      // Once, whoever says it again.
      line_of_call->conclude(refused(RejectionCode::kUnavailable));
    }
  }
  const std::size_t all = 2 * ends.size();
  ASSERT_TRUE(eventually([&] { return subjects().size() == all; }));
  std::size_t i = 0;
  for (const stored::Event& event : events()) {
    if (!event.has_audit_recorded()) continue;
    EXPECT_EQ(event.audit_recorded().outcome(), ends[i % ends.size()].outcome) << i;
    EXPECT_EQ(event.audit_recorded().subject(), "first");
    ++i;
  }
}

TEST_F(Trail, WhatHasToBeOnRecordIsSoWhenItIsShown) {
  start(1);
  const auto trail = std::make_shared<const AuditTrail>(*services_);
  Call call;
  call.line = std::make_shared<TrailLine>(trail, line("shown"), access::OnRecord::kBeforeShown);
  gate_.hold();
  std::atomic<bool> shown{false};
  const Done<int> done = on_record<int>(call, [&](const Result<int>& result) {
    EXPECT_EQ(*result, 7);
    shown = true;
  });
  done(7);
  gate_.wait_until_somebody_waits();
  EXPECT_FALSE(shown);
  gate_.release();
  EXPECT_TRUE(eventually([&] { return shown.load(); }));
  EXPECT_EQ(subjects(), std::vector<std::string>{"shown"});
}

}  // namespace
}  // namespace casewheel::api
