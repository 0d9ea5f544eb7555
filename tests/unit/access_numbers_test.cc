// The numbers people and companies go by: every vector of the real data, checks of single values, and
// what is found in free text, with the sentences that must not be taken for anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/access/numbering_plan.h"
#include "engine/access/personal_numbers.h"
#include "engine/base/ids.h"

namespace casewheel::access {

void PrintTo(NumberKind kind, std::ostream* out) {
  static const char* const kNames[] = {"mobile",   "landline", "foreign", "national", "resident",
                                       "business", "taipower", "barcode", "email",    "card"};
  *out << kNames[static_cast<std::size_t>(kind)];
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Kind = NumberKind;

// --- single values ---

// The real data's folder; empty when it is not here: CASEWHEEL_DATA, or data above the executable.
std::filesystem::path number_vectors() {
  std::filesystem::path found;
  if (const char* data = std::getenv("CASEWHEEL_DATA")) {
    found = std::filesystem::path(data) / "numbers";
  } else {
    for (auto folder = std::filesystem::canonical("/proc/self/exe").parent_path();
         folder.has_relative_path() && !std::filesystem::exists(found);
         folder = folder.parent_path()) {
      found = folder / "data" / "numbers";
    }
  }
  return std::filesystem::exists(found) ? found : std::filesystem::path();
}

// The value of a member of a line of JSON; the vectors hold no escapes.
std::string member(const std::string& line, const std::string& name) {
  std::size_t at = line.find("\"" + name + "\":");
  if (at == std::string::npos) return {};
  at = line.find_first_not_of(" \"", at + name.size() + 3);
  return line.substr(at, line.find_first_of("\",}", at) - at);
}

bool passes(const std::string& kind, const std::string& value) {
  if (kind == "ubn_new") return is_business_number(value);
  if (kind == "ubn_old") return is_business_number_by_old_rule(value);
  if (kind == "national_id") return is_national_id(value);
  if (kind == "resident_old") return is_former_resident_id(value);
  if (kind == "resident_new") return is_resident_id(value) && !is_former_resident_id(value);
  ADD_FAILURE() << "vectors of a kind this test does not know: " << kind;
  return false;
}

TEST(NumberChecks, AgreeWithEveryVector) {
  const auto folder = number_vectors();
  if (folder.empty()) GTEST_SKIP() << "the real data is not here";
  std::map<std::string, int> read;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const std::string kind = member(line, "kind");
      EXPECT_EQ(passes(kind, member(line, "input")), member(line, "valid") == "true") << line;
      ++read[kind];
    }
  }
  for (const char* kind : {"ubn_new", "ubn_old", "national_id", "resident_old", "resident_new"})
    EXPECT_GT(read[kind], 0) << kind;
}

TEST(NumberChecks, IdentityNumbers) {
  for (const char* id : {"A123456789", "F131104093", "Z123456780", "W100000001", "I100000003"}) {
    EXPECT_TRUE(is_national_id(id)) << id;
    EXPECT_FALSE(is_resident_id(id)) << id;
  }
  for (const char* id : {"A800000014", "T900251126", "AB00207171", "HD02717288"}) {
    EXPECT_TRUE(is_resident_id(id)) << id;
    EXPECT_FALSE(is_national_id(id)) << id;
  }
  EXPECT_TRUE(is_former_resident_id("AB00207171"));
  EXPECT_FALSE(is_former_resident_id("A800000014"));
  for (const char* id : {"", "A", "A12345678", "A1234567890", "a123456789", "A323456789",
                         "A1234 6789", "１123456789", "AE00207171", "A12345678X"}) {
    EXPECT_FALSE(is_national_id(id) || is_resident_id(id)) << id;
  }
  // Any other last digit is wrong.
  for (char last = '0'; last <= '8'; ++last)
    EXPECT_FALSE(is_national_id(std::string("A12345678") + last)) << last;
}

TEST(NumberChecks, BusinessNumbersOfTheOldRulePassTheNew) {
  std::mt19937 random(1);
  int old_rule = 0;
  int new_rule = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string value = std::to_string(100'000'000 + random() % 100'000'000).substr(1);
    const bool passed = is_business_number(value);
    new_rule += passed;
    if (is_business_number_by_old_rule(value)) {
      ++old_rule;
      EXPECT_TRUE(passed) << value;
    }
  }
  EXPECT_GT(old_rule, 1500);  // about one in nine of any eight digits: hence the words around it
  EXPECT_GT(new_rule, 3500);
  EXPECT_FALSE(is_business_number("1234567"));
  EXPECT_FALSE(is_business_number("123456755"));
  EXPECT_FALSE(is_business_number("1234567a"));
}

