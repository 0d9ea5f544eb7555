// Applicants look at their case: who may, what they see, and that whoever guesses learns nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/tracking.h"
#include "engine/base/limits.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::ElementsAre;

class Tracking : public ApiTest {
 protected:
  void begin() {
    start(2);
    tracking_ = std::make_unique<TrackingApi>(*services_);
    number_ = lodged_with("0912-345-678");
  }
  std::string lodged_with(const std::string& phone) {
    auto request = lodge_request("r-" + std::to_string(++lodged_));
    request.mutable_applicant()->set_name("王小明");
    request.mutable_applicant()->set_phone(phone);
    return lodged(request);
  }
  Result<v1::TrackedCase> track(const std::string& number, const std::string& digits,
                                const std::string& code = "", const std::string& from = "1.2.3.4") {
    auto request = on<v1::TrackCaseRequest>(number);
    code.empty() ? request.set_phone_last_digits(digits) : request.set_code(code);
    Call call;
    call.from = from;
    return wait<v1::TrackedCase>([&](auto done) { tracking_->track(call, request, done); });
  }
  Result<v1::IssueTrackingCodeResponse> issue(const std::string& number, int minutes = 0,
                                              const std::string& request_id = "") {
    auto request = on<v1::IssueTrackingCodeRequest>(number);
    request.set_valid_minutes(minutes);
    request.set_request_id(request_id);
    return wait<v1::IssueTrackingCodeResponse>(
        [&](auto done) { tracking_->issue_code({}, request, done); });
  }
  Result<v1::ListToldUpdatesResponse> list_told(const std::vector<std::string>& numbers,
                                                TimeMs from = 0, TimeMs until = 0,
                                                const Call& call = {}) {
    v1::ListToldUpdatesRequest request;
    for (const std::string& number : numbers) request.add_case_numbers(number);
    if (from != 0) set_time(request.mutable_told_from(), from);
    if (until != 0) set_time(request.mutable_told_until(), until);
    return wait<v1::ListToldUpdatesResponse>(
        [&](auto done) { tracking_->list_told(call, request, done); });
  }
  // "燈已修復 open", or the status of an end or a reopening: "CLOSED closed".
  static std::vector<std::string> words_of(const v1::ListToldUpdatesResponse& response) {
    std::vector<std::string> all;
    for (const v1::ToldUpdate& told : response.cases(0).updates()) {
      const std::string status = v1::CaseStatus_Name(told.status());
      all.push_back(
          (told.text().empty() ? status.substr(std::string("CASE_STATUS_").size()) : told.text()) +
          (told.open() ? " open" : " closed"));
    }
    return all;
  }
  static std::string other_than(std::string code) {
    code.back() = code.back() == '0' ? '1' : '0';
    return code;
  }

  std::unique_ptr<TrackingApi> tracking_;
  std::string number_;
  int lodged_ = 0;
};

TEST_F(Tracking, ShowsWhatWasPromisedAndTold) {
  begin();
  ASSERT_TRUE(act(note(number_, "內部備註")));
  auto told = note(number_, "已派員，聯絡電話 0987-654-321");
  told.set_to_applicant(true);
  ASSERT_TRUE(act(told));
  auto reply = on<v1::ReplyCaseRequest>(number_);
  reply.set_means(v1::REPLY_MEANS_PHONE);
  reply.set_text("燈已修復");
  ASSERT_TRUE(act(reply));
  const auto seen = track(number_, "5678");
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->case_number(), number_);
  EXPECT_EQ(seen->enterprise_zh(), "公用事業");
  EXPECT_EQ(seen->service_zh(), "路燈");
  EXPECT_EQ(seen->status(), v1::CASE_STATUS_REPLIED);
  EXPECT_EQ(seen->status_zh(), "已回復");
  EXPECT_EQ(seen->received_time().seconds(), kStart / 1000);
  ASSERT_EQ(seen->promises_size(), 1);
  EXPECT_EQ(seen->promises(0).kind(), v1::CLOCK_KIND_REPLY);
  EXPECT_EQ(seen->promises(0).state(), v1::TrackedPromise::STATE_MET);
  EXPECT_EQ(seen->promises(0).due_time().seconds(), (kStart + 72 * kHourMs) / 1000);
  ASSERT_EQ(seen->told_size(), 2);
  EXPECT_EQ(seen->told(0).text(), "已派員，聯絡電話 0987-***-321");
  EXPECT_EQ(seen->told(1).text(), "燈已修復");
  EXPECT_EQ(seen->told(1).means(), v1::REPLY_MEANS_PHONE);
  EXPECT_EQ(seen->ShortDebugString().find("內部備註"), std::string::npos);
}

