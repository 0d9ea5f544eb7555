// Changing cases through the api: idempotent requests, etags, roles of the caller, merges across
// partitions, and what is refused, naming the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>

#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::ElementsAre;

class Changes : public ApiTest {
 protected:
  std::uint64_t lodged_in_all() {
    return wait<v1::Statistics>([&](auto done) { administration_->get_statistics({}, {}, done); })
        ->lodged();
  }
};

TEST_F(Changes, OneKeyOneCase) {
  start(3);
  const v1::LodgeCaseRequest request = lodge_request("r-1");
  const auto first = lodge(request);
  ASSERT_TRUE(first);
  ASSERT_TRUE(act(note(first->case_number())));
  const auto again = lodge(request);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate());
  EXPECT_EQ(again->case_number(), first->case_number());
  EXPECT_EQ(again->promises_size(), first->promises_size());
  EXPECT_NE(again->etag(), first->etag()) << "of the case as it is now";
  v1::LodgeCaseRequest other = request;
  other.set_subject("別的事");
  EXPECT_EQ(lodge(other).error().code, RejectionCode::kConflict);
  v1::LodgeCaseRequest elsewhere = lodge_request("r-1", "ask");
  elsewhere.set_tenant("other");
  const auto foreign = lodge(elsewhere);
  ASSERT_TRUE(foreign) << "a tenant's keys are its own";
  EXPECT_FALSE(foreign->duplicate());
  EXPECT_TRUE(eventually([&] { return lodged_in_all() == 2; }));
}

TEST_F(Changes, TheSameKeyManyTimesAtOnceMakesOneCase) {
  start(2);
  constexpr int kCallers = 200;
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < kCallers; ++i) {
    auto promise = std::make_shared<std::promise<std::string>>();
    answers.push_back(promise->get_future());
    cases_->lodge({}, lodge_request("same"), [promise](Result<v1::LodgeCaseResponse> r) {
      promise->set_value(r ? r->case_number() : "refused");
    });
  }
  std::set<std::string> numbers;
  for (auto& answer : answers) numbers.insert(answer.get());
  EXPECT_EQ(numbers.size(), 1u);
  EXPECT_NE(*numbers.begin(), "refused");
  EXPECT_TRUE(eventually([&] { return lodged_in_all() == 1; }));
}

TEST_F(Changes, NumbersAreGivenOutOnce) {
  start(4);
  std::set<std::string> numbers;
  for (int i = 0; i < 300; ++i) numbers.insert(lodged(lodge_request("r-" + std::to_string(i))));
  EXPECT_EQ(numbers.size(), 300u);
}

TEST_F(Changes, NumbersAreGivenOutOnceAlsoWhenTheTenantsDayGoesBack) {
  start(1);
  std::set<std::string> numbers;
  for (int i = 0; i < 3; ++i) numbers.insert(lodged(lodge_request("a-" + std::to_string(i))));
  ASSERT_TRUE(advance(8 * kHourMs));  // 18:40 in Taipei
  std::string west = kCatalogue;
  for (std::size_t at = west.find("Asia/Taipei"); at != std::string::npos;
       at = west.find("Asia/Taipei"))
    west.replace(at, 11, "Pacific/Pago_Pago");
  const auto apply = [&](const std::string& yaml) {
    v1::ApplyCatalogueRequest request;
    request.set_yaml(yaml);
    ASSERT_TRUE(
        wait<v1::ApplyCatalogueResponse>([&](auto done) { catalogue_->apply({}, request, done); }));
  };
  apply(west);  // yesterday again
  for (int i = 0; i < 3; ++i) numbers.insert(lodged(lodge_request("b-" + std::to_string(i))));
  apply(kCatalogue);
  for (int i = 0; i < 3; ++i) numbers.insert(lodged(lodge_request("c-" + std::to_string(i))));
  EXPECT_EQ(numbers.size(), 9u);
}

