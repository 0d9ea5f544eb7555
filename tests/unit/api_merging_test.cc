// Merges through the api: steps that race across partitions, ends of the process between them, the people
// behind a duplicate, and merges that are undone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "engine/api/merging.h"
#include "engine/api/tracking.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MergingTest : public ApiTest {
 protected:
  static v1::MergeCaseRequest into(const std::string& duplicate, const std::string& main) {
    auto request = on<v1::MergeCaseRequest>(duplicate);
    request.set_into_case_number(main);
    return request;
  }
  // Begun, and answered whenever it may be.
  std::future<Result<v1::Case>> begun(const v1::MergeCaseRequest& request) {
    auto promise = std::make_shared<std::promise<Result<v1::Case>>>();
    auto future = promise->get_future();
    cases_->merge({}, request,
                  [promise](Result<v1::Case> result) { promise->set_value(std::move(result)); });
    return future;
  }
  Result<v1::Case> unmerge(const std::string& number, const std::string& request_id = "") {
    auto request = on<v1::UnmergeCaseRequest>(number);
    request.set_reason("併錯");
    request.set_request_id(request_id);
    return wait<v1::Case>([&](auto done) { cases_->unmerge({}, request, done); });
  }
  // A step of a merge alone, as if the process ended after it.
  partition::Answer give(const std::string& number, domain::Action action) {
    const CaseAddress address = *parse_case_number(number);
    partition::ActRequest act;
    act.tenant_number = address.id.tenant_number();
    act.id = address.id;
    act.command.action = std::move(action);
    act.command.who = {stored::OPERATOR, "", domain::kEveryRole};
    act.command.received_ms = kStart;
    std::promise<partition::Answer> promise;
    partition::Request request;
    request.body = std::move(act);
    request.done = [&promise](partition::Answer&& answer) { promise.set_value(std::move(answer)); };
    engine_->submit(address.partition, partition::Class::kPeople, std::move(request));
    return promise.get_future().get();
  }
  Result<v1::Case> closed(const std::string& number) {
    auto request = on<v1::CloseCaseRequest>(number);
    request.set_outcome(v1::OUTCOME_RESOLVED);
    request.set_text("已辦結");
    return act(request);
  }
  std::string lodged_new(const std::string& service = "lamp") {
    auto request = lodge_request("r-" + std::to_string(++lodged_), service);
    request.mutable_applicant()->set_phone("0912-345-678");
    return lodged(request);
  }
  TimeMs due_of(const std::string& number) { return get(number)->clocks(0).due_time().seconds(); }

  int lodged_ = 0;
};

TEST_F(MergingTest, OfTwoMergedIntoEachOtherAtOnceOneGoesOn) {
  start(4);
  int merged_pairs = 0;
  for (int round = 0; round < 60; ++round) {
    const std::string a = lodged_new();
    const std::string b = lodged_new();
    auto one = begun(into(a, b));
    auto other = begun(into(b, a));
    const bool merged_one = one.get().has_value();
    const bool merged_other = other.get().has_value();
    EXPECT_FALSE(merged_one && merged_other) << round;
    const bool a_open = get(a)->status() != v1::CASE_STATUS_MERGED;
    const bool b_open = get(b)->status() != v1::CASE_STATUS_MERGED;
    EXPECT_TRUE(a_open || b_open) << round;
    EXPECT_EQ(merged_one, !a_open);
    EXPECT_EQ(merged_other, !b_open);
    EXPECT_EQ(get(b)->duplicates_size(), merged_one ? 1 : 0);
    EXPECT_EQ(get(a)->duplicates_size(), merged_other ? 1 : 0);
    merged_pairs += merged_one || merged_other ? 1 : 0;
    EXPECT_TRUE(closed(a_open ? a : b)) << "nothing is left between two steps";
  }
  EXPECT_GT(merged_pairs, 0);
}

TEST_F(MergingTest, ARingOfThreeLeavesOneOpen) {
  start(3);
  for (int round = 0; round < 40; ++round) {
    const std::vector<std::string> cases = {lodged_new(), lodged_new(), lodged_new()};
    std::vector<std::future<Result<v1::Case>>> merges;
    for (std::size_t i = 0; i < 3; ++i) merges.push_back(begun(into(cases[i], cases[(i + 1) % 3])));
    for (auto& merge : merges) (void)merge.get().has_value();
    int open = 0;
    for (const std::string& number : cases)
      open += get(number)->status() != v1::CASE_STATUS_MERGED ? 1 : 0;
    EXPECT_GE(open, 1) << round;
  }
}

