// Tokens of lists: each opens the list it is of, for its tenant and filter, and nothing else does.
#include <gtest/gtest.h>

#include "casewheel/v1/calls.pb.h"
#include "casewheel/v1/cases.pb.h"
#include "engine/api/page_token.h"
#include "engine/base/base64url.h"

namespace casewheel::api {
namespace {

constexpr const char* kSecret = "a secret of one installation";
constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

v1::ListCasesRequest request_of(const std::string& unit) {
  v1::ListCasesRequest request;
  request.set_tenant("utility");
  request.set_unit(unit);
  return request;
}

ListTokens tokens_of(const google::protobuf::Message& request, std::uint8_t tenant = 31,
                     std::string_view secret = kSecret) {
  return ListTokens::of(secret, tenant, request);
}

TEST(ListTokens, GiveBackThePlace) {
  const ListTokens tokens = tokens_of(request_of("line"));
  for (const auto& place : std::vector<std::vector<std::uint64_t>>{
           {}, {0}, {1}, {kAllBits}, {0, 0, 0}, {31ULL << 56, 1, kAllBits, 127, 128}}) {
    const auto read = tokens.read(tokens.make(place), place.size());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, place);
  }
  ASSERT_TRUE(tokens.read("", 3));
  EXPECT_TRUE(tokens.read("", 3)->empty());
}

TEST(ListTokens, AreTheSameOnALaterPageAndAfterARestart) {
  v1::ListCasesRequest later = request_of("line");
  later.set_page_size(7);
  later.set_page_token("the one before");
  const std::string token = tokens_of(request_of("line")).make({5, 6});
  EXPECT_EQ(tokens_of(later).make({5, 6}), token);
  EXPECT_TRUE(tokens_of(later).read(token, 2));
}

TEST(ListTokens, AreOfOneListTenantFilterAndInstallation) {
  const v1::ListCasesRequest request = request_of("line");
  const std::string token = tokens_of(request).make({5, 6});
  v1::ListCallsRequest calls;
  calls.set_tenant("utility");
  v1::FindCasesByPersonRequest person;
  person.set_tenant("utility");
  v1::ListCasesRequest handler = request;
  handler.set_handler("hans");
  EXPECT_FALSE(tokens_of(calls).read(token, 2));
  EXPECT_FALSE(tokens_of(person).read(token, 2));
  EXPECT_FALSE(tokens_of(handler).read(token, 2));
  EXPECT_FALSE(tokens_of(request_of("hq")).read(token, 2));
  EXPECT_FALSE(tokens_of(request, 32).read(token, 2));
  EXPECT_FALSE(tokens_of(request, 31, "another").read(token, 2));
  EXPECT_TRUE(tokens_of(request).read(token, 2));
}

TEST(ListTokens, AreRefusedByNameWhenAnythingIsChanged) {
  const ListTokens tokens = tokens_of(request_of("line"));
  const std::string token = tokens.make({20ULL << 56 | 7, 3});
  std::vector<std::string> wrong{
      token + "A",          token + "=", token + token,          " " + token,         "zzz",
      "1400000000000000-1", "AQ",        std::string(9000, 'A'), std::string("\0", 1)};
  for (std::size_t i = 0; i < token.size(); ++i) {
    wrong.push_back(token.substr(0, i) + (token[i] == 'A' ? 'B' : 'A') + token.substr(i + 1));
    if (i > 0) wrong.push_back(token.substr(0, i));
  }
  for (const std::string& text : wrong) {
    const auto read = tokens.read(text, 2);
    ASSERT_FALSE(read) << text;
    ASSERT_EQ(read.error().fields.size(), 1u);
    EXPECT_EQ(read.error().fields[0].field, "page_token");
    EXPECT_TRUE(read.error().message.starts_with("page_token: is not one this list gave"));
  }
  // A true token of a list with another number of places.
  EXPECT_FALSE(tokens.read(token, 1));
  EXPECT_FALSE(tokens.read(token, 3));
}

TEST(ListTokens, OfFormatOneAreRefused) {
  const ListTokens tokens = tokens_of(request_of("line"));
  std::string bytes = *from_base64url(tokens.make({1, 2}));
  bytes[0] = 1;
  EXPECT_FALSE(tokens.read(base64url(bytes), 2));
}

}  // namespace
}  // namespace casewheel::api