TEST_F(Changes, ARepeatedActionDoesNothingAndAnotherBodyIsAConflict) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  v1::AddNoteRequest request = note(number);
  request.set_request_id("n-1");
  const auto first = act(request);
  ASSERT_TRUE(first);
  const auto again = act(request);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->etag(), first->etag());
  request.set_text("別的");
  EXPECT_EQ(act(request).error().code, RejectionCode::kConflict);
  v1::WithdrawCaseRequest withdraw = on<v1::WithdrawCaseRequest>(number);
  withdraw.set_request_id("n-1");
  withdraw.set_reason("撤");
  EXPECT_EQ(act(withdraw).error().code, RejectionCode::kConflict)
      << "the same id for another action";
  EXPECT_EQ(get(number)->etag(), first->etag());
}

TEST_F(Changes, AStaleEtagIsRefused) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  const std::string etag = get(number)->etag();
  v1::AddNoteRequest request = note(number);
  request.set_etag(etag);
  ASSERT_TRUE(act(request));
  const auto stale = act(request);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, RejectionCode::kStaleEtag);
  for (const char* bad : {"\"\"", "\"0\"", "x", "\"1", "-1", "\"99999999999\"", " 1"}) {
    request.set_etag(bad);
    EXPECT_EQ(field_of(act(request)), "etag") << bad;
  }
  request.set_etag(get(number)->etag());
  EXPECT_TRUE(act(request));
}

TEST_F(Changes, TheCallersRolesDecideWhatSheMayDo) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  auto extend = on<v1::ExtendClockRequest>(number);
  extend.set_clock(1);
  extend.set_reason("颱風");
  extend.mutable_due_time()->set_seconds((kStart + 30 * kDayMs) / 1000);
  const auto accept = on<v1::AcceptCaseRequest>(number);
  for (const char* actor : {"tess", "hans", "feed"})
    EXPECT_EQ(act(extend, {actor}).error().code, RejectionCode::kNotPermitted) << actor;
  EXPECT_EQ(act(accept, {"tess"}).error().code, RejectionCode::kNotPermitted);
  for (const char* actor : {"nobody", "olga", "TESS", " "}) {
    SCOPED_TRACE(actor);
    EXPECT_EQ(act(note(number), {actor}).error().code, RejectionCode::kNotPermitted)
        << "no staff of this tenant";
    EXPECT_EQ(get(number, {actor}).error().code, RejectionCode::kNotPermitted);
    EXPECT_EQ(lodge(lodge_request("r-2"), {actor}).error().code, RejectionCode::kNotPermitted);
  }
  EXPECT_EQ(get(number)->etag(), get(number)->etag());
  ASSERT_TRUE(act(extend, {"lena"}));
  ASSERT_TRUE(act(accept, {"hans"}));
  ASSERT_TRUE(act(note(number), {"tess"}));
  ASSERT_TRUE(act(note(number)));
  const auto entries = history(on<v1::ListCaseHistoryRequest>(number));
  std::vector<std::string> actors;
  for (const auto& entry : entries->entries()) actors.push_back(entry.actor());
  // Hans took on what nobody had: he is its handler, and says so in a line of its own.
  EXPECT_THAT(actors,
              ElementsAre("operator", "operator", "lena", "hans", "hans", "tess", "operator"));
}

TEST_F(Changes, AMergeAcrossPartitionsIsSeenOnBothSides) {
  start(4);
  const std::string into = lodged(lodge_request("a"));
  std::string duplicate;
  for (int i = 0; duplicate.empty(); ++i) {
    const std::string number = lodged(lodge_request("b-" + std::to_string(i)));
    if (parse_case_number(number)->partition != parse_case_number(into)->partition)
      duplicate = number;
  }
  auto request = on<v1::MergeCaseRequest>(duplicate);
  request.set_into_case_number(into);
  request.set_request_id("m-1");
  const auto merged = merge(request);
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->status(), v1::CASE_STATUS_MERGED);
  EXPECT_EQ(merged->merged_into(), into);
  EXPECT_EQ(merged->clocks(0).status(), v1::CLOCK_STATUS_CANCELLED);
  EXPECT_THAT(get(into)->duplicates(), ElementsAre(duplicate));
  const std::string etag = get(into)->etag();
  ASSERT_TRUE(merge(request)) << "the same call again finishes or has finished the work";
  EXPECT_EQ(get(into)->etag(), etag);
}