TEST_F(MergingTest, IntoACaseThatClosesMeanwhileItEndsInAnOpenOneOrDoesNotHappen) {
  start(4);
  for (int round = 0; round < 60; ++round) {
    const std::string main = lodged_new();
    const std::string duplicate = lodged_new();
    auto merge = begun(into(duplicate, main));
    auto request = on<v1::CloseCaseRequest>(main);
    request.set_outcome(v1::OUTCOME_RESOLVED);
    request.set_text("已辦結");
    const auto closing = act(request);
    const bool merged = merge.get().has_value();
    if (closing) continue;  // before or after the whole merge
    EXPECT_EQ(closing.error().code, RejectionCode::kUnavailable) << closing.error().message;
    EXPECT_GT(closing.error().retry_after_ms, 0);
    EXPECT_TRUE(act(request)) << "the merge has come to its end: " << merged;
  }
}

TEST_F(MergingTest, WhatAnEndOfTheProcessLeftIsTakenUpAgain) {
  start(2);
  const std::string main = lodged_new();
  const std::string duplicate = lodged_new();
  const CaseAddress m = *parse_case_number(main);
  const CaseAddress d = *parse_case_number(duplicate);
  ASSERT_FALSE(give(main, domain::PrepareMerge{d.partition, d.id, m.partition}).rejection);
  EXPECT_EQ(closed(main).error().code, RejectionCode::kUnavailable);
  ASSERT_TRUE(resume_merges(*services_));
  ASSERT_TRUE(eventually([&] { return closed(main).has_value(); })) << "nobody merges any more";

  const std::string second = lodged_new();
  const CaseAddress s = *parse_case_number(second);
  ASSERT_FALSE(give(second, domain::PrepareMerge{d.partition, d.id, s.partition}).rejection);
  ASSERT_FALSE(give(duplicate, domain::Merge{s.partition, s.id, d.partition}).rejection);
  EXPECT_THAT(get(second)->duplicates(), IsEmpty());
  ASSERT_TRUE(resume_merges(*services_));
  ASSERT_TRUE(eventually([&] { return get(second)->duplicates_size() == 1; }));
  ASSERT_TRUE(closed(second));

  ASSERT_FALSE(give(duplicate, domain::Unmerge{"併錯"}).rejection);
  EXPECT_EQ(get(second)->duplicates_size(), 1);
  ASSERT_TRUE(resume_merges(*services_));
  ASSERT_TRUE(eventually([&] { return get(second)->duplicates_size() == 0; }));
  ASSERT_TRUE(eventually([&] { return closed(duplicate).has_value(); }));
}

TEST_F(MergingTest, TheSameCallAgainHasTheSameAnswerHoweverThingsStandByThen) {
  start(3);
  const std::string main = lodged_new();
  const std::string duplicate = lodged_new();
  auto request = into(duplicate, main);
  request.set_request_id("m-1");
  ASSERT_TRUE(merge(request));
  ASSERT_TRUE(closed(main));
  const std::string etag = get(duplicate)->etag();
  const auto again = merge(request);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->etag(), etag);
  request.set_request_id("m-2");
  EXPECT_EQ(merge(request).error().code, RejectionCode::kWrongState);
}

TEST_F(MergingTest, TheEarlierDateStandsAndGoesWithItsCase) {
  start(4);
  const std::string older = lodged_new();
  ASSERT_TRUE(advance(20 * kHourMs));
  const std::string newer = lodged_new();
  const TimeMs first = due_of(older);
  const TimeMs second = due_of(newer);
  ASSERT_EQ(second - first, 20 * kHourMs / 1000);
  ASSERT_TRUE(merge(into(older, newer)));
  EXPECT_EQ(due_of(newer), first);
  EXPECT_EQ(get(newer)->clocks(0).promised_time().seconds(), first);
  const auto undone = unmerge(older, "u-1");
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_EQ(undone->status(), v1::CASE_STATUS_REGISTERED);
  EXPECT_EQ(undone->clocks(0).status(), v1::CLOCK_STATUS_RUNNING);
  EXPECT_EQ(due_of(older), first);
  EXPECT_EQ(due_of(newer), second);
  EXPECT_THAT(get(newer)->duplicates(), IsEmpty());
  EXPECT_TRUE(unmerge(older, "u-1")) << "the same call again";
  EXPECT_EQ(unmerge(older, "u-2").error().code, RejectionCode::kWrongState);
  EXPECT_TRUE(merge(into(older, newer))) << "and once more";
}

TEST_F(MergingTest, UndoneWithinAChainTheDatesLeaveEveryLink) {
  start(4);
  const std::string first = lodged_new();
  const TimeMs due = due_of(first);
  ASSERT_TRUE(advance(10 * kHourMs));
  const std::string second = lodged_new();
  const TimeMs due_of_second = due_of(second);
  ASSERT_TRUE(advance(10 * kHourMs));
  const std::string third = lodged_new();
  ASSERT_TRUE(merge(into(first, second)));
  ASSERT_TRUE(merge(into(second, third)));
  EXPECT_EQ(due_of(third), due);
  ASSERT_TRUE(unmerge(first));
  EXPECT_EQ(due_of(first), due);
  EXPECT_EQ(due_of(third), due_of_second);
}

