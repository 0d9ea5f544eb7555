// CallsApi: what is recorded of a call is bounded, and what is shown as a telephone is found by it.
#include <gmock/gmock.h>

#include "engine/api/call_records.h"
#include "engine/api/calls.h"
#include "engine/api/privacy.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

class Calls : public ApiTest {
 protected:
  void begin() {
    start(2);
    calls_ = std::make_unique<CallsApi>(*services_);
    privacy_ = std::make_unique<PrivacyApi>(*services_);
  }
  void TearDown() override {
    calls_.reset();
    privacy_.reset();
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
  std::size_t calls_of(const std::string& phone) {
    v1::ExportPersonRequest request;
    request.set_tenant("utility");
    request.mutable_person()->set_phone(phone);
    request.set_reason("查證");
    const auto held = wait<v1::ExportPersonResponse>(
        [&](auto done) { privacy_->export_person({}, request, done); });
    return held ? static_cast<std::size_t>(held->calls_size()) : 0;
  }

  std::unique_ptr<CallsApi> calls_;
  std::unique_ptr<PrivacyApi> privacy_;
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

// A number that is shown by its end or area is one its caller is found by; all else is "***".
TEST_F(Calls, WhoIsShownAsATelephoneIsFoundByIt) {
  begin();
  int call = 0;
  const auto shown = [&](const std::string& from) {
    auto ring = event("ring " + std::to_string(++call), v1::RecordCallEventRequest::RING);
    ring.set_from(from);
    const auto rang = record(ring);
    EXPECT_TRUE(rang) << from;
    return rang ? rang->number() : "";
  };
  for (const std::string number : {"0912345678", "02-2345-6789", "+886912345678"}) {
    const std::string masked = number[1] == '2' ? "02-*****789" : "0912-***-678";
    for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
             {"", "@pbx"}, {"Wang <", ">"}, {"", ";ext=5"}, {"p:", ""}, {"", " 王先生"}}) {
      const std::size_t known = calls_of(number);
      EXPECT_EQ(shown(before + number + after), masked) << before << number << after;
      EXPECT_EQ(calls_of(number), known + 1) << before << number << after;
    }
  }
  for (const char* nobody : {"lin0912345678@example.com", "Private Caller", "AB0912345678"})
    EXPECT_EQ(shown(nobody), "***") << nobody;
  for (const char* withheld : {"<unknown>", "anonymous@anonymous.invalid", "00000000", ""})
    EXPECT_EQ(shown(withheld), "") << withheld;
}

}  // namespace
}  // namespace casewheel::api