TEST_F(Tracking, APromiseIsLateAfterItsDate) {
  begin();
  EXPECT_EQ(track(number_, "5678")->promises(0).state(), v1::TrackedPromise::STATE_RUNNING);
  ASSERT_TRUE(advance(72 * kHourMs));
  EXPECT_EQ(track(number_, "5678")->promises(0).state(), v1::TrackedPromise::STATE_RUNNING);
  ASSERT_TRUE(advance(1));
  EXPECT_EQ(track(number_, "5678")->promises(0).state(), v1::TrackedPromise::STATE_LATE);
}

TEST_F(Tracking, TheLatestThingsToldAreShown) {
  begin();
  for (int i = 1; i <= limits::kToldMax + 2; ++i) {
    auto told = note(number_, "第 " + std::to_string(i) + " 次");
    told.set_to_applicant(true);
    ASSERT_TRUE(act(told));
  }
  const auto seen = track(number_, "5678");
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->told_size(), limits::kToldMax);
  EXPECT_TRUE(seen->told_shortened());
  EXPECT_EQ(seen->told(0).text(), "第 3 次");
}

TEST_F(Tracking, WhatWasToldIsListedOneByOne) {
  begin();
  ASSERT_TRUE(act(note(number_, "內部備註")));
  auto told = note(number_, "已派員，聯絡電話 0987-654-321");
  told.set_to_applicant(true);
  ASSERT_TRUE(act(told));
  ASSERT_TRUE(advance(kHourMs));
  auto reply = on<v1::ReplyCaseRequest>(number_);
  reply.set_means(v1::REPLY_MEANS_PHONE);
  reply.set_text("燈已修復");
  ASSERT_TRUE(act(reply));
  auto close = on<v1::CloseCaseRequest>(number_);
  close.set_outcome(v1::OUTCOME_RESOLVED);
  close.set_text("內部結案說明");
  ASSERT_TRUE(act(close));
  auto reopen = on<v1::ReopenCaseRequest>(number_);
  reopen.set_reason("又壞了");
  ASSERT_TRUE(act(reopen));
  const auto list = list_told({number_});
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_THAT(words_of(*list), ElementsAre("REGISTERED open", "CLOSED closed", "燈已修復 open",
                                           "已派員，聯絡電話 0987-***-321 open"));
  EXPECT_FALSE(list->cases(0).shortened());
  // The ids stay, whatever is told later.
  told.set_text("仍在等料");
  ASSERT_TRUE(act(told));
  const auto later = list_told({number_});
  ASSERT_EQ(later->cases(0).updates_size(), 5);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(later->cases(0).updates(i + 1).id(), list->cases(0).updates(i).id());
  EXPECT_THAT(words_of(*list_told({number_}, kStart + kMinuteMs)),
              ElementsAre("仍在等料 open", "REGISTERED open", "CLOSED closed", "燈已修復 open"));
  EXPECT_THAT(words_of(*list_told({number_}, 0, kStart + kMinuteMs)),
              ElementsAre("已派員，聯絡電話 0987-***-321 open"));
}

TEST_F(Tracking, WhatIsToldOfTheMainCaseIsToldOfItsDuplicates) {
  begin();
  const std::string main = lodged_with("0922-333-444");
  auto told = note(main, "併案之前");
  told.set_to_applicant(true);
  ASSERT_TRUE(act(told));
  auto merge_into = on<v1::MergeCaseRequest>(number_);
  merge_into.set_into_case_number(main);
  merge_into.set_request_id("m");
  ASSERT_TRUE(advance(kMinuteMs));
  ASSERT_TRUE(merge(merge_into));
  ASSERT_TRUE(advance(kMinuteMs));
  told.set_text("併案之後");
  ASSERT_TRUE(act(told));
  const auto list = list_told({number_, main});
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->cases_size(), 2);
  EXPECT_EQ(list->cases(0).updates_size(), 1);
  EXPECT_EQ(list->cases(0).updates(0).text(), "併案之後");
  EXPECT_EQ(list->cases(1).updates_size(), 2);
  EXPECT_NE(list->cases(0).updates(0).id(), list->cases(1).updates(0).id());
}