TEST(NumberChecks, Taipower) {
  EXPECT_EQ(taipower_check("10-40-4406-50-9"), TaipowerCheck::kRight);
  EXPECT_EQ(taipower_check("10404406509"), TaipowerCheck::kRight);
  EXPECT_EQ(taipower_check("10-40-4406-50-1"), TaipowerCheck::kCheckDigitDiffers);
  for (const char* value : {"", "1040440650", "104044065090", "10-40-4406-50-", "-10404406509",
                            "10--404406509", "10 40 4406 50 9", "10-40-4406-50-x", "１0404406509"})
    EXPECT_EQ(taipower_check(value), TaipowerCheck::kMalformed) << value;
}

TEST(NumberChecks, BarcodesAndCards) {
  EXPECT_TRUE(is_mobile_barcode("/ABC.+-7"));
  for (const char* value : {"", "/ABC123", "/ABC12345", "/abc1234", "ABC12345", "/ABC 123"})
    EXPECT_FALSE(is_mobile_barcode(value)) << value;
  for (const char* value : {"4111111111111111", "5555555555554444", "378282246310005",
                            "3530111333300000", "30569309025904", "6222021234567890128"})
    EXPECT_TRUE(is_card_number(value)) << value;
  EXPECT_FALSE(is_card_number("4111111111111112"));
  EXPECT_FALSE(is_card_number("4111-1111-1111-1111"));
  EXPECT_FALSE(is_card_number("000000000000"));
}

TEST(NumberingPlan, FormsOfTaiwan) {
  for (const char* number : {"0223456789", "033456789", "037223456", "0422345678", "047234567",
                             "0492345678", "052345678", "062345678", "073456789", "087234567",
                             "082323456", "082666123", "083622345", "089323456"})
    EXPECT_TRUE(is_landline_number(number)) << number;
  for (const char* number : {"", "02", "02234567", "022345678", "02234567890", "0213456789",
                             "0912345678", "0800024111", "0123456789", "112345678", "0372234567"})
    EXPECT_FALSE(is_landline_number(number)) << number;
  EXPECT_EQ(as_dialled_in_taiwan("886912345678"), "0912345678");
  EXPECT_EQ(as_dialled_in_taiwan("8860912345678"), "0912345678");
  EXPECT_EQ(as_dialled_in_taiwan("00886223456789"), "0223456789");
  EXPECT_EQ(as_dialled_in_taiwan("002886223456789"), "0223456789");
  EXPECT_EQ(as_dialled_in_taiwan("8861234567"), "8861234567");
  EXPECT_EQ(as_dialled_in_taiwan("00"), "00");
}

// --- free text ---

std::vector<std::pair<NumberKind, std::string>> found_in(std::string_view text) {
  std::vector<std::pair<NumberKind, std::string>> all;
  for (const Found& found : find_personal(text))
    all.emplace_back(found.kind, std::string(text.substr(found.from, found.to - found.from)));
  return all;
}

