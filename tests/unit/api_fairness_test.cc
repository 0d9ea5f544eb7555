// One caller keeps nobody waiting: kinds of work apart, cancelled with their caller, paid for by rows.
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "engine/access/rate.h"
#include "engine/api/admission.h"
#include "engine/api/work.h"
#include "engine/base/clock.h"
#include "storage/keys.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

class Fairness : public ApiTest {
 protected:
  // All threads of these are busy until let_go().
  void occupy(FairThreads& threads, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto begun = std::make_shared<std::promise<void>>();
      ASSERT_FALSE(threads.post("somebody", [begun, gate = gate_] {
        begun->set_value();
        gate.wait();
      }));
      begun->get_future().wait();
    }
  }
  void let_go() {
    if (!std::exchange(open_, true)) opened_.set_value();
  }
  void TearDown() override {
    let_go();
    ApiTest::TearDown();
  }

  static v1::SimulateRequest simulate_request() {
    v1::SimulateRequest request;
    request.set_tenant("utility");
    request.set_yaml(kCatalogue);
    request.mutable_received_from()->set_seconds(1);
    request.mutable_received_until()->set_seconds((kStart + kDayMs) / 1000);
    return request;
  }
  Result<v1::SimulateResponse> simulate(const Call& call = {}) {
    return wait<v1::SimulateResponse>(
        [&](auto done) { calendars_->simulate(call, simulate_request(), done); });
  }
  Result<v1::ListCasesResponse> list_as(const Call& call) {
    v1::ListCasesRequest request;
    request.set_tenant("utility");
    return wait<v1::ListCasesResponse>([&](auto done) { reading_->list(call, request, done); });
  }

  std::promise<void> opened_;
  std::shared_future<void> gate_ = opened_.get_future().share();
  bool open_ = false;
};

TEST_F(Fairness, WithTheLongWorkBusyCasesAreReadListedAndLodged) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  occupy(pools_.long_work(), 1);
  EXPECT_TRUE(get(number));
  EXPECT_EQ(list_as({})->cases_size(), 1);
  EXPECT_TRUE(lodge(lodge_request("r-2")));
}

TEST_F(Fairness, WithEveryScanAndTheLongWorkBusyACaseIsReadAndLodged) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  occupy(pools_.scans(), Pools::Sizes{}.scans);
  occupy(pools_.long_work(), 1);
  EXPECT_TRUE(get(number));
  EXPECT_TRUE(lodge(lodge_request("r-2")));
  EXPECT_TRUE(act(note(number)));
}

TEST_F(Fairness, PoolsFollowTheProcessors) {
  EXPECT_EQ(Pools::Sizes::of(1).reads, 2u);
  EXPECT_EQ(Pools::Sizes::of(1).scans, 1u);
  EXPECT_EQ(Pools::Sizes::of(16).reads, 16u);
  EXPECT_EQ(Pools::Sizes::of(16).scans, 8u);
}

TEST_F(Fairness, ALongCallWhoseCallerHasGoneIsNotBegun) {
  start(1);
  occupy(pools_.long_work(), 1);
  Call call;
  std::atomic<bool> gone = false;
  call.gone = [&gone] { return gone.load(); };
  std::promise<Result<v1::SimulateResponse>> answer;
  calendars_->simulate(call, simulate_request(),
                       [&](Result<v1::SimulateResponse> result) { answer.set_value(result); });
  gone = true;
  let_go();
  const Result<v1::SimulateResponse> result = answer.get_future().get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, not_awaited().message);
}

TEST_F(Fairness, ASimulateEndsSoonAfterItsCaller) {
  start(1);
  for (int i = 0; i < 100; ++i) lodged(lodge_request("r-" + std::to_string(i)));
  // Gone at once, at the first look while it works, at the next, ...
  for (const int looks : {0, 1, 2, 3}) {
    Call call;
    int asked = 0;
    call.gone = [&asked, looks] { return asked++ >= looks; };
    const Result<v1::SimulateResponse> result = simulate(call);
    ASSERT_FALSE(result) << looks;
    EXPECT_EQ(result.error().message, not_awaited().message);
    EXPECT_LE(asked, looks + 2) << "and asks on only to say why it ended";
  }
  const Result<v1::SimulateResponse> whole = simulate();
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->cases(), 100u);
}

TEST_F(Fairness, ALongCallEndsAtItsDeadline) {
  start(1);
  lodged(lodge_request("r-1"));
  Call call;
  call.give_up = std::chrono::steady_clock::now();
  const Result<v1::SimulateResponse> result = simulate(call);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, not_awaited().message);
}