TEST_F(Changes, ARefusedMergeLeavesNoMarkOnEitherCase) {
  start(4);
  const std::string into = lodged(lodge_request("a"));
  const std::string duplicate = lodged(lodge_request("b"));
  const std::string closed = lodged(lodge_request("c"));
  auto close = on<v1::CloseCaseRequest>(closed);
  close.set_outcome(v1::OUTCOME_RESOLVED);
  close.set_text("已辦結");
  ASSERT_TRUE(act(close));
  v1::LodgeCaseRequest elsewhere = lodge_request("d", "ask");
  elsewhere.set_tenant("other");
  const std::string foreign = lodged(elsewhere);
  v1::AddNoteRequest used = note(duplicate);
  used.set_request_id("used");
  ASSERT_TRUE(act(used));
  const auto state = [&] {
    return get(into)->SerializeAsString() + get(duplicate)->SerializeAsString() +
           get(closed)->SerializeAsString();
  };
  const std::string before = state();

  const auto refused = [&](const char* what,
                           const std::function<void(v1::MergeCaseRequest&)>& change,
                           const Call& call = {}) {
    SCOPED_TRACE(what);
    auto request = on<v1::MergeCaseRequest>(duplicate);
    request.set_into_case_number(into);
    change(request);
    const auto result = merge(request, call);
    EXPECT_EQ(state(), before);
    return result                          ? std::string("(accepted)")
           : result.error().fields.empty() ? std::string(rejection_name(result.error().code))
                                           : result.error().fields[0].field;
  };
  EXPECT_EQ(refused("itself", [&](auto& r) { r.set_into_case_number(duplicate); }),
            "into_case_number");
  EXPECT_EQ(refused("another tenant", [&](auto& r) { r.set_into_case_number(foreign); }),
            "into_case_number");
  EXPECT_EQ(refused("no number", [&](auto& r) { r.set_into_case_number("12"); }),
            "into_case_number");
  EXPECT_EQ(refused("no duplicate", [&](auto& r) { r.clear_case_number(); }), "case_number");
  EXPECT_EQ(refused("into an ended case", [&](auto& r) { r.set_into_case_number(closed); }),
            rejection_name(RejectionCode::kWrongState));
  EXPECT_EQ(refused("of an ended case", [&](auto& r) { r.set_case_number(closed); }),
            rejection_name(RejectionCode::kWrongState));
  EXPECT_EQ(refused("a stale etag", [](auto& r) { r.set_etag("\"1\""); }),
            rejection_name(RejectionCode::kStaleEtag));
  EXPECT_EQ(refused("a bad etag", [](auto& r) { r.set_etag("x"); }), "etag");
  EXPECT_EQ(refused("a long request id", [](auto& r) { r.set_request_id(std::string(65, 'x')); }),
            "request_id");
  EXPECT_EQ(refused("a used request id", [](auto& r) { r.set_request_id("used"); }),
            rejection_name(RejectionCode::kConflict));
  EXPECT_EQ(refused("a stranger", [](auto&) {}, {"nobody"}),
            rejection_name(RejectionCode::kNotPermitted));
}

std::string wide(std::size_t characters) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += "電";
  return text;
}