TEST_F(Tracking, WhatWasToldIsShownToWhoMayReadTheCase) {
  begin();
  auto told = note(number_, "已派員");
  told.set_to_applicant(true);
  ASSERT_TRUE(act(told));
  const Method method{"Tracking.ListToldUpdates", "cases.read"};
  const auto as = [&](const std::string& tenant, const std::string& unit) {
    access::Caller caller;
    caller.kind = access::Caller::Kind::kKey;
    stored::Grant& grant = caller.grants.emplace_back();
    grant.set_role(stored::SUPERVISOR);
    grant.set_tenant(tenant);
    grant.set_unit(unit);
    Call call;
    call.method = &method;
    call.caller = std::make_shared<const access::Caller>(caller);
    return list_told({number_}, 0, 0, call);
  };
  EXPECT_TRUE(as("utility", ""));
  EXPECT_TRUE(as("utility", "line"));
  EXPECT_EQ(as("utility", "crew").error().code, RejectionCode::kNotFound);
  EXPECT_EQ(as("other", "").error().code, RejectionCode::kNotFound);
  EXPECT_EQ(field_of(list_told({})), "case_numbers");
  EXPECT_EQ(field_of(list_told({"12"})), "case_numbers[0]");
}

TEST_F(Tracking, OfManyThingsToldTheLatestAreListedAndItIsSaid) {
  begin();
  for (int i = 0; i < limits::kToldMax; ++i) {
    auto told = note(number_, "第 " + std::to_string(i) + " 次");
    told.set_to_applicant(true);
    ASSERT_TRUE(act(told));
  }
  EXPECT_FALSE(list_told({number_})->cases(0).shortened());
  auto told = note(number_, "最後一次");
  told.set_to_applicant(true);
  ASSERT_TRUE(act(told));
  const auto list = list_told({number_});
  EXPECT_EQ(list->cases(0).updates_size(), limits::kToldMax);
  EXPECT_EQ(list->cases(0).updates(0).text(), "最後一次");
  EXPECT_TRUE(list->cases(0).shortened());
}

TEST_F(Tracking, WhatDoesNotFitIsRefusedInTheSameWords) {
  begin();
  const auto address = *parse_case_number(number_);
  const std::string without_phone = lodged_with("");
  const std::string short_phone = lodged_with("12-3");
  const std::string nobody = format_case_number(address.partition, CaseId{address.id.value + 99});
  const std::string no_tenant = format_case_number(0, CaseId::make(77, 1150202, 1));
  const std::string no_partition = format_case_number(9, address.id);
  const Rejection expected = track(number_, "0000").error();
  EXPECT_EQ(expected.code, RejectionCode::kUnauthenticated);
  for (const std::string& number :
       {without_phone, short_phone, nobody, no_tenant, no_partition, number_}) {
    for (const char* code : {"", "12345678"}) {
      // "0000" are the last digits of what is compared with where there is nothing.
      const auto wrong = track(number, "0000", code);
      ASSERT_FALSE(wrong) << number;
      EXPECT_EQ(wrong.error().code, expected.code) << number;
      EXPECT_EQ(wrong.error().message, expected.message) << number;
      EXPECT_EQ(wrong.error().retry_after_ms, 0) << number;
    }
  }
}

TEST_F(Tracking, OnlyWhatCanBeAFactorIsLookedAt) {
  begin();
  EXPECT_EQ(field_of(track(number_, "567")), "phone_last_digits");
  EXPECT_EQ(field_of(track(number_, "56789")), "phone_last_digits");
  EXPECT_EQ(field_of(track(number_, "56a8")), "phone_last_digits");
  EXPECT_EQ(field_of(track(number_, "", "1234567")), "code");
  EXPECT_EQ(field_of(track("123", "5678")), "case_number");
  EXPECT_EQ(field_of(wait<v1::TrackedCase>(
                [&](auto done) { tracking_->track({}, on<v1::TrackCaseRequest>(number_), done); })),
            "factor");
  EXPECT_TRUE(track(number_, "５６－７８")) << "as people type it";
}

TEST_F(Tracking, ACodeOpensOnceInItsTime) {
  begin();
  const std::string other = lodged_with("");
  const auto issued = issue(other);
  ASSERT_TRUE(issued) << issued.error().message;
  EXPECT_EQ(issued->code().size(), 8u);
  EXPECT_EQ(issued->expire_time().seconds(), (kStart + 30 * kMinuteMs) / 1000);
  EXPECT_FALSE(track(number_, "", issued->code())) << "another case's";
  EXPECT_FALSE(track(other, "", other_than(issued->code())));
  const auto seen = track(other, "", issued->code());
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->case_number(), other);
  EXPECT_EQ(track(other, "", issued->code()).error().code, RejectionCode::kUnauthenticated);
  const auto late = issue(other, 1);
  ASSERT_TRUE(advance(kMinuteMs));
  EXPECT_EQ(track(other, "", late->code()).error().code, RejectionCode::kUnauthenticated);
  const auto replaced = issue(other);
  const auto last = issue(other, limits::kTrackingMinutesMax);
  EXPECT_FALSE(track(other, "", replaced->code()));
  EXPECT_TRUE(track(other, "", last->code()));
}