TEST(FindPersonal, OneNumberInASentence) {
  const struct {
    NumberKind kind;
    const char *before, *number, *after;
  } kCases[] = {
      {Kind::kMobilePhone, "請撥", "0912345678", "王先生"},
      {Kind::kMobilePhone, "", "0912-345-678", ""},
      {Kind::kMobilePhone, "聯絡手機：", "0912 345 678", "，謝謝"},
      {Kind::kMobilePhone, "手機", "０９１２－３４５－６７８", "。"},
      {Kind::kMobilePhone, "", "0912.345.678", "."},
      {Kind::kMobilePhone, "", "0912\u2011345\u2011678", ""},
      {Kind::kMobilePhone, "\u202d", "0912345678", "\u202c"},
      {Kind::kMobilePhone, "", "+886 912 345 678", ""},
      {Kind::kMobilePhone, "", "+886-0912-345-678", ""},
      {Kind::kMobilePhone, "", "(+886)912345678", ""},
      {Kind::kMobilePhone, "", "＋８８６９１２３４５６７８", ""},
      {Kind::kMobilePhone, "", "886912345678", ""},
      {Kind::kMobilePhone, "", "00886-912-345678", ""},
      {Kind::kMobilePhone, "TEL", "0912345678", ""},
      {Kind::kMobilePhone, "Line: ", "0912345678", "謝"},
      {Kind::kMobilePhone, "*", "0912-345-678", "*"},
      {Kind::kMobilePhone, "**", "0912345678", "**"},
      {Kind::kMobilePhone, "1.", "0912345678", " 2.張先生"},
      {Kind::kMobilePhone, "手機 ", "912-345-678", ""},  // a spreadsheet has taken the 0
      {Kind::kMobilePhone, "手機 ", "09123456789", ""},  // one digit too many
      {Kind::kMobilePhone, "2026-03-02 08:00 ", "0912345678", " 來電"},
      {Kind::kLandline, "電話 ", "02-2345-6789", "#123"},
      {Kind::kLandline, "請打", "(02)2345-6789", "轉12"},
      {Kind::kLandline, "", "（０２）２３４５－６７８９", ""},
      {Kind::kLandline, "", "0223456789", ""},
      {Kind::kLandline, "", "04-723-4567", ""},
      {Kind::kLandline, "", "037-223456", ""},
      {Kind::kLandline, "", "0836-22345", ""},
      {Kind::kLandline, "", "089-323456", ""},
      {Kind::kLandline, "", "+886-2-2345-6789", ""},
      {Kind::kLandline, "", "+886 (0)2 2345 6789", ""},
      {Kind::kLandline, "", "07 - 345 - 6789", ""},
      {Kind::kLandline, "", "070-1234-5678", ""},
      {Kind::kLandline, "電話：", "2345-6789", "，下班後"},
      {Kind::kLandline, "聯絡電話號碼是 ", "23456789", ""},
      {Kind::kLandline, "公司電話", "23456789", ""},
      {Kind::kLandline, "Tel: ", "2345 6789", ""},
      {Kind::kForeignPhone, "", "+81 90-1234-5678", "（日本）"},
      {Kind::kForeignPhone, "call ", "+1 (415) 555-2671", ""},
      {Kind::kForeignPhone, "", "+84912345678", ""},
      {Kind::kNationalId, "身分證", "A123456789", "。"},
      {Kind::kNationalId, "id ", "a123456789", ""},
      {Kind::kNationalId, "", "Ａ１２３４５６７８９", ""},
      {Kind::kNationalId, "", "A 123-456-789", ""},
      {Kind::kNationalId, "身分證字號：", "A123456780", ""},  // mistyped, and said to be one
      {Kind::kNationalId, "身分證統一編號 ", "F131104093", ""},
      {Kind::kResidentId, "居留證", "AB00207171", ""},
      {Kind::kResidentId, "", "A800000014", ""},
      {Kind::kBusinessNumber, "統編 ", "04595257", ""},
      {Kind::kBusinessNumber, "統一編號：", "12345675", "的發票"},
      {Kind::kBusinessNumber, "大同公司（", "12345676", "）"},
      {Kind::kBusinessNumber, "統編", "１２３４５６７５", ""},
      {Kind::kTaipowerNumber, "電號 ", "10-40-4406-50-9", ""},
      {Kind::kTaipowerNumber, "", "10-40-4406-50-1", ""},  // the check digit is a warning only
      {Kind::kTaipowerNumber, "", "10404406509", ""},
      {Kind::kTaipowerNumber, "電號：", "10404406501", ""},
      {Kind::kTaipowerNumber, "電號：", "40440650", ""},
      {Kind::kTaipowerNumber, "電號 ", "07-12-3456-78-9", ""},
      {Kind::kMobileBarcode, "載具 ", "/ABC1234", ""},
      {Kind::kMobileBarcode, "手機條碼：", "/ABCDEFG", "，謝謝"},
      {Kind::kMobileBarcode, "載具", "/abc1234", ""},
      {Kind::kMobileBarcode, "存到", "/A1+-.BC", "。"},
      {Kind::kEmail, "信箱", "wang.xm+a@example.com.tw", "，"},
      {Kind::kEmail, "<", "a@b.co", ">"},
      {Kind::kEmail, "", "0912345678@example.com", ""},
      {Kind::kEmail, "", "w＠example．com", ""},
      {Kind::kEmail, "請寄 ", "w_1@example.com", "."},
      {Kind::kCardNumber, "", "4111 1111 1111 1111", ""},
      {Kind::kCardNumber, "刷卡 ", "4111-1111-1111-1111", " 元"},
      {Kind::kCardNumber, "", "378282246310005", ""},
      {Kind::kCardNumber, "", "3782 822463 10005", ""},
      {Kind::kCardNumber, "", "30569309025904", ""},
      {Kind::kCardNumber, "卡號", "4111111111111112", ""},
  };
  for (const auto& one : kCases) {
    const std::string text = std::string(one.before) + one.number + one.after;
    EXPECT_THAT(found_in(text), ElementsAre(Pair(one.kind, one.number))) << text;
  }
}

