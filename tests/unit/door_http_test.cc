// What the Connect door reads and writes: gzip, envelopes, calls in a URL, errors, heads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/doors/http/base64.h"
#include "engine/doors/http/codec.h"
#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/envelope.h"
#include "engine/doors/http/field_words.h"
#include "engine/doors/http/form.h"
#include "engine/doors/http/gzip.h"
#include "engine/doors/http/proxies.h"
#include "engine/doors/http/query.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {
namespace {

namespace v1 = ::casewheel::v1;
using testing::HasSubstr;

TEST(Gzip, GivesBackWhatWasPackedAndNoMoreThanIsAllowed) {
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(200'000, 'a')}) {
    const std::string packed = gzip(bytes);
    const Result<std::string> read = gunzip(packed, bytes.size());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, bytes);
    if (bytes.empty()) continue;
    const Result<std::string> refused = gunzip(packed, bytes.size() - 1);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("longer than"));
  }
}

TEST(Gzip, RefusesWhatIsNotOneWholeFile) {
  const std::string packed = gzip(std::string(1000, 'a') + "b");
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(gunzip(packed.substr(0, size), 5000)) << size;
  EXPECT_FALSE(gunzip(packed + "x", 5000));
  EXPECT_FALSE(gunzip(packed + packed, 5000));
  EXPECT_FALSE(gunzip("plain text", 5000));
}

TEST(Envelopes, AreReadAsTheyAreWritten) {
  const std::string bytes = envelope(kEnvelopeGzip, std::string(300, 'm'));
  EXPECT_EQ(bytes.substr(0, 5), std::string("\x01\x00\x00\x01\x2c", 5));
  const Heard<Envelope> read = read_envelope(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->flags, kEnvelopeGzip);
  EXPECT_EQ(read->message, std::string(300, 'm'));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(read_envelope(std::string_view(bytes).substr(0, size)).error().code(),
              static_cast<int>(size == 0 ? RpcCode::kUnimplemented : RpcCode::kInvalidArgument))
        << size;
  EXPECT_EQ(read_envelope(bytes + "x").error().code(), static_cast<int>(RpcCode::kUnimplemented));
  EXPECT_FALSE(read_envelope(envelope(kEnvelopeEnd, "{}")));
  EXPECT_FALSE(read_envelope(std::string("\x00\xff\xff\xff\xff", 5)));
}

TEST(Queries, SayOneCall) {
  const Result<Query> read =
      read_query("connect=v1&encoding=json&message=%7B%22a%22%3A+1%7D&other=&other=1");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->encoding, "json");
  EXPECT_EQ(read->message, "{\"a\": 1}");
  EXPECT_EQ(read->compression, "");
  const Result<Query> packed = read_query("encoding=proto&base64=1&compression=gzip&message=-_8=");
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_EQ(packed->message, "\xfb\xff");
  EXPECT_EQ(packed->compression, "gzip");
  for (const char* wrong :
       {"", "encoding=json", "message={}", "message=%7&encoding=json", "message=%zz&encoding=json",
        "message={}&message={}&encoding=json", "message=a&base64=1&encoding=proto",
        "message={}&encoding=json&connect=v2"}) {
    EXPECT_FALSE(read_query(wrong)) << wrong;
  }
  std::string many = "message={}&encoding=json";
  for (int i = 0; i < 20; ++i) many += "&x" + std::to_string(i) + "=1";
  EXPECT_FALSE(read_query(many));
}

TEST(Base64, TakesBothAlphabets) {
  EXPECT_EQ(base64("\xfb\xff"), "+/8");
  EXPECT_EQ(from_base64("+/8"), "\xfb\xff");
  EXPECT_EQ(from_base64("-_8="), "\xfb\xff");
  EXPECT_EQ(from_base64(""), "");
  EXPECT_FALSE(from_base64("="));
  EXPECT_FALSE(from_base64("a"));
  EXPECT_FALSE(from_base64("a b="));
}

TEST(Errors, SayWhatGrpcSays) {
  Rejection rejection = Rejection::invalid("case.subject", "is required");
  rejection.retry_after_ms = 1500;
  const boost::json::value read = boost::json::parse(error_json(refusal_of(rejection)));
  EXPECT_EQ(read.at("code").as_string(), "invalid_argument");
  EXPECT_EQ(read.at("message").as_string(), "case.subject: is required");
  const boost::json::array& details = read.at("details").as_array();
  ASSERT_EQ(details.size(), 3u);
  EXPECT_EQ(details[0].at("type").as_string(), "google.rpc.ErrorInfo");
  EXPECT_EQ(details[1].at("debug").at("fieldViolations").at(0).at("field").as_string(),
            "case.subject");
  EXPECT_EQ(details[2].at("debug").at("retryDelay").as_string(), "1.500s");
  EXPECT_EQ(boost::json::parse(end_json(std::nullopt)).as_object().size(), 0u);
  EXPECT_EQ(boost::json::parse(end_json(refusal_of(rejection))).at("error"), read);
}

// https://connectrpc.com/docs/protocol#error-codes, whole; the numbers are gRPC's.
TEST(Errors, HaveTheStatusOfTheProtocol) {
  constexpr struct {
    int code;
    const char* name;
    unsigned status;
  } kTable[] = {
      {1, "canceled", 499},
      {2, "unknown", 500},
      {3, "invalid_argument", 400},
      {4, "deadline_exceeded", 504},
      {5, "not_found", 404},
      {6, "already_exists", 409},
      {7, "permission_denied", 403},
      {8, "resource_exhausted", 429},
      {9, "failed_precondition", 400},
      {10, "aborted", 409},
      {11, "out_of_range", 400},
      {12, "unimplemented", 501},
      {13, "internal", 500},
      {14, "unavailable", 503},
      {15, "data_loss", 500},
      {16, "unauthenticated", 401},
  };
  EXPECT_EQ(std::size(kTable) + 1, static_cast<std::size_t>(kRpcCodes));
  for (const auto& row : kTable) {
    EXPECT_STREQ(connect_code(row.code), row.name);
    EXPECT_EQ(http_status(row.code), row.status) << row.name;
    google::rpc::Status refusal;
    refusal.set_code(row.code);
    EXPECT_EQ(error_json(refusal), "{\"code\":\"" + std::string(row.name) + "\"}");
  }
  for (const int other : {-1, 17, 99}) {
    EXPECT_STREQ(connect_code(other), "unknown");
    EXPECT_EQ(http_status(other), 500u);
  }
}

