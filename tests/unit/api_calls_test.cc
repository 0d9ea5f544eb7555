// CallsApi: what is recorded of a call is bounded.
#include <gmock/gmock.h>

#include "engine/api/call_records.h"
#include "engine/api/calls.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

class Calls : public ApiTest {
 protected:
  void begin() {
    start(2);
    calls_ = std::make_unique<CallsApi>(*services_);
  }
  void TearDown() override {
    calls_.reset();
    ApiTest::TearDown();
  }
  static v1::RecordCallEventRequest event(const std::string& call,
                                          v1::RecordCallEventRequest::Event what) {
    v1::RecordCallEventRequest request;
    request.set_tenant("utility");
    request.set_exchange_call(call);
    request.set_event(what);
    request.set_direction(v1::INBOUND);
    return request;
  }
  Result<v1::Call> record(const v1::RecordCallEventRequest& request) {
    return wait<v1::Call>([&](auto done) { calls_->record({}, request, done); });
  }
  // As record(), but what the call has become is not shown.
  void tell(domain::CallNews news) {
    const storage::Digest16 id = call_id("utility", news.exchange_call);
    partition::Request request;
    request.body = partition::CallRequest{
        "utility", id, {std::move(news), {stored::OPERATOR, "", domain::kEveryRole}}};
    request.bytes = sizeof(partition::Request);
    auto told = std::make_shared<std::promise<bool>>();
    auto future = told->get_future();
    request.done = [told](partition::Answer&& answer) { told->set_value(!answer.rejection); };
    engine_->submit(engine_->route(id), partition::Class::kPeople, std::move(request));
    ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
    ASSERT_TRUE(future.get());
  }
  Result<v1::ListCallsResponse> listed(const std::string& page_token) {
    v1::ListCallsRequest request;
    request.set_tenant("utility");
    request.set_page_size(500);
    request.set_page_token(page_token);
    return wait<v1::ListCallsResponse>([&](auto done) { calls_->list({}, request, done); });
  }
  std::unique_ptr<CallsApi> calls_;
};

TEST_F(Calls, WhoIsNamedIsCheckedAsEveryText) {
  begin();
  for (const std::string& user : {std::string(101, 'M'), std::string("\x1b]0;x\x07"),
                                  std::string("a\xE2\x80\xAE"
                                              "b")}) {
    auto answer = event("a", v1::RecordCallEventRequest::ANSWER);
    answer.add_users(user);
    EXPECT_EQ(field_of(record(answer)), "users");
  }
}

TEST_F(Calls, APageOfCallsFitsIntoAMessage) {
  begin();
  constexpr int kCalls = 60;
  constexpr int kAnswers = 64;
  std::string seat = "000";
  while (seat.size() < 3 + 97 * 3) seat += "中";
  for (int call = 0; call < kCalls; ++call) {
    for (int i = 0; i < kAnswers; ++i) {
      domain::CallNews answer;
      answer.what = domain::CallNews::What::kAnswer;
      answer.at_ms = kStart - kAnswers + i;
      answer.dated = true;
      answer.exchange_call = "call " + std::to_string(call);
      answer.direction = stored::INBOUND;
      seat[1] = static_cast<char>('0' + i / 10);
      seat[2] = static_cast<char>('0' + i % 10);
      answer.seat = seat;
      tell(std::move(answer));
    }
  }
  int seen = 0;
  int pages = 0;
  std::string token;
  do {
    const auto page = listed(token);
    ASSERT_TRUE(page);
    EXPECT_LT(page->ByteSizeLong(), 2u << 20);
    seen += page->calls_size();
    token = page->next_page_token();
    ASSERT_LT(++pages, kCalls);
  } while (!token.empty());
  EXPECT_EQ(seen, kCalls);
  EXPECT_GT(pages, 1);
}

}  // namespace
}  // namespace casewheel::api