TEST_F(Changes, ALodgingIsRefusedNamingTheField) {
  start(1);
  using Change = std::function<void(v1::LodgeCaseRequest&)>;
  const std::pair<const char*, Change> kCases[] = {
      {"request_id", [](auto& r) { r.clear_request_id(); }},
      {"request_id", [](auto& r) { r.set_request_id(wide(65)); }},
      {"request_id", [](auto& r) { r.set_request_id("a\nb"); }},
      {"tenant", [](auto& r) { r.clear_tenant(); }},
      {"tenant", [](auto& r) { r.set_tenant("nobody"); }},
      {"tenant", [](auto& r) { r.set_tenant("utility "); }},
      {"service", [](auto& r) { r.clear_service(); }},
      {"service", [](auto& r) { r.set_service("moon"); }},
      {"service", [](auto& r) { r.set_service("ask"); }},  // the other tenant's
      {"channel", [](auto& r) { r.clear_channel(); }},
      {"channel", [](auto& r) { r.set_channel(static_cast<v1::Channel>(9)); }},
      {"kind", [](auto& r) { r.set_kind(static_cast<v1::Kind>(8)); }},
      {"kind", [](auto& r) { r.set_kind(static_cast<v1::Kind>(-1)); }},
      {"priority", [](auto& r) { r.set_priority(static_cast<v1::Priority>(5)); }},
      {"unit", [](auto& r) { r.set_unit("moon"); }},
      {"handler", [](auto& r) { r.set_handler("olga"); }},
      {"subject", [](auto& r) { r.clear_subject(); }},
      {"subject", [](auto& r) { r.set_subject(wide(201)); }},
      {"subject", [](auto& r) { r.set_subject("兩\n行"); }},
      {"subject", [](auto& r) { r.set_subject("\xe4\xb8"); }},
      {"subject", [](auto& r) { r.set_subject("a\x1b[31m"); }},
      {"description", [](auto& r) { r.set_description(wide(4001)); }},
      {"description", [](auto& r) { r.set_description(std::string("a\0b", 3)); }},
      {"description", [](auto& r) { r.set_description("\xed\xa0\x80"); }},  // half a surrogate pair
      {"description", [](auto& r) { r.set_description("a\xc2\x85"); }},     // NEL, a control of C1
      {"language", [](auto& r) { r.set_language(std::string(36, 'x')); }},
      {"external_reference", [](auto& r) { r.set_external_reference(wide(65)); }},
      {"county", [](auto& r) { r.set_county("\x7f"); }},
      {"applicant.name", [](auto& r) { r.mutable_applicant()->set_name(wide(101)); }},
      {"applicant.phone", [](auto& r) { r.mutable_applicant()->set_phone(std::string(41, '1')); }},
      {"applicant.email", [](auto& r) { r.mutable_applicant()->set_email(std::string(255, 'a')); }},
      {"applicant.address", [](auto& r) { r.mutable_applicant()->set_address(wide(301)); }},
      {"applicant.customer_number",
       [](auto& r) { r.mutable_applicant()->set_customer_number(std::string(41, '1')); }},
      {"received_time",
       [](auto& r) { r.mutable_received_time()->set_seconds(kStart / 1000 + 11); }},
      {"received_time", [](auto& r) { r.mutable_received_time()->set_seconds(-1); }},
      {"received_time", [](auto& r) { r.mutable_received_time()->set_seconds(253402300800); }},
      {"received_time", [](auto& r) { r.mutable_received_time()->set_nanos(1'000'000'000); }},
      {"received_time", [](auto& r) { r.mutable_received_time()->set_nanos(-1); }},
      {"agreed_time", [](auto& r) { r.mutable_agreed_time()->set_seconds(kStart / 1000); }},
      {"agreed_time", [](auto& r) { r.mutable_agreed_time()->set_seconds(253402300799); }},
      {"missing_documents",
       [](auto& r) {
         for (int i = 0; i < 65; ++i) r.add_missing_documents("a");
       }},
      {"missing_documents", [](auto& r) { r.add_missing_documents(wide(101)); }},
      {"missing_documents", [](auto& r) { r.add_missing_documents(""); }},
  };
  for (const auto& [field, change] : kCases) {
    v1::LodgeCaseRequest request = lodge_request("bad");
    change(request);
    const auto result = lodge(request);
    EXPECT_EQ(field_of(result), field) << request.ShortDebugString();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, RejectionCode::kInvalidArgument);
  }
  v1::LodgeCaseRequest all;
  all.set_tenant("utility");
  all.set_description("\xff");
  EXPECT_EQ(lodge(all).error().fields.size(), 5u)
      << "all faults at once: request_id, service, channel, subject, description";
  v1::LodgeCaseRequest most = lodge_request("most");
  most.set_subject(wide(200));
  most.set_description(wide(4000));
  most.mutable_applicant()->set_name(wide(100));
  EXPECT_TRUE(lodge(most)) << "exactly at the limit";
}

TEST_F(Changes, ActionsAreRefusedNamingTheField) {
  start(1);
  const std::string number = lodged(lodge_request("r-1"));
  const std::string etag = get(number)->etag();
  const auto expect = [&](const char* field, auto request) {
    request.set_case_number(request.case_number().empty() ? number : request.case_number());
    EXPECT_EQ(field_of(act(request)), field)
        << request.GetTypeName() << ": " << request.ShortDebugString();
  };
  v1::AssignCaseRequest assign;
  expect("handler", assign);
  assign.set_handler("nobody");
  expect("handler", assign);
  assign.set_handler("hans");
  assign.set_request_id(std::string(65, 'x'));
  expect("request_id", assign);
  assign.clear_request_id();
  assign.set_case_number("12");
  expect("case_number", assign);
  v1::TransferCaseRequest transfer;
  expect("unit", transfer);
  transfer.set_unit("crew");
  expect("reason", transfer);
  transfer.set_reason(wide(501));
  expect("reason", transfer);
  transfer.set_reason("r");
  transfer.set_unit("moon");
  expect("unit", transfer);
  v1::AddNoteRequest add;
  expect("text", add);
  add.set_text(wide(4001));
  expect("text", add);
  add.set_text("\xff");
  expect("text", add);
  v1::RequestDocumentsRequest ask;
  expect("documents", ask);
  ask.add_documents("");
  expect("documents", ask);
  ask.set_documents(0, wide(101));
  expect("documents", ask);
  ask.clear_documents();
  for (int i = 0; i < 65; ++i) ask.add_documents("a");
  expect("documents", ask);
  v1::ReplyCaseRequest reply;
  expect("text", reply);
  reply.set_text("好");
  expect("means", reply);
  reply.set_means(static_cast<v1::ReplyMeans>(8));
  expect("means", reply);
  reply.set_means(v1::REPLY_MEANS_SMS);
  reply.mutable_replied_time()->set_seconds(kStart / 1000 + 11);
  expect("replied_time", reply);
  reply.mutable_replied_time()->set_seconds(kStart / 1000 - 1);
  expect("replied_time", reply);
  v1::AgreeDateRequest agree;
  expect("agreed_time", agree);
  agree.mutable_agreed_time()->set_seconds(kStart / 1000);
  expect("agreed_time", agree);
  v1::CloseCaseRequest close;
  expect("outcome", close);
  close.set_outcome(static_cast<v1::Outcome>(99));
  expect("outcome", close);
  close.set_outcome(v1::OUTCOME_RESOLVED);
  close.mutable_closed_time()->set_seconds(kStart / 1000 + 11);
  expect("closed_time", close);
  expect("reason", v1::ReopenCaseRequest());
  expect("reason", v1::WithdrawCaseRequest());
  v1::AcknowledgeEscalationRequest acknowledge;
  expect(rejection_name(RejectionCode::kNotFound), acknowledge);
  acknowledge.set_text(wide(501));
  expect("text", acknowledge);
  v1::ExtendClockRequest extend;
  expect("due_time", extend);
  extend.mutable_due_time()->set_seconds((kStart + 90 * kDayMs) / 1000);
  expect("reason", extend);
  extend.set_reason("r");
  expect("clock", extend);
  extend.set_clock(1);
  extend.mutable_due_time()->set_seconds((kStart + 72 * kHourMs) / 1000);
  expect("due_time", extend);
  EXPECT_EQ(get(number)->etag(), etag) << "nothing of all this left a trace";
}

}  // namespace
}  // namespace casewheel::api