TEST_F(Tracking, ACodeIsShownOnce) {
  begin();
  ASSERT_TRUE(issue(number_, 0, "once"));
  EXPECT_EQ(issue(number_, 0, "once").error().code, RejectionCode::kConflict);
  EXPECT_EQ(field_of(issue(number_, limits::kTrackingMinutesMax + 1)), "valid_minutes");
  EXPECT_EQ(field_of(issue(number_, -1)), "valid_minutes");
  EXPECT_EQ(issue(format_case_number(0, CaseId::make(31, 1150202, 900))).error().code,
            RejectionCode::kNotFound);
}

TEST_F(Tracking, OfTwoAtOnceOneGetsTheAnswer) {
  begin();
  const std::string code = issue(number_)->code();
  auto request = on<v1::TrackCaseRequest>(number_);
  request.set_code(code);
  std::vector<std::future<Result<v1::TrackedCase>>> all;
  for (int i = 0; i < 4; ++i) {
    auto promise = std::make_shared<std::promise<Result<v1::TrackedCase>>>();
    all.push_back(promise->get_future());
    tracking_->track({}, request,
                     [promise](auto result) { promise->set_value(std::move(result)); });
  }
  int answered = 0;
  for (auto& one : all) answered += one.get().has_value() ? 1 : 0;
  EXPECT_EQ(answered, 1);
}

TEST_F(Tracking, GuessingHasToWaitLongerEachTime) {
  begin();
  int looked_at = 0;
  while (looked_at < 100 && track(number_, "0000").error().retry_after_ms == 0) ++looked_at;
  EXPECT_EQ(looked_at, 6) << "the sixth sets the first wait";
  const auto held = track(number_, "5678");
  ASSERT_FALSE(held) << "not even the right one is looked at";
  EXPECT_EQ(held.error().code, RejectionCode::kOverloaded);
  EXPECT_EQ(held.error().retry_after_ms, 1 * kSecondMs);
  EXPECT_EQ(track(number_, "5678", "", "9.9.9.9").error().retry_after_ms, 1 * kSecondMs)
      << "from wherever";
  clock_.pass(1 * kSecondMs);
  EXPECT_TRUE(track(number_, "5678")) << "the hint was honest";
}

TEST_F(Tracking, GuessingAtManyCasesHasToWaitToo) {
  begin();
  const auto id = parse_case_number(number_)->id;
  const auto guess = [&](std::uint64_t nth) {
    return track(format_case_number(0, CaseId{id.value + 100 + nth}), "0000")
        .error()
        .retry_after_ms;
  };
  std::uint64_t looked_at = 0;
  while (looked_at < 1000 && guess(looked_at) == 0) ++looked_at;
  EXPECT_EQ(looked_at, 51u);
  EXPECT_GT(track(number_, "5678").error().retry_after_ms, 0);
  EXPECT_TRUE(track(number_, "5678", "", "9.9.9.9"));
}

TEST_F(Tracking, ANetworkOfIpv6GuessesAsOneAddress) {
  begin();
  const auto id = parse_case_number(number_)->id;
  const auto guess = [&](int nth) {
    return track(format_case_number(0, CaseId{id.value + 100 + static_cast<std::uint64_t>(nth)}),
                 "0000", "", "2001:db8:0:7::" + std::to_string(nth + 1))
        .error()
        .retry_after_ms;
  };
  int looked_at = 0;
  while (looked_at < 100 && guess(looked_at) == 0) ++looked_at;
  EXPECT_EQ(looked_at, 51);
  EXPECT_TRUE(track(number_, "5678", "", "2001:db8:0:8::1"));
}

TEST_F(Tracking, ManyGuessesAtOnceAreNoMoreThanOneAfterTheOther) {
  begin();
  std::atomic<int> looked_at{0};
  std::vector<std::future<void>> all;
  auto request = on<v1::TrackCaseRequest>(number_);
  request.set_phone_last_digits("0000");
  for (int i = 0; i < 200; ++i) {
    auto promise = std::make_shared<std::promise<void>>();
    all.push_back(promise->get_future());
    tracking_->track({}, request, [&looked_at, promise](auto result) {
      if (result.error().code == RejectionCode::kUnauthenticated) ++looked_at;
      promise->set_value();
    });
  }
  for (auto& one : all) one.wait();
  EXPECT_EQ(looked_at, 6);
}

TEST_F(Tracking, WhoIsRightIsNotHeldForLookingOften) {
  begin();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(track(number_, "5678")) << i;
}

}  // namespace
}  // namespace casewheel::api