// An error is never null and never empty, and a success has none.
TEST(Errors, EndAStreamOrAreNotThere) {
  EXPECT_EQ(end_json(std::nullopt), "{}");
  google::rpc::Status refusal;
  refusal.set_code(14);
  EXPECT_EQ(end_json(refusal), R"({"error":{"code":"unavailable"}})");
}

TEST(Json, IsReadStrictlyAndToABoundedDepth) {
  v1::GetCaseRequest request;
  EXPECT_FALSE(decode(Codec::kJson, R"({"caseNumber": "1"})", &request));
  EXPECT_EQ(request.case_number(), "1");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  for (const std::string& wrong :
       {std::string("{\"nothing\": 1}"), std::string("{"), deep, std::string(100'000, '['),
        std::string("{\"caseNumber\": \"\xff\"}")}) {
    v1::GetCaseRequest none;
    const std::optional<Rejection> refused = decode(Codec::kJson, wrong, &none);
    ASSERT_TRUE(refused) << wrong.substr(0, 40);
    EXPECT_LT(refused->message.size(), 400u);
  }
}

// Whom the request of `peer` is for, with these fields of x-forwarded-for in their order.
std::string client_of(const Proxies& proxies, const std::string& peer,
                      const std::vector<std::string>& fields) {
  boost::beast::http::request<boost::beast::http::string_body> request;
  for (const std::string& field : fields) request.insert("X-Forwarded-For", field);
  return proxies.client_of(peer, request.base());
}

TEST(Forms, AreTextOrRefused) {
  EXPECT_EQ(unescaped("%e7%8e%8b+x"), "王 x");
  for (const char* bad : {"%", "%4", "%zz", "%ff", "a%c3", "%c0%80"})
    EXPECT_EQ(unescaped(bad), std::nullopt) << bad;
  EXPECT_FALSE(Form::parse("a=%ff", 9));
}

TEST(Hosts, AreNamesAndAddresses) {
  for (const char* host : {"engine", "engine.example.tw:7480", "[::1]:7480", "192.0.2.1"})
    EXPECT_TRUE(names_host(host)) << host;
  for (const char* bad : {"", "a b", "a/b", "\xff", "a\"b", "<x>", "a@b"})
    EXPECT_FALSE(names_host(bad)) << bad;
  EXPECT_FALSE(names_host(std::string(256, 'a')));
}

TEST(Proxies, AreBelievedAndNobodyElse) {
  const Proxies proxies({"10.0.0.7", "192.0.2.0/24", "fd00::/16"});
  EXPECT_EQ(client_of(proxies, "10.0.0.7", {"203.0.113.5"}), "203.0.113.5");
  EXPECT_EQ(client_of(proxies, "::ffff:10.0.0.7", {"203.0.113.5"}), "203.0.113.5");
  EXPECT_EQ(client_of(proxies, "fd00::9", {"[2001:db8::1]:443"}), "2001:db8::1");
  EXPECT_EQ(client_of(proxies, "10.0.0.8", {"203.0.113.5"}), "10.0.0.8");
  EXPECT_EQ(client_of(proxies, "10.0.0.7", {}), "10.0.0.7");
  EXPECT_EQ(client_of(Proxies(), "10.0.0.7", {"203.0.113.5"}), "10.0.0.7");
}

TEST(Proxies, TheLastWhoIsNoneOfThemAsks) {
  const Proxies proxies({"10.0.0.7", "192.0.2.0/24"});
  // What a client writes before its own address, a proxy passes on: it is not looked at.
  EXPECT_EQ(client_of(proxies, "10.0.0.7", {"198.51.100.1, 203.0.113.5 ,192.0.2.200"}),
            "203.0.113.5");
  EXPECT_EQ(client_of(proxies, "10.0.0.7", {"198.51.100.1", "203.0.113.5:1234", "192.0.2.200"}),
            "203.0.113.5");
  EXPECT_EQ(client_of(proxies, "10.0.0.7", {"192.0.2.200"}), "192.0.2.200");
  for (const char* odd :
       {"unknown", "", "_hidden", "203.0.113.5, ", "203.0.113.5, x", "[", "[]", ","})
    EXPECT_EQ(client_of(proxies, "10.0.0.7", {odd}), "10.0.0.7") << odd;
}

TEST(Proxies, AddressesAndNetworks) {
  for (const char* text : {"10.0.0.7", "10.0.0.0/0", "10.1.2.3/32", "::1", "fd00::/128"})
    EXPECT_TRUE(Networks::names_some(text)) << text;
  for (const char* text : {"", "proxy", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
                           "10.0.0.0/8x", "fd00::/129"})
    EXPECT_FALSE(Networks::names_some(text)) << text;
  EXPECT_TRUE(Proxies({"0.0.0.0/0"}).trust("203.0.113.5"));
  EXPECT_FALSE(Proxies({"0.0.0.0/0"}).trust("2001:db8::1"));
  EXPECT_FALSE(Proxies({"0.0.0.0/0"}).trust(""));
}

}  // namespace
}  // namespace casewheel::doors