TEST_F(MergingTest, NotesRepliesAndFilesGivenToADuplicateReachTheMainCase) {
  start(4);
  const std::string first = lodged_new();
  const std::string second = lodged_new();
  const std::string main = lodged_new();
  ASSERT_TRUE(merge(into(first, second)));
  ASSERT_TRUE(merge(into(second, main)));
  auto request = note(first, "申請人又來電");
  request.set_request_id("n-1");
  const auto noted = act(request);
  ASSERT_TRUE(noted) << noted.error().message;
  EXPECT_EQ(noted->case_number(), main);
  ASSERT_TRUE(act(request)) << "the same again";
  EXPECT_EQ(get(main)->etag(), noted->etag());
  auto told = on<v1::ReplyCaseRequest>(second);
  told.set_means(v1::REPLY_MEANS_PHONE);
  told.set_text("已修復");
  ASSERT_TRUE(act(told));
  EXPECT_EQ(get(main)->status(), v1::CASE_STATUS_REPLIED);
  auto dated = note(first);
  dated.set_etag(get(first)->etag());
  const auto refused = act(dated);
  ASSERT_FALSE(refused) << "its etag is another case's";
  EXPECT_THAT(refused.error().message, HasSubstr(second));
  EXPECT_THAT(act(on<v1::AcceptCaseRequest>(first)).error().message, HasSubstr(second));
}

TEST_F(MergingTest, ADuplicatesNumberShowsHowTheMainCaseStands) {
  start(4);
  TrackingApi tracking(*services_);
  const std::string duplicate = lodged_new();
  ASSERT_TRUE(advance(kHourMs));
  const std::string main = lodged_new();
  auto before = note(main, "只告訴主案申請人");
  before.set_to_applicant(true);
  ASSERT_TRUE(act(before));
  ASSERT_TRUE(advance(kHourMs));
  ASSERT_TRUE(merge(into(duplicate, main)));
  auto documents = on<v1::RequestDocumentsRequest>(main);
  documents.add_documents("申請書");
  ASSERT_TRUE(act(documents));
  auto after = note(main, "已派員");
  after.set_to_applicant(true);
  ASSERT_TRUE(act(after));
  auto look = on<v1::TrackCaseRequest>(duplicate);
  look.set_phone_last_digits("5678");
  const auto seen = wait<v1::TrackedCase>([&](auto done) { tracking.track({}, look, done); });
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->case_number(), duplicate);
  EXPECT_EQ(seen->merged_into(), main);
  EXPECT_EQ(seen->status(), v1::CASE_STATUS_IN_PROGRESS) << "the documents are another's to bring";
  EXPECT_THAT(seen->missing_documents(), IsEmpty());
  EXPECT_EQ(seen->received_time().seconds(), kStart / 1000);
  ASSERT_EQ(seen->promises_size(), 1);
  EXPECT_EQ(seen->promises(0).due_time().seconds(), (kStart + 72 * kHourMs) / 1000);
  ASSERT_EQ(seen->told_size(), 1);
  EXPECT_EQ(seen->told(0).text(), "已派員");
}

TEST_F(MergingTest, ARetryIsKnownForSevenDaysHoweverMuchHappens) {
  start(2);
  const std::string number = lodged_new();
  auto first = note(number, "第一筆");
  first.set_request_id("n-0");
  ASSERT_TRUE(act(first));
  for (int i = 1; i <= 300; ++i) {
    auto other = note(number);
    other.set_request_id("n-" + std::to_string(i));
    ASSERT_TRUE(act(other));
  }
  ASSERT_TRUE(advance(7 * kDayMs - kHourMs));
  const std::string etag = get(number)->etag();
  ASSERT_TRUE(act(first));
  EXPECT_EQ(get(number)->etag(), etag);
  first.set_text("另一筆");
  EXPECT_EQ(act(first).error().code, RejectionCode::kConflict);
  // Rows of requests that are too old go, a slice with each batch.
  const auto rows = [&] {
    std::size_t count = 0;
    for (PartitionId id = 0; id < 2; ++id) {
      const std::string prefix = storage::kind_prefix(storage::RowKind::kRequest, id);
      const Status scanned = store_->scan(storage::Table::kState, prefix,
                                          storage::prefix_end(prefix), [&](auto, auto) {
                                            ++count;
                                            return true;
                                          });
      EXPECT_TRUE(scanned);
    }
    return count;
  };
  EXPECT_EQ(rows(), 301u);
  ASSERT_TRUE(advance(15 * kDayMs));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(act(note(number)));
  EXPECT_EQ(rows(), 0u);
}

}  // namespace
}  // namespace casewheel::api
