// Telephone numbers in E.164: what people in Taiwan type, and what nobody could dial.
#include <gtest/gtest.h>

#include "engine/access/numbering_plan.h"
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

}  // namespace
}  // namespace casewheel::access
