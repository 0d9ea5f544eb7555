// JSON and base64url from outside: what is read, and that nothing reads in two ways.
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <string>

#include "engine/base/base64url.h"
#include "engine/base/strict_json.h"

namespace casewheel {
namespace {

bool reads(std::string_view text, std::size_t depth = 4, std::size_t bytes = 1000) {
  return parse_json_object("it", text, {.bytes_max = bytes, .depth_max = depth}).has_value();
}

TEST(StrictJson, ReadsObjects) {
  const auto object = parse_json_object(
      "it", R"( {"a":"甲\n","b":[1,-2.5,true,null],"c":{"a":"x"}} )", {.bytes_max = 1000});
  ASSERT_TRUE(object);
  EXPECT_EQ(string_member(*object, "a"), "甲\n");
  EXPECT_EQ(object->at("b").as_array().size(), 4u);
  EXPECT_EQ(string_member(*object, "b"), std::nullopt);
  EXPECT_EQ(string_member(*object, "d"), std::nullopt);
  // Keys and strings longer than the parser's pieces, and equal keys in different objects.
  const std::string text(3000, 't');
  EXPECT_TRUE(reads('{' + ('"' + text + "\":\"" + text + "\"}"), 4, 10'000));
  EXPECT_TRUE(reads(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"));
}

TEST(StrictJson, RefusesTheSameKeyTwice) {
  for (const std::string_view text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":{"c":1,"d":2,"c":3}})", R"([{"a":1,"a":2}])",
        R"({"a":1,"\u0061":2})", R"({"":1,"":2})", R"({"x":[{"a":1,"a":1}]})"}) {
    const auto object = parse_json_object("it", text, {.bytes_max = 1000});
    ASSERT_FALSE(object) << text;
    EXPECT_EQ(object.error().message, "it: an object has the same key twice");
  }
}

TEST(StrictJson, RefusesWhatIsNoJson) {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("1"),
                                  std::string("[]"),
                                  std::string("null"),
                                  std::string("{"),
                                  std::string("{}}"),
                                  std::string("{} {}"),
                                  std::string("{},"),
                                  std::string(R"({"a":1,})"),
                                  std::string("{a:1}"),
                                  std::string(R"({'a':1})"),
                                  std::string(R"({"a":NaN})"),
                                  std::string(R"({"a":01})"),
                                  std::string("{} // so"),
                                  std::string("/* so */ {}"),
                                  std::string("{\"a\":\"\xff\"}"),
                                  std::string("{\"\xc0\xaf\":1}"),
                                  std::string("\xef\xbb\xbf{}"),
                                  std::string("{\"a\":\"\n\"}"),
                                  std::string("{}") + '\0',
                                  std::string(R"({"a":"\ud800"})")})
    EXPECT_FALSE(reads(text)) << text;
}

TEST(StrictJson, Limits) {
  EXPECT_TRUE(reads(R"({"a":[[[1]]]})", 4));
  EXPECT_FALSE(reads(R"({"a":[[[[1]]]]})", 4));
  EXPECT_FALSE(reads(std::string(500, '[')));
  EXPECT_TRUE(reads("{}      ", 4, 8));
  EXPECT_FALSE(reads("{}       ", 4, 8));
}

TEST(Base64Url, ThereAndBack) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");  // RFC 4648 section 5
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
}

TEST(Base64Url, OneTextForEachValue) {
  for (const std::string_view text :
       {"A", "AAAAA", "AA==", "AAA=", "AB", "AAB", "+AAA", "/AAA", "AA A", "AAAA\n", "\xc3\xa4"})
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  EXPECT_EQ(from_base64url(std::string_view("AA\0A", 4)), std::nullopt);
  EXPECT_EQ(from_base64url(""), "");
}

}  // namespace
}  // namespace casewheel