TEST_F(Fairness, ALineOfLongCallsIsBoundedByCaller) {
  start(1);
  occupy(pools_.long_work(), 1);
  Call boss;
  boss.actor = "boss";
  std::vector<std::future<Result<v1::SimulateResponse>>> answers;
  const auto ask = [&](const Call& call) {
    auto answer = std::make_shared<std::promise<Result<v1::SimulateResponse>>>();
    calendars_->simulate(call, simulate_request(), [answer](Result<v1::SimulateResponse> result) {
      answer->set_value(std::move(result));
    });
    return answer->get_future();
  };
  for (std::size_t i = 0; i < limits::kLongWorkWaitingOfOne; ++i) answers.push_back(ask(boss));
  const Result<v1::SimulateResponse> refused = ask(boss).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RejectionCode::kOverloaded);
  EXPECT_EQ(refused.error().message, "too many long calls at once: 4 of the caller wait, 4 of all");
  EXPECT_GT(refused.error().retry_after_ms, 0);
  Call lena;
  lena.actor = "lena";
  answers.push_back(ask(lena));
  let_go();
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
}

TEST_F(Fairness, AListIsPaidForByTheRowsLookedAt) {
  start(1);
  std::string number;
  for (int i = 0; i < 200; ++i) number = lodged(lodge_request("r-" + std::to_string(i)));
  access::Rate rate(1);
  Call call;
  call.actor = "tess";
  call.rate = &rate;
  ASSERT_TRUE(get(number, call));
  EXPECT_EQ(rate.wait("tess", machine_clock().steady_ms()), 0);
  v1::ListCasesRequest narrow;  // looks at all and finds none
  narrow.set_tenant("utility");
  narrow.set_handler("hans");
  const auto found =
      wait<v1::ListCasesResponse>([&](auto done) { reading_->list(call, narrow, done); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cases_size(), 0);
  // Ten calls' worth, at one a second: charged when the work ends, a moment behind the answer.
  EXPECT_TRUE(eventually([&] { return rate.wait("tess", machine_clock().steady_ms()) > 0; }));
}

// Strangers share what their network has.
TEST_F(Fairness, AStrangersPublicListIsPaidByItsNetwork) {
  Call call;
  const auto nobody = std::make_shared<const access::Caller>();
  call.caller = nobody;
  call.from = "2001:db8::1";
  EXPECT_EQ(payer_of(call), "2001:db8::/64");
  access::Caller anna;
  anna.kind = access::Caller::Kind::kAccount;
  anna.id = "anna";
  call.caller = std::make_shared<const access::Caller>(anna);
  EXPECT_EQ(payer_of(call), "anna");
}

TEST_F(Fairness, WhoMayNotCallHasNoBodyDecoded) {
  start(1);
  access::Book book(kHourMs);
  Services services = *services_;
  services.book = &book;
  const Admission admission(services, {});
  const Method method{"CatalogueService.ApplyCatalogue", "catalogue.apply"};
  Call call;
  call.method = &method;
  call.from = "127.0.0.1";
  access::Caller agent;
  agent.kind = access::Caller::Kind::kAccount;
  agent.id = "tess";
  stored::Grant& grant = agent.grants.emplace_back();
  grant.set_role(stored::AGENT);
  grant.set_tenant("utility");
  const Identified who{std::make_shared<const access::Caller>(agent)};
  const std::optional<Rejection> refusal = admission.turn_away(call, who, 4 << 20);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, RejectionCode::kNotPermitted);
  // It is on the trail by the time anything later is.
  EXPECT_TRUE(lodge(lodge_request("r-1")));
  EXPECT_TRUE(eventually([&] {
    bool found = false;
    const std::string prefix = storage::kind_prefix(storage::RowKind::kAudit, 0);
    (void)store_->scan(storage::Table::kState, prefix, storage::prefix_end(prefix),
                       [&](std::string_view, std::string_view value) {
                         stored::AuditRecord line;
                         found =
                             line.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
                             line.who() == "tess" && line.outcome() == stored::DENIED;
                         return !found;
                       });
    return found;
  }));
}

// The journal of the lodging is gone; what was promised is answered all the same, though a date was agreed
// since.
TEST_F(Fairness, AKnownLodgingIsAnsweredWithoutTheJournal) {
  start(1);
  proves_ = false;
  const auto first = lodge(lodge_request("r-1"));
  ASSERT_TRUE(first);
  ASSERT_EQ(first->promises_size(), 1);
  auto agree = on<v1::AgreeDateRequest>(first->case_number());
  agree.mutable_agreed_time()->set_seconds((kStart + 30 * kDayMs) / 1000);
  ASSERT_TRUE(act(agree));
  storage::Batch lost;
  const std::string prefix = storage::kind_prefix(storage::RowKind::kJournal, 0);
  ASSERT_TRUE(store_->scan(storage::Table::kJournal, prefix, storage::prefix_end(prefix),
                           [&](std::string_view key, std::string_view) {
                             lost.erase(storage::Table::kJournal, std::string(key));
                             return true;
                           }));
  ASSERT_TRUE(store_->write(lost));
  const auto again = lodge(lodge_request("r-1"));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate());
  ASSERT_EQ(again->promises_size(), 1);
  EXPECT_EQ(again->promises(0).SerializeAsString(), first->promises(0).SerializeAsString());
}

}  // namespace
}  // namespace casewheel::api