TEST(FindPersonal, NothingToFind) {
  for (const char* text : {"",
                           "路燈不亮",
                           "請撥 1911 或 110",
                           "1999 市民熱線",
                           "客服 0800-024-111",
                           "電話 0800024111",
                           "全國 412-8185",
                           "電話：4128185",
                           "2026-03-02 10:20:30",
                           "2026/03/02 12345678",
                           "115年03月02日",
                           "2026-05-23 45678",
                           "案號 13115030200001004",
                           "案號 13 1150302 00001 00 4",
                           "電話查詢案號13 1150302 00001 00 4",
                           "金額 12345675 元",
                           "12345675",
                           "統編 12345678",
                           "度數 23456789",
                           "電話費 1234567 元",
                           "電費 12345678 元",
                           "電話 1234567 元",
                           "A123456780",
                           "A323456789",
                           "XA123456789",
                           "A1234567890",
                           "10404406501",
                           "http://example.com/ABC1234",
                           "/usr/lib/ABC1234",
                           "路徑 /USERS01/x",
                           "1/1234567",
                           "日期/1150302",
                           "4111111111111112",
                           "1234567890123456",
                           "user@localhost",
                           "@example.com",
                           "a@b",
                           "a@b.c",
                           "a@.com",
                           "AB0912345678",
                           "550e8400-e29b-41d4-a716-446655440000",
                           "12345678901234567890",
                           "v0.9.1.2",
                           "3.14159265",
                           "hotel 23456789",
                           "+12345",
                           "1+12345678",
                           "0212345678",
                           "09123"}) {
    EXPECT_THAT(found_in(text), IsEmpty()) << text;
  }
}

TEST(FindPersonal, NoCaseNumberIsTakenForAnything) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const CaseId id = CaseId::make(static_cast<std::uint8_t>(1 + random() % 99),
                                   1150101 + random() % 100, 1 + random() % 99'999);
    const std::string number = format_case_number(static_cast<PartitionId>(random() % 64), id);
    EXPECT_THAT(found_in("案號 " + number), IsEmpty()) << number;
    EXPECT_THAT(found_in(number + " 的案件"), IsEmpty()) << number;
    const std::string spaced = number.substr(0, 2) + " " + number.substr(2, 7) + " " +
                               number.substr(9, 5) + " " + number.substr(14, 2) + " " +
                               number.substr(16);
    EXPECT_THAT(found_in("案號 " + spaced), IsEmpty()) << spaced;
  }
}

TEST(FindPersonal, SeveralInOrder) {
  EXPECT_THAT(
      found_in("王小明（A123456789）0912-345-678、02-2345-6789#12 wang@example.com，"
               "電號10-40-4406-50-9；公司統編 04595257"),
      ElementsAre(Pair(Kind::kNationalId, "A123456789"), Pair(Kind::kMobilePhone, "0912-345-678"),
                  Pair(Kind::kLandline, "02-2345-6789"), Pair(Kind::kEmail, "wang@example.com"),
                  Pair(Kind::kTaipowerNumber, "10-40-4406-50-9"),
                  Pair(Kind::kBusinessNumber, "04595257")));
  EXPECT_THAT(
      found_in("0912345678/0987654321 0223456789"),
      ElementsAre(Pair(Kind::kMobilePhone, "0912345678"), Pair(Kind::kMobilePhone, "0987654321"),
                  Pair(Kind::kLandline, "0223456789")));
  EXPECT_THAT(
      found_in("0912 345 678 02 2345 6789"),
      ElementsAre(Pair(Kind::kMobilePhone, "0912 345 678"), Pair(Kind::kLandline, "02 2345 6789")));
}

TEST(FindPersonal, MalformedBytesAreNoTrouble) {
  EXPECT_THAT(found_in("\xff\xfe"
                       "0912345678\xe4\xb8"),
              ElementsAre(Pair(Kind::kMobilePhone, "0912345678")));
  EXPECT_THAT(found_in(std::string("09\0"
                                   "12345678",
                                   11)),
              IsEmpty());
}

// Linear, it takes some seconds at most without optimisation; quadratic, it would take hours.
TEST(FindPersonal, LongTextsOfOneSignEndSoon) {
  for (const char* piece :
       {"0", "09",  "a",  "a@", "@",  "+", "-",    "/",     "電",   "電話", "0-", "0 ",
        "*", "***", "a.", "A1", "1-", "(", "tel ", "4111 ", "\xff", "a@b.", "０"}) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    find_personal(text);
  }
}

}  // namespace
}  // namespace casewheel::access
