// What exchanges push, read into a request of the API.
#include <gtest/gtest.h>

#include "engine/doors/cti/webhook.h"

namespace casewheel::doors {
namespace {

using Request = v1::RecordCallEventRequest;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kJson = "application/json";

Request read(std::string_view type, std::string_view body) {
  const Result<std::optional<Request>> read = read_webhook(type, body);
  EXPECT_TRUE(read.has_value() && *read) << (read ? "" : read.error().message);
  return read && *read ? **read : Request();
}
Request form(std::string_view body) { return read(kForm, body); }

std::string refused_field(std::string_view type, std::string_view body) {
  const Result<std::optional<Request>> read = read_webhook(type, body);
  EXPECT_FALSE(read.has_value());
  return read || read.error().fields.empty() ? "" : read.error().fields[0].field;
}

TEST(Webhook, ZammadsNewCall) {
  const Request call = form(
      "event=newCall&from=%2B886912345678&to=1911&direction=in&callId=53ba63c8-1e7c&user=Alice+Liu&"
      "queue=outage");
  EXPECT_EQ(call.event(), Request::RING);
  EXPECT_EQ(call.direction(), v1::INBOUND);
  EXPECT_EQ(call.exchange_call(), "53ba63c8-1e7c");
  EXPECT_EQ(call.from(), "+886912345678");
  EXPECT_EQ(call.to(), "1911");
  ASSERT_EQ(call.users_size(), 1);
  EXPECT_EQ(call.users(0), "Alice Liu");
  EXPECT_EQ(call.queue(), "outage");
}

TEST(Webhook, SipgatesGroupCall) {
  const Request call = form(
      "event=newCall&direction=in&from=4921155508000&to=4921155508023&xcid=1&callId=987&user%5B%5D="
      "Alice&user[]=Bob");
  ASSERT_EQ(call.users_size(), 2);
  EXPECT_EQ(call.users(1), "Bob");
}

TEST(Webhook, AnswerAndHangup) {
  const Request answer = form("event=answer&callId=1&direction=in&answeringNumber=201&user=Bob");
  EXPECT_EQ(answer.event(), Request::ANSWER);
  EXPECT_EQ(answer.answered_by(), "201");
  const Request hangup = form("event=hangup&call_id=1&direction=out&cause=normalClearing");
  EXPECT_EQ(hangup.event(), Request::HANGUP);
  EXPECT_EQ(hangup.direction(), v1::OUTBOUND);
  EXPECT_EQ(hangup.cause(), "normalClearing");
}

TEST(Webhook, Json) {
  const Request call = read(
      kJson,
      R"({"event":"newCall","callId":4711,"direction":"in","from":"0912345678","user":["201","202"],"more":{"a":1}})");
  EXPECT_EQ(call.exchange_call(), "4711");
  EXPECT_EQ(call.users_size(), 2);
  const Request many_digits =
      read(kJson, R"({"event":"hangup","callId":123456789012345678901234567890,"direction":"in"})");
  EXPECT_EQ(many_digits.exchange_call(), "123456789012345678901234567890");
}

TEST(Webhook, JsonOfOddTypes) {
  const std::string head = R"({"event":"newCall","direction":"in",)";
  const Request odd = read(
      kJson, head + R"("callId":1.7e9,"from":8.86912345678e11,"to":null,"user":["201",null,202]})");
  EXPECT_EQ(odd.exchange_call(), "1700000000");
  EXPECT_EQ(odd.from(), "886912345678");
  EXPECT_EQ(odd.to(), "");
  ASSERT_EQ(odd.users_size(), 2);
  EXPECT_EQ(odd.users(1), "202");
  EXPECT_EQ(read(kJson, head + R"("callId":null,"call_id":"a","from":["0912345678"]})").from(),
            "0912345678");
  EXPECT_EQ(read(kJson, "\xEF\xBB\xBF" + head + R"("callId":"a"})").exchange_call(), "a");
  EXPECT_EQ(form("\xEF\xBB\xBF"
                 "event=hangup&callId=a")
                .exchange_call(),
            "a");
  for (const char* value : {R"({"number":"0912345678"})", "true", "8.5", "1e300", R"(["1","2"])",
                            R"([["1"]])", "[false]"}) {
    EXPECT_EQ(refused_field(kJson, head + R"("callId":"a","from":)" + value + "}"), "from")
        << value;
  }
  EXPECT_EQ(refused_field(kJson, head + R"("callId":"a","user":[{"name":"x"}]})"), "user");
  EXPECT_EQ(refused_field(kJson, head + R"("callId":{"id":1}})"), "callId");
  // What is not read may be anything.
  read(kJson, head + R"("callId":"a","more":{"b":[true,{"c":1.5}]},"on":false})");
}

TEST(Webhook, PartsOfAForm) {
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\nnewCall\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"direction\"\r\n\r\nin\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"callId\"\r\nContent-Type: "
      "text/plain\r\n\r\n7\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"user[]\"\r\n\r\n王小姐\r\n--x--\r\n";
  const Request call = read("multipart/form-data; boundary=x", body);
  EXPECT_EQ(call.event(), Request::RING);
  EXPECT_EQ(call.exchange_call(), "7");
  EXPECT_EQ(call.users(0), "王小姐");
  EXPECT_EQ(refused_field("multipart/form-data; boundary=y", body), "body");
  EXPECT_EQ(refused_field("multipart/form-data", body), "body");
}

TEST(Webhook, SeveralUsersInOneField) {
  const Request call = form("event=newCall&direction=in&callId=1&user=1102,1103%2C+1104");
  ASSERT_EQ(call.users_size(), 3);
  EXPECT_EQ(call.users(2), "1104");
}

TEST(Webhook, KeysPressedAreNothingToRecord) {
  const auto keys = read_webhook(kForm, "event=dtmf&callId=1&dtmf=3");
  ASSERT_TRUE(keys.has_value());
  EXPECT_FALSE(keys->has_value());
}

TEST(Webhook, WhatIsWrongIsNamed) {
  EXPECT_EQ(refused_field(kForm, ""), "event");
  EXPECT_EQ(refused_field(kForm, "event=hold&callId=1"), "event");
  EXPECT_EQ(refused_field(kForm, "event=newCall&callId=1"), "direction");
  EXPECT_EQ(refused_field(kForm, "event=answer&direction=up&callId=1"), "direction");
  EXPECT_EQ(refused_field(kForm, "event=newCall&direction=in"), "callId");
  EXPECT_EQ(refused_field(kForm, "event=%zz"), "body");
  EXPECT_EQ(refused_field(kForm, "event=newCall&direction=in&callId=%ff"), "body");
  EXPECT_EQ(refused_field(kJson, "[1]"), "body");
  std::string many = "event=newCall";
  for (int i = 0; i < 300; ++i) many += "&a=1";
  EXPECT_EQ(refused_field(kForm, many), "body");
}

TEST(Webhook, ItsPlace) {
  EXPECT_EQ(webhook_place("/cti/v1/taipower/abc%2Bd")->token, "abc+d");
  EXPECT_EQ(webhook_place("/cti/v1/taipower")->tenant, "taipower");
  EXPECT_TRUE(webhook_place("/cti/v1/taipower")->token.empty());
  for (const char* wrong :
       {"/cti/v1/", "/cti/v1//x", "/cti/v1/a/", "/cti/v1/a/b/c", "/cti/v1/%z", "/other"})
    EXPECT_FALSE(webhook_place(wrong).has_value()) << wrong;
}

TEST(Webhook, BasicShowsTheTokenAsThePassword) {
  EXPECT_EQ(basic_password("Basic cGJ4OnRva2Vu"), "token");  // pbx:token
  EXPECT_EQ(basic_password("basic cGJ4OnRva2Vu"), "token");
  EXPECT_EQ(basic_password("Bearer cGJ4OnRva2Vu"), "");
  EXPECT_EQ(basic_password("Basic %%%"), "");
  EXPECT_EQ(basic_password("Basic cGJ4"), "");
}

TEST(Webhook, ContentTypes) {
  EXPECT_TRUE(is_webhook_type("application/x-www-form-urlencoded"));
  EXPECT_TRUE(is_webhook_type("multipart/form-data; boundary=x"));
  EXPECT_TRUE(is_json_type("Application/JSON ; charset=utf-8"));
  EXPECT_FALSE(is_webhook_type("text/plain"));
  EXPECT_FALSE(is_webhook_type(""));
}

TEST(Webhook, SipgateIsAskedForTheOtherEvents) {
  EXPECT_EQ(webhook_xml(true, "https://h/cti/v1/t/a\"b&c"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response "
            "onAnswer=\"https://h/cti/v1/t/a&quot;b&amp;c\" "
            "onHangup=\"https://h/cti/v1/t/a&quot;b&amp;c\"/>\n");
  EXPECT_EQ(webhook_xml(false, "https://h/"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response/>\n");
}

}  // namespace
}  // namespace casewheel::doors
