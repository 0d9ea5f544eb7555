// What exchanges push, read into a request of the API.
#include <gtest/gtest.h>

#include "engine/doors/cti/webhook.h"

namespace casewheel::doors {
namespace {

using Request = v1::RecordCallEventRequest;

Request form(std::string_view body) {
  const Result<Request> read = read_webhook(WebhookForm::kForm, body);
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
  return read ? *read : Request();
}

std::string refused_field(WebhookForm of, std::string_view body) {
  const Result<Request> read = read_webhook(of, body);
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
  const Result<Request> call = read_webhook(
      WebhookForm::kJson,
      R"({"event":"newCall","callId":4711,"direction":"in","from":"0912345678","user":["201","202"],"more":{"a":1}})");
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->exchange_call(), "4711");
  EXPECT_EQ(call->users_size(), 2);
}

TEST(Webhook, WhatIsWrongIsNamed) {
  EXPECT_EQ(refused_field(WebhookForm::kForm, ""), "event");
  EXPECT_EQ(refused_field(WebhookForm::kForm, "event=dtmf&callId=1"), "event");
  EXPECT_EQ(refused_field(WebhookForm::kForm, "event=newCall&callId=1"), "direction");
  EXPECT_EQ(refused_field(WebhookForm::kForm, "event=answer&direction=up&callId=1"), "direction");
  EXPECT_EQ(refused_field(WebhookForm::kForm, "event=newCall&direction=in"), "callId");
  EXPECT_EQ(refused_field(WebhookForm::kForm, "event=%zz"), "body");
  EXPECT_EQ(refused_field(WebhookForm::kForm, "event=newCall&direction=in&callId=%ff"), "body");
  EXPECT_EQ(refused_field(WebhookForm::kJson, "[1]"), "body");
  std::string many = "event=newCall";
  for (int i = 0; i < 300; ++i) many += "&a=1";
  EXPECT_EQ(refused_field(WebhookForm::kForm, many), "body");
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
  EXPECT_EQ(webhook_form("application/x-www-form-urlencoded"), WebhookForm::kForm);
  EXPECT_EQ(webhook_form("Application/JSON ; charset=utf-8"), WebhookForm::kJson);
  EXPECT_FALSE(webhook_form("multipart/form-data; boundary=x").has_value());
  EXPECT_FALSE(webhook_form("").has_value());
}

TEST(Webhook, SipgateIsAskedForTheOtherEvents) {
  const Request ring = form("event=newCall&direction=in&callId=1");
  EXPECT_EQ(webhook_xml(ring, "https://h/cti/v1/t/a\"b&c"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response "
            "onAnswer=\"https://h/cti/v1/t/a&quot;b&amp;c\" "
            "onHangup=\"https://h/cti/v1/t/a&quot;b&amp;c\"/>\n");
  EXPECT_EQ(webhook_xml(form("event=hangup&callId=1"), "https://h/"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response/>\n");
}

}  // namespace
}  // namespace casewheel::doors
