// Masking: what is left of single values, and that of random texts nothing recognised stays readable,
// however numbers, words, signs and earlier masks stand next to each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <random>
#include <string>

#include "engine/access/masking.h"
#include "engine/base/text.h"

namespace casewheel::access {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Masked {
  const char *value, *masked;
};
using Mask = std::string (*)(std::string_view);

template <std::size_t N>
void expect_masked(Mask mask, const Masked (&cases)[N]) {
  for (const Masked& one : cases) {
    EXPECT_EQ(mask(one.value), one.masked) << one.value;
    EXPECT_EQ(mask(one.masked), one.masked) << "once more";
  }
}

TEST(Masking, Phones) {
  const Masked kCases[] = {
      {"", ""},
      {"0912345678", "0912-***-678"},
      {"0912-345-678", "0912-***-678"},
      {"０９１２－３４５－６７８", "0912-***-678"},
      {"+886 912 345 678", "0912-***-678"},
      {"00886912345678", "0912-***-678"},
      {"0912345678 王先生", "0912-***-678"},
      {"02-2345-6789", "02-*****789"},
      {"(02)2345-6789#123", "02-*****789"},
      {"02-23456789 分機 0912345678", "02-*****789"},
      {"02-23456789 ext 12", "02-*****789"},
      {"+886-2-2345-6789", "02-*****789"},
      {"04-723-4567", "04-****567"},
      {"049-2345678", "049-****678"},
      {"089-323456", "089-***456"},
      {"0836-22345", "0836-***45"},
      {"2345-6789", "***789"},
      {"0912345678、0987654321", "***321"},
      {"+81 90-1234-5678", "+***678"},
      {"+886 12", "***"},
      {"09123456789", "***789"},
      {"*0912345678*", "***78*"},
      {"1911", "***"},
      {"無", "***"},
      {"\xff"
       "0912345678",
       "***"},
  };
  expect_masked(mask_phone, kCases);
}

TEST(Masking, Emails) {
  const Masked kCases[] = {
      {"", ""},
      {"wang@example.com", "w***@example.com"},
      {"ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "w***@example.com"},
      {"王小明@example.com", "王***@example.com"},
      {"a@example.com", "***@example.com"},
      {"*abc@example.com", "***@example.com"},
      {"a@b@example.com", "a***@example.com"},
      {"wang@example.com 0912345678", "w***@example.com"},
      {"wang@example.com,lee@example.com", "w***@example.com"},
      {" wang@例子.台灣 ", "w***@例子.台灣"},
      {"wang", "***"},
      {"wang@", "w***@"},
      {"\xff"
       "a@example.com",
       "***"},
  };
  expect_masked(mask_email, kCases);
}

TEST(Masking, Names) {
  const Masked kCases[] = {
      {"", ""},
      {"王小明", "王○明"},
      {"王明", "王○"},
      {"王", "○"},
      {"歐陽小明", "歐○○明"},
      {"王 小 明", "王○明"},
      {"　王小明　", "王○明"},
      {"𠮷小明", "𠮷○明"},
      {"王先生", "王先生"},
      {"王小明先生", "王○明先生"},
      {"歐陽女士", "歐○女士"},
      {"先生", "先○"},
      {"尤命·蘇樣", "尤○○○樣"},
      {"김철수", "김○수"},
      {"John Smith", "J***"},
      {"Ｊｏｈｎ", "J***"},
      {"Élodie", "É***"},
      {"Nguyễn Văn A", "N***"},
      {"0912345678", "***"},
      {"*王小明", "***"},
      {"王小明*", "王○○*"},
      {"大同股份有限公司", "大同股份有限公司"},
      {" ", "***"},
      {"王\xff明", "***"},
  };
  expect_masked(mask_name, kCases);
}

TEST(Masking, Addresses) {
  const Masked kCases[] = {
      {"", ""},
      {"臺北市大安區和平東路一段1號", "臺北市大安區***"},
      {"台北市 大安區 和平東路一段1號", "台北市大安區***"},
      {"106臺北市大安區和平東路", "臺北市大安區***"},
      {"（106）台灣台北市大安區", "台北市大安區***"},
      {"臺灣省臺南縣新營市民治路", "臺南縣新營市***"},
      {"新竹市東區光復路", "新竹市東區***"},
      {"高雄市前鎮區中山路", "高雄市前鎮區***"},
      {"高雄市那瑪夏區", "高雄市那瑪夏區***"},
      {"屏東縣三地門鄉中正路", "屏東縣三地門鄉***"},
      {"花蓮縣鳳林鎮中山路", "花蓮縣鳳林鎮***"},
      {"彰化縣員林市中山路", "彰化縣員林市***"},
      {"臺北市市民大道一段", "臺北市***"},
      {"基隆市中山社區3樓", "基隆市***"},
      {"臺北市", "臺北市***"},
      {"和平東路一段1號", "***"},
      {"張三市場旁", "***"},
      {"No. 1, Sec. 2, Heping E. Rd., Taipei", "***"},
      {"臺北市\xff", "***"},
  };
  expect_masked(mask_address, kCases);
}

TEST(Masking, IdentitiesAndOtherNumbers) {
  const Masked kIdentities[] = {
      {"", ""},
      {"A123456789", "A12****789"},
      {"a123-456-789", "A12****789"},
      {"Ａ１２３４５６７８９", "A12****789"},
      {"AB00207171", "AB0****171"},
      {"A123456780", "A12****780"},
      {"04595257", "04595257"},  // a company's
      {"12345678", "12***78"},
      {"P1234567X", "P1***7X"},
      {"護照123456789", "護照***89"},
      {"123456", "***"},
  };
  expect_masked(mask_identity, kIdentities);
  const Masked kCustomers[] = {
      {"", ""},
      {"10-40-4406-50-1", "10***01"},
      {"4A-12-345678-9", "4A***89"},
      {"1234567", "12***67"},
      {"123456", "***"},
      {"04595257", "04***57"},
      {"\xff"
       "123456789",
       "***"},
  };
  expect_masked(mask_customer_number, kCustomers);
  const Masked kCards[] = {
      {"", ""},
      {"4111 1111 1111 1234", "****-****-****-1234"},
      {"30569309025904", "****-****-****-5904"},
      {"1234", "***"},
  };
  expect_masked(mask_card_number, kCards);
}

TEST(Masking, Texts) {
  const Masked kCases[] = {
      {"", ""},
      {"路燈不亮", "路燈不亮"},
      {"王小明0912345678，(02)2345-6789#12", "王小明0912-***-678，02-*****789#12"},
      {"＋８８６－９１２－３４５－６７８來電", "0912-***-678來電"},
      {"wang@example.com；統編 04595257", "w***@example.com；統編 04595257"},
      {"身分證A123456789、載具/ABC1234", "身分證A12****789、載具/*******"},
      {"電號10-40-4406-50-9 卡 4111 1111 1111 1111", "電號10***09 卡 ****-****-****-1111"},
      {"*0912-345-678*", "*0912-***-678*"},
      {"請撥1911，案號13115030200001004", "請撥1911，案號13115030200001004"},
      {"電話 0912345678 23456789", "電話 0912-***-678 23456789"},
      {"a@0912345678.com", "***@0912345678.com"},
      {"\xff"
       "0912345678\xe4",
       "\xff"
       "0912-***-678\xe4"},
  };
  expect_masked(mask_text, kCases);
}

// --- random texts ---

const char* const kPieces[] = {
    "0912345678",
    "0912-345-678",
    "０９１２３４５６７８",
    "+886912345678",
    "(02)2345-6789",
    "02-2345-6789",
    "037-223456",
    "0836-22345",
    "2345-6789",
    "23456789",
    "+81901234567",
    "886",
    "00",
    "A123456789",
    "A123456780",
    "AB00207171",
    "A800000014",
    "04595257",
    "12345675",
    "10-40-4406-50-9",
    "10404406509",
    "/ABC1234",
    "/ABC.+-1",
    "wang@example.com",
    "a@b.co",
    "@",
    "b.co",
    ".tel",
    "@0912345678.com",
    "4111111111111111",
    "4111-1111-1111-1111",
    "378282246310005",
    "電話",
    "手機：",
    "統編",
    "公司",
    "電號",
    "身分證",
    "載具",
    "卡號",
    "案號",
    "tel",
    "LINE ",
    "fax",
    "*",
    "**",
    "***",
    "****",
    "0912-***-678",
    "02-*****789",
    "A12****789",
    "10***09",
    "***678",
    "****-****-****-1111",
    "w***@",
    "/*******",
    "○",
    "-",
    "--",
    " ",
    ".",
    "_",
    "(",
    ")",
    "+",
    "/",
    "#12",
    "，",
    "王",
    "元",
    "\n",
    "a",
    "co",
    "A",
    "Z1",
    "0",
    "9",
    "09",
    "02",
    "12",
    "123",
    "1234",
    "678",
    "\u200b",
    "\u2011",
    "\xff",
    "\xe4\xb8",
    "－",
    "　",
    "０",
    "Ａ１",
};

std::string random_text(std::mt19937_64& random) {
  std::string text;
  for (std::size_t pieces = 1 + random() % 9; pieces > 0; --pieces) {
    text += kPieces[random() % std::size(kPieces)];
    if (random() % 16 == 0 && !text.empty()) text.erase(random() % text.size(), 1);
  }
  return text;
}

bool begins_a_character(std::string_view text, std::size_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

TEST(Masking, OfRandomTextsNothingRecognisedStaysReadable) {
  const char* chosen = std::getenv("CASEWHEEL_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
  const char* turns = std::getenv("CASEWHEEL_TEXTS");
  std::mt19937_64 random(seed);
  std::size_t masked_numbers = 0;
  for (long left = turns != nullptr ? std::strtol(turns, nullptr, 10) : 20'000; left > 0; --left) {
    const std::string text = random_text(random);
    const bool whole = is_utf8(text);
    std::size_t last = 0;
    for (const Found& found : find_personal(text)) {
      ASSERT_TRUE(last <= found.from && found.from < found.to && found.to <= text.size()) << text;
      ASSERT_TRUE(!whole ||
                  (begins_a_character(text, found.from) && begins_a_character(text, found.to)))
          << text;
      last = found.to;
      const std::string number = text.substr(found.from, found.to - found.from);
      const std::string masked = mask_number(found.kind, number);
      ASSERT_EQ(mask_number(found.kind, masked), masked) << number;
      if (found.kind == NumberKind::kBusinessNumber) continue;
      ++masked_numbers;
      ASSERT_THAT(masked, Not(HasSubstr(number))) << text;
    }
    const std::string masked = mask_text(text);
    ASSERT_EQ(is_utf8(masked), whole) << text;
    ASSERT_EQ(mask_text(masked), masked) << text;
    for (const Found& found : find_personal(masked))
      ASSERT_EQ(found.kind, NumberKind::kBusinessNumber) << text << "\n" << masked;
    for (const Mask mask : {mask_phone, mask_email, mask_name, mask_address, mask_identity,
                            mask_customer_number, mask_card_number}) {
      const std::string once = mask(text);
      ASSERT_EQ(mask(once), once) << text;
    }
  }
  EXPECT_TRUE(turns != nullptr || masked_numbers > 10'000) << masked_numbers;
}

}  // namespace
}  // namespace casewheel::access
