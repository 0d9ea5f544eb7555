// Telephone numbers in E.164: what people in Taiwan type, and what nobody could dial.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/access/numbering_plan.h"
#include "engine/access/personal_numbers.h"
#include "engine/access/phone.h"

namespace casewheel::access {
namespace {

TEST(Phone, WhatPeopleType) {
  const struct {
    const char* typed;
    PhoneKind kind;
    const char *number, *extension;
  } kCases[] = {
      {"0912345678", PhoneKind::kMobile, "+886912345678", ""},
      {"0912-345-678", PhoneKind::kMobile, "+886912345678", ""},
      {"０９１２－３４５－６７８", PhoneKind::kMobile, "+886912345678", ""},
      {" 0912 345 678 ", PhoneKind::kMobile, "+886912345678", ""},
      {"912345678", PhoneKind::kMobile, "+886912345678", ""},
      {"+886912345678", PhoneKind::kMobile, "+886912345678", ""},
      {"+886 (0)912-345-678", PhoneKind::kMobile, "+886912345678", ""},
      {"00886-912-345-678", PhoneKind::kMobile, "+886912345678", ""},
      {"002 886 912345678", PhoneKind::kMobile, "+886912345678", ""},
      {"0991234567", PhoneKind::kMobile, "+886991234567", ""},  // opened for personal numbers once
      {"\u202d0912345678\u202c", PhoneKind::kMobile, "+886912345678", ""},
      {"02-2345-6789", PhoneKind::kLandline, "+886223456789", ""},
      {"(02)2345-6789 分機 123", PhoneKind::kLandline, "+886223456789", "123"},
      {"02-23456789轉12", PhoneKind::kLandline, "+886223456789", "12"},
      {"０２－２３４５－６７８９＃１２", PhoneKind::kLandline, "+886223456789", "12"},
      {"02-23456789 ext. 12", PhoneKind::kLandline, "+886223456789", "12"},
      {"02-23456789 Ext 12", PhoneKind::kLandline, "+886223456789", "12"},
      {"02-23456789x12", PhoneKind::kLandline, "+886223456789", "12"},
      {"03-345-6789", PhoneKind::kLandline, "+88633456789", ""},
      {"037-223456", PhoneKind::kLandline, "+88637223456", ""},
      {"04-22345678", PhoneKind::kLandline, "+886422345678", ""},
      {"04-7234567", PhoneKind::kLandline, "+88647234567", ""},
      {"049-2345678", PhoneKind::kLandline, "+886492345678", ""},
      {"05-2345678", PhoneKind::kLandline, "+88652345678", ""},
      {"06-2345678", PhoneKind::kLandline, "+88662345678", ""},
      {"07-3456789", PhoneKind::kLandline, "+88673456789", ""},
      {"08-7234567", PhoneKind::kLandline, "+88687234567", ""},
      {"082-323456", PhoneKind::kLandline, "+88682323456", ""},
      {"0826-66123", PhoneKind::kLandline, "+88682666123", ""},
      {"0836-22345", PhoneKind::kLandline, "+88683622345", ""},
      {"089-323456", PhoneKind::kLandline, "+88689323456", ""},
      {"0800-024-111", PhoneKind::kOther, "+886800024111", ""},
      {"070-1234-5678", PhoneKind::kOther, "+8867012345678", ""},
      {"+81 90-1234-5678", PhoneKind::kForeign, "+819012345678", ""},
      {"+1 415-555-2671", PhoneKind::kForeign, "+14155552671", ""},
      {"110", PhoneKind::kSpecialService, "110", ""},
      {"１１９", PhoneKind::kSpecialService, "119", ""},
      {"1911", PhoneKind::kSpecialService, "1911", ""},
      {"1999", PhoneKind::kSpecialService, "1999", ""},
      {"412-8185", PhoneKind::kSpecialService, "4128185", ""},
      {"sip:0912345678@pbx.example;user=phone", PhoneKind::kMobile, "+886912345678", ""},
      {"\"Ann: 林\" <sips:%2B886912345678@10.0.0.1:5061>", PhoneKind::kMobile, "+886912345678", ""},
      {"tel:+886-2-2345-6789;ext=12", PhoneKind::kLandline, "+886223456789", "12"},
      {"TEL:1911", PhoneKind::kSpecialService, "1911", ""},
      {"0912345678@pbx", PhoneKind::kMobile, "+886912345678", ""},
      {"\"Wang\" <0912345678>", PhoneKind::kMobile, "+886912345678", ""},
      {"0912345678;ext=5", PhoneKind::kMobile, "+886912345678", "5"},
      {"tel:0312345678;phone-context=+81", PhoneKind::kForeign, "+81312345678", ""},
  };
  for (const auto& one : kCases) {
    const auto phone = parse_phone(one.typed);
    ASSERT_TRUE(phone) << one.typed;
    EXPECT_EQ(phone->kind, one.kind) << one.typed;
    EXPECT_EQ(phone->number, one.number) << one.typed;
    EXPECT_EQ(phone->extension, one.extension) << one.typed;
    // Normalised once, it stays so.
    const auto again = parse_phone(phone->number);
    ASSERT_TRUE(again) << phone->number;
    EXPECT_EQ(again->number, phone->number);
    EXPECT_EQ(again->kind, phone->kind);
  }
}

TEST(Phone, TheSpecialServicesOfEveryTenantAndEmergency) {
  for (const char* digits :
       {"110", "112", "113", "119", "165", "1910", "1911", "1912", "1922", "1999", "4121234"}) {
    EXPECT_TRUE(is_special_service(digits)) << digits;
    ASSERT_TRUE(parse_phone(digits)) << digits;
    EXPECT_EQ(parse_phone(digits)->kind, PhoneKind::kSpecialService) << digits;
  }
  for (const char* digits : {"", "1", "11", "111", "1900", "41212345", "412123"})
    EXPECT_FALSE(is_special_service(digits)) << digits;
}

TEST(Phone, NobodyCouldDial) {
  for (const char* typed : {"",
                            " ",
                            "無",
                            "N/A",
                            "0912",
                            "09123456789",
                            "091234567",
                            "02-1234",
                            "0212345678",
                            "12345678",
                            "123",
                            "+886",
                            "+999123456789",
                            "王小明",
                            "0912345678/0922333444",
                            "0912-***-678",
                            "a@example.com",
                            "0800-FLOWERS",
                            "000912912-car",
                            "\xff\xfe",
                            "0912345678王先生"}) {
    EXPECT_FALSE(parse_phone(typed)) << typed;
  }
  EXPECT_FALSE(parse_phone(std::string(100'000, '9')));
}

// Callers as exchanges write them: of user@host, names, brackets, parameters and channels the number
// is left.
TEST(Phone, WhatExchangesWrite) {
  for (const std::string number : {"0912345678", "+886912345678", "%2B886912345678"}) {
    for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
             {"", ""},
             {"", "@pbx"},
             {"", "@pbx.example.com;user=phone"},
             {"<", ">"},
             {"\"Wang\" <", ">"},
             {"Wang <", ">"},
             {"\"Wang\" <sip:", "@10.0.0.1:5060>;tag=9fx7"},
             {"<sip:", ";phone-context=+886@pbx;user=phone>"},
             {"sip:", "@pbx"},
             {"sips:", "@pbx?subject=x"},
             {"callto://", ""},
             {"tel:", ";phone-context=+886"},
             {"", ";phone-context=+886"},
             {"p:", ""},
             {"P:", "@pbx"}}) {
      const std::string text = before + number + after;
      const auto phone = parse_phone(text);
      ASSERT_TRUE(phone) << text;
      EXPECT_EQ(phone->number, "+886912345678") << text;
    }
  }
  // Of other texts nothing is taken off.
  for (const char* text : {"Lin", "lin@home.example", "0912345678 <手機>", "Lin: 12", "<unknown>"})
    EXPECT_EQ(without_uri(text), text);
}

TEST(Phone, WhoDoesNotSayTheNumberIsWithheld) {
  for (const char* text :
       {"", " ", "anonymous", "ANONYMOUS", "<unknown>", "anonymous@anonymous.invalid",
        "\"Anonymous\" <sip:anonymous@anonymous.invalid>", "\"Lin\" <>", "'Restricted'",
        "sip:unavailable@unknown.invalid", "sip:anonymous@1.2.3.4", "0", "00000000", "000-000",
        "sip:10.0.0.1:5060"})
    EXPECT_TRUE(is_withheld(text)) << text;
  for (const char* text : {"0912345678", "sip:0912345678@10.0.0.1", "1102", "110", "未顯示", "N/A",
                           "Private Caller", "lin@home.example", "+", "10.0.0.1"})
    EXPECT_FALSE(is_withheld(text)) << text;
}

TEST(Phone, TheOneOfALine) {
  for (const char* line :
       {"0912345678 王先生", "王先生 0912-345-678", "SIP/0912345678-00000a1", "0912345678,123",
        "電話 0912345678,123", "0912345678 <手機>", "0912345678 / 0912-345-678"}) {
    const auto phone = find_phone(line);
    ASSERT_TRUE(phone) << line;
    EXPECT_EQ(phone->number, "+886912345678") << line;
  }
  for (const char* line : {"", "王先生", "0912345678/0922333444", "lin0912345678@example.com",
                           "電話 23456789", "A123456789", "N/A"})
    EXPECT_FALSE(find_phone(line)) << line;
  EXPECT_FALSE(find_phone("0912345678" + std::string(100'000, ' ')));
}

// However a caller's field is put together: where masking hides one telephone of what is left of it,
// that is the number the caller is found by.
TEST(Phone, WhatMaskingHidesOfACallersFieldIsFound) {
  const std::vector<std::string> befores = {
      "",      "<",      "\"Wang\" <", "Wang <",  "\"0922333444\" <sip:",
      "sip:",  "<sips:", "tel:",       "callto:", "p:",
      "SIP/",  "'",      "=\"",        "王先生 ", "電話",
      "TEL: ", "手機：", "(",          "來電 "};
  const std::vector<std::string> afters = {"",
                                           ">",
                                           "@pbx",
                                           "@10.0.0.1:5060>",
                                           ";ext=5",
                                           ";phone-context=+886",
                                           ";user=phone@h>",
                                           "-a1",
                                           "\"",
                                           " 王先生",
                                           "#12",
                                           ">;tag=",
                                           ")",
                                           "?"};
  const std::vector<std::string> digits_after = {"-00000a1", ",123"};
  std::mt19937 random(1912);
  const auto pick = [&random](const auto& list) { return list[random() % list.size()]; };
  const auto digits = [&random](std::size_t count) {
    std::string out;
    while (out.size() < count) out += static_cast<char>('0' + random() % 10);
    return out;
  };
  int found = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string mobile = "9" + digits(8);
    const std::string landline = "2" + std::to_string(2 + random() % 7) + digits(7);
    const std::string foreign = "+1415555" + digits(4);
    const bool is_mobile = random() % 2 == 0;
    const std::string& subscriber = is_mobile ? mobile : landline;
    std::string expected = "+886" + subscriber;
    std::string number = "0" + subscriber;
    std::string after = random() % 8 == 0 ? pick(digits_after) : pick(afters);
    switch (random() % 5) {
      case 0:
        number = number.substr(0, is_mobile ? 4 : 2) + "-" + number.substr(is_mobile ? 4 : 2);
        break;
      case 1:
        number = expected;
        after = pick(afters);
        break;
      case 2:
        number = expected = foreign;
        after = pick(afters);
        break;
      default:
        break;
    }
    const std::string text = pick(befores) + number + after;
    const std::string left = without_uri(text);
    if (left.find("0922333444") != left.npos) continue;  // an address left open: of two numbers
    const std::vector<Found> hidden = find_personal(left);
    const auto is_telephone = [](const Found& one) {
      return one.kind == NumberKind::kMobilePhone || one.kind == NumberKind::kLandline ||
             one.kind == NumberKind::kForeignPhone;
    };
    if (hidden.size() != 1 || !is_telephone(hidden[0])) continue;
    const auto phone = find_phone(left);
    if (!phone && !parse_phone(expected)) continue;  // blocks that were never given out
    ASSERT_TRUE(phone) << text << " " << left;
    ASSERT_EQ(phone->number, expected) << text;
    ++found;
  }
  EXPECT_GT(found, 10'000);
}

}  // namespace
}  // namespace casewheel::access
