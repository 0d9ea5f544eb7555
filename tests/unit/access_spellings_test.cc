// One definition of how numbers are written: whatever way a person writes a number, it is hidden,
// and a telephone is dialled and found by the same number; and what only looks like one stays
// readable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/access/masking.h"
#include "engine/access/personal_numbers.h"
#include "engine/access/phone.h"
#include "engine/base/half_width.h"
#include "engine/base/ids.h"

namespace casewheel::access {
namespace {

struct Spelling {
  std::string name;
  std::string text;
};

// The ten digits of one way to write them, 0 first.
using Digits = std::vector<std::string>;

const std::vector<std::pair<std::string, Digits>>& digit_forms() {
  static const auto* forms = new std::vector<std::pair<std::string, Digits>>{
      {"ascii", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
      {"full width", {"０", "１", "２", "３", "４", "５", "６", "７", "８", "９"}},
      {"chinese", {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}},
      {"circle zero", {"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"}},
      {"cheque", {"零", "壹", "貳", "參", "肆", "伍", "陸", "柒", "捌", "玖"}},
      {"simplified cheque", {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}},
      {"radio", {"洞", "么", "兩", "三", "四", "五", "六", "拐", "八", "勾"}},
      {"merchant", {"〇", "〡", "〢", "〣", "〤", "〥", "〦", "〧", "〨", "〩"}},
      {"key caps",
       {"0️⃣", "1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣",
        "8️⃣", "9️⃣"}},
      {"circled", {"⓪", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"}},
      {"black circled", {"⓿", "❶", "❷", "❸", "❹", "❺", "❻", "❼", "❽", "❾"}},
      {"sans circled", {"🄋", "➀", "➁", "➂", "➃", "➄", "➅", "➆", "➇", "➈"}},
      {"bracketed", {"0", "⑴", "⑵", "⑶", "⑷", "⑸", "⑹", "⑺", "⑻", "⑼"}},
      {"with full stop", {"🄀", "⒈", "⒉", "⒊", "⒋", "⒌", "⒍", "⒎", "⒏", "⒐"}},
      {"bold", {"𝟎", "𝟏", "𝟐", "𝟑", "𝟒", "𝟓", "𝟔", "𝟕", "𝟖", "𝟗"}},
      {"double struck", {"𝟘", "𝟙", "𝟚", "𝟛", "𝟜", "𝟝", "𝟞", "𝟟", "𝟠", "𝟡"}},
      {"monospace", {"𝟶", "𝟷", "𝟸", "𝟹", "𝟺", "𝟻", "𝟼", "𝟽", "𝟾", "𝟿"}},
      {"raised", {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"}},
      {"lowered", {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"}},
      {"arabic", {"٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩"}},
      {"devanagari", {"०", "१", "२", "३", "४", "५", "६", "७", "८", "९"}},
      {"thai", {"๐", "๑", "๒", "๓", "๔", "๕", "๖", "๗", "๘", "๙"}},
      {"circled chinese", {"〇", "㊀", "㊁", "㊂", "㊃", "㊄", "㊅", "㊆", "㊇", "㊈"}},
      {"mixed", {"零", "1", "二", "３", "④", "5", "六", "７", "8", "九"}},
  };
  return *forms;
}

const std::vector<std::pair<std::string, std::string>>& separators() {
  static const auto* list = new std::vector<std::pair<std::string, std::string>>{
      {"nothing", ""},
      {"space", " "},
      {"no-break space", "\u00a0"},
      {"narrow space", "\u202f"},
      {"thin space", "\u2009"},
      {"ideographic space", "　"},
      {"tab", "\t"},
      {"line break", "\n"},
      {"windows line break", "\r\n"},
      {"line separator", "\u2028"},
      {"hyphen", "-"},
      {"slash", "/"},
      {"dot", "."},
      {"enumeration comma", "、"},
      {"comma", ","},
      {"full-width comma", "，"},
      {"middle dot", "·"},
      {"katakana dot", "・"},
      {"hyphenation point", "‧"},
      {"bullet", "•"},
      {"full stop", "。"},
      {"hyphen 2010", "\u2010"},
      {"hyphen 2011", "\u2011"},
      {"figure dash", "\u2012"},
      {"en dash", "\u2013"},
      {"em dash", "\u2014"},
      {"bar", "\u2015"},
      {"minus", "\u2212"},
      {"full-width hyphen", "－"},
      {"long vowel", "ー"},
      {"wave", "～"},
      {"tilde", "~"},
      {"underline", "_"},
      {"bar line", "|"},
      {"backslash", "\\"},
      {"full-width slash", "／"},
      {"full-width dot", "．"},
      {"equals", "="},
      {"spaced hyphen", " - "},
      {"spaced slash", " / "},
      {"two spaces", "  "},
      {"zero width", "\u200b"},
      {"joiner", "\u2060"},
      {"soft hyphen", "\u00ad"},
      {"direction", "\u200e"},
      {"ellipsis", "…"},
  };
  return *list;
}

std::string written(const std::string& digits, const Digits& form) {
  std::string out;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      out += form[static_cast<std::size_t>(c - '0')];
    } else {
      out += c;
    }
  }
  return out;
}

// The groups one after the other, each digit in that form.
std::string joined(const std::vector<std::string>& groups, const Digits& form,
                   const std::string& separator) {
  std::string out;
  for (const std::string& group : groups)
    out += (out.empty() ? "" : separator) + written(group, form);
  return out;
}

std::vector<std::string> each_digit(const std::string& digits) {
  std::vector<std::string> groups;
  for (const char c : digits) groups.emplace_back(1, c);
  return groups;
}

// Every digit form with every separator.
std::vector<Spelling> spellings_of(const std::vector<std::vector<std::string>>& groupings) {
  std::vector<Spelling> all;
  for (const auto& [form, digits] : digit_forms()) {
    for (const auto& [name, separator] : separators()) {
      for (const std::vector<std::string>& groups : groupings)
        all.push_back({form + ", " + name, joined(groups, digits, separator)});
    }
  }
  return all;
}

// What is left of the number's digits in a text: the longest run, whatever stands between.
std::size_t digits_left(const std::string& text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const Sign& sign : half_width(text)) {
    if (sign.digit != 0) {
      longest = std::max(longest, ++run);
    } else if (sign.gap == Gap::kNone) {
      run = 0;
    }
  }
  return longest;
}

// In a sentence, with nothing that announces it, and with a word that does.
void expect_hidden(const Spelling& spelling, const std::string& word) {
  const std::string text = "請於明天下午前" + word + spelling.text + "洽王先生，謝謝";
  const std::string masked = mask_text(text);
  EXPECT_LE(digits_left(masked), 4u) << spelling.name << ": " << text << " -> " << masked;
  EXPECT_THAT(masked, ::testing::HasSubstr("***")) << spelling.name << ": " << text;
  EXPECT_EQ(mask_text(masked), masked) << spelling.name;
}

TEST(Spellings, MobilePhones) {
  for (const Spelling& spelling : spellings_of({{"0912", "345", "678"},
                                                {"0912", "345678"},
                                                {"09", "1234", "5678"},
                                                {"09", "12", "34", "56", "78"},
                                                each_digit("0912345678")})) {
    expect_hidden(spelling, "");
    const auto phone = parse_phone(spelling.text);
    ASSERT_TRUE(phone) << spelling.name << ": " << spelling.text;
    EXPECT_EQ(phone->number, "+886912345678") << spelling.name;
  }
}

TEST(Spellings, Landlines) {
  const struct {
    std::vector<std::vector<std::string>> groupings;
    const char* number;
  } kCases[] = {
      {{{"02", "2345", "6789"},
        {"02", "23456789"},
        {"02", "23", "45", "67", "89"},
        each_digit("0223456789")},
       "+886223456789"},
      {{{"07", "345", "6789"}, {"07", "3456789"}}, "+88673456789"},
      {{{"037", "223", "456"}, {"037", "223456"}}, "+88637223456"},
      {{{"089", "323456"}}, "+88689323456"},
      {{{"070", "1234", "5678"}}, "+8867012345678"},
  };
  for (const auto& one : kCases) {
    for (const Spelling& spelling : spellings_of(one.groupings)) {
      expect_hidden(spelling, "");
      const auto phone = parse_phone(spelling.text);
      ASSERT_TRUE(phone) << spelling.name << ": " << spelling.text;
      EXPECT_EQ(phone->number, one.number) << spelling.name;
    }
  }
}

TEST(Spellings, OfTheCountryOrTheAreaInFront) {
  for (const auto& [form, digits] : digit_forms()) {
    for (const char* number :
         {"+886912345678",       "+886-912-345-678",    "+886 (0)912 345 678", "(+886)912345678",
          "+(886)912-345-678",   "00886912345678",      "00886-912-345-678",   "002886912345678",
          "002-886-912-345-678", "009 886 912 345 678", "886-912-345-678",     "886912345678",
          "(02)2345-6789",       "（02）2345-6789",     "[02]2345-6789",       "(02) 2345 6789",
          "+886-2-2345-6789",    "00886-2-23456789",    "002-886-2-2345-6789", "(037)223456"}) {
      const Spelling spelling{form, written(number, digits)};
      expect_hidden(spelling, "");
      EXPECT_TRUE(parse_phone(spelling.text)) << spelling.text;
    }
    for (const char* number : {"+81 90-1234-5678", "+1 (415) 555-2671", "002-81-90-1234-5678"})
      expect_hidden({form, written(number, digits)}, "");
  }
}

TEST(Spellings, WithAnExtension) {
  for (const char* tail : {"#123", "＃123", "轉123", "轉 123", "分機123", "分機 123", " ext. 123",
                           " ext123", "x123", "轉１２３", "分機一二三"}) {
    for (const auto& [name, separator] : separators()) {
      const std::string number = joined({"02", "2345", "6789"}, digit_forms()[0].second, separator);
      expect_hidden({name, number + tail}, "");
      const auto phone = parse_phone(number + tail);
      ASSERT_TRUE(phone) << name << tail;
      EXPECT_EQ(phone->number, "+886223456789") << name << tail;
      EXPECT_EQ(phone->extension, "123") << name << tail;
    }
  }
}

TEST(Spellings, MistypedOrWithoutAreaButSaidToBeTelephones) {
  for (const char* word : {"電話", "電話：", "電話 ", "手機", "手機號碼：", "連絡電話:", "tel",
                           "Tel. ", "phone ", "TEL:", "行動電話 ", "聯絡電話為 ", "fax "}) {
    for (const char* number :
         {"(08)9029481",      "089029481",    "091234567",      "09123456789",
          "0912-34-5678",     "0912-3456-78", "2345-6789",      "23456789",
          "345-6789",         "912345678",    "912-345-678",    "0212345678",
          "02-1234-5678",     "02-234-5678",  "0912 345 67",    "０８－９０２－９４８１",
          "二三四五六七八九", "0912/345/67",  "223456",         "(080)902948",
          "080123456",        "08001234567",  "09123456789012", "091234567890123456"}) {
      expect_hidden({word, number}, word);
    }
  }
}

TEST(Spellings, IdentityNumbers) {
  for (const char* id : {"A123456789", "A800000014", "F131104093"}) {
    const std::string letter(1, id[0]);
    const std::string digits(id + 1);
    for (const auto& [form, written_digits] : digit_forms()) {
      for (const auto& [name, separator] : separators()) {
        for (const std::vector<std::string>& groups :
             {std::vector<std::string>{digits.substr(0, 3), digits.substr(3, 3), digits.substr(6)},
              each_digit(digits)}) {
          const std::string number = joined(groups, written_digits, separator);
          expect_hidden({form + ", " + name, letter + number}, "");
          expect_hidden({form + ", " + name, letter + separator + number}, "");
        }
      }
    }
    for (const char* before : {"ID", "id", "ID:", "ID ", "IDNO", "身分證", "身分證字號：", "ARC "})
      expect_hidden({before, id}, before);
  }
  for (const char* mistyped :
       {"A123456780", "A12345678", "A1234567890", "a-123-456-780", "300123456", "0000 1234 5678"}) {
    for (const char* before : {"身分證", "身分證字號：", "居留證號 ", "護照號碼 ", "健保卡 "})
      expect_hidden({before, mistyped}, before);
  }
}

TEST(Spellings, CustomerNumbersAndCards) {
  for (const Spelling& spelling : spellings_of({{"07", "12", "3456", "78", "9"}})) {
    if (spelling.text.find("0712345678") != std::string::npos) continue;  // then nothing tells it
    expect_hidden(spelling, "電號 ");
  }
  for (const Spelling& spelling : spellings_of({{"10", "40", "4406", "50", "9"}}))
    expect_hidden(spelling, "電號");
  for (const Spelling& spelling : spellings_of({{"4111", "1111", "1111", "1111"}}))
    expect_hidden(spelling, "刷卡");
  for (const char* word : {"水號", "水號：", "帳號 ", "用戶編號 ", "客戶編號:", "用水編號"}) {
    for (const char* number : {"12345678901", "1-23-456789-0", "4G-30-012345-6", "A1234567"})
      expect_hidden({word, number}, word);
  }
}

TEST(Spellings, WhatStandsBesideANumberDoesNotHideIt) {
  for (const char* text : {"0912345678三支手機",
                           "三支0912345678",
                           "請於3月2日0912345678回電",
                           "0912345678一早",
                           "0912-345-678/0922-333-444",
                           "0912345678、0922333444",
                           "0912345678-0223456789",
                           "1.0912-345-678 2.0922-333-444",
                           "0912345678,0922333444,02-23456789",
                           "案號13115030200001004 0912345678",
                           "號碼是0912 345 678 9",
                           "[0912345678]",
                           "{0912-345-678}",
                           "0912345678@",
                           "0912-345-678?",
                           "時間10:30 0912345678",
                           "電話23456789三樓",
                           "02-23456789-12",
                           "IDA123456789",
                           "id_A123456789"}) {
    for (const char* whole :
         {"0912345678", "345-678", "345 678", "0922333444", "23456789", "A123456789"})
      EXPECT_THAT(mask_text(text), ::testing::Not(::testing::HasSubstr(whole))) << text;
  }
}

TEST(Spellings, WhatIsNobodysStaysReadable) {
  for (const char* text : {"2026-03-02",
                           "2026/03/02",
                           "2026.03.02",
                           "115/03/02",
                           "115.3.2",
                           "民國115年3月2日",
                           "一一五年三月二日",
                           "20260302",
                           "1150302",
                           "2026-03-02 09:12:34",
                           "2026/03/02 0912",
                           "2026-09-25-12-34-56",
                           "09/25-09/27 08:00",
                           "09/12 09:12-17:30",
                           "09:00-17:30",
                           "0900-1800",
                           "08:30~17:30",
                           "2026-02-23 10:20:30",
                           "03/02 10:20",
                           "115.02.23-115.03.25",
                           "2019-2026",
                           "108-115 年",
                           "1911-2026",
                           "12,345,678 元",
                           "金額 12345678 元",
                           "NT$1,234,567",
                           "一千二百三十四萬五千六百七十八元",
                           "3.14159265",
                           "24.147736, 120.673648",
                           "24.1477,120.6736",
                           "22.9997,120.2270",
                           "25.0330 121.5654",
                           "0.912345",
                           "v1.2.3.4",
                           "192.168.100.200",
                           "10.0.0.1:7480",
                           "AB0912345678",
                           "XA123456789",
                           "SKU-4470-22-9",
                           "PN 8 902 334",
                           "ISBN 978-986-1234-56-7",
                           "SN:2026-03-0001",
                           "第一二三四條",
                           "二十四小時",
                           "三七五減租",
                           "四五六七樓",
                           "1911",
                           "1999",
                           "0800-024-111",
                           "412-8185",
                           "電話 0800024111",
                           "編號 20260302",
                           "來電日期 20260302",
                           "來電 20260302 反映",
                           "電話費 1234567 元",
                           "度數 23456789",
                           "電費 12345678 元",
                           "3 5 7 9 11 13",
                           "1 2 3 4 5 6",
                           "02 12 25 30 41 45",
                           "01 02 23 45 67 89",
                           "09 12 25 30 41 45",
                           "115年度第 3 季",
                           "地號 1234-5678",
                           "郵遞區號 70101",
                           "訂單 1234567890",
                           "行動支付交易序號 2026030212",
                           "手機驗證碼 123456",
                           "統一發票 12345678",
                           "13115030200001004",
                           "案號 13 1150302 00001 00 4",
                           "案號 13-1150302-00001-00-4",
                           "1 3 1 1 5 0 3 0 2 0 0 0 0 1 0 0 4",
                           "１３１１５０３０２００００１００４"}) {
    EXPECT_EQ(mask_text(text), text);
  }
}

// Read out digit by digit, some case numbers hold what a telephone begins with.
TEST(Spellings, CaseNumbersStayReadableHoweverTheyAreWritten) {
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    const auto month = 1 + random() % 12;
    const auto day = 1 + random() % 28;
    const CaseId id = CaseId::make(static_cast<std::uint8_t>(1 + random() % 99),
                                   static_cast<std::uint32_t>(1150000 + month * 100 + day),
                                   1 + random() % 99'999);
    const std::string number = format_case_number(static_cast<PartitionId>(random() % 64), id);
    for (const auto& [name, separator] : separators()) {
      const std::string spaced = joined(each_digit(number), digit_forms()[0].second, separator);
      ASSERT_EQ(mask_text("案號 " + spaced), "案號 " + spaced) << name;
      const std::string printed =
          joined({number.substr(0, 2), number.substr(2, 7), number.substr(9, 5),
                  number.substr(14, 2), number.substr(16)},
                 digit_forms()[0].second, separator);
      ASSERT_EQ(mask_text("電話查詢案號 " + printed), "電話查詢案號 " + printed) << name;
    }
  }
}

// Either way round: what is found as a whole telephone is dialled, and what can be dialled is
// hidden.
TEST(Spellings, WhatIsFoundByItIsHiddenAndTheOtherWayRound) {
  std::mt19937 random(20260302);
  const auto pick = [&random](const auto& list) { return list[random() % list.size()]; };
  int dialled = 0;
  for (int i = 0; i < 20'000; ++i) {
    // A mobile or a landline, each digit in a form of its own, separators anywhere.
    std::string number = random() % 2 == 0 ? "09" : "02" + std::to_string(2 + random() % 7);
    while (number.size() < 10) number += static_cast<char>('0' + random() % 10);
    const auto& [form, digits] = pick(digit_forms());
    const auto& [name, separator] = pick(separators());
    const std::size_t second = 2 + random() % 3 * 2;
    const std::string text =
        joined({number.substr(0, second), number.substr(second)}, digits, separator);
    const auto phone = parse_phone(text);
    if (!phone) continue;  // blocks that were never given out
    ++dialled;
    const std::vector<Found> found = find_personal("洽" + text + "。");
    ASSERT_EQ(found.size(), 1u) << form << ", " << name << ": " << text;
    EXPECT_EQ(parse_phone(text)->number, "+886" + number.substr(1)) << text;
    EXPECT_LE(digits_left(mask_text("洽" + text + "。")), 4u) << text;
  }
  EXPECT_GT(dialled, 10'000);
}

// Linear, it takes some seconds at most without optimisation; quadratic, it would take hours.
TEST(Spellings, LongTextsOfFewSignsEndSoon) {
  for (const char* piece : {"零", "零 ", "0 ", "0\u200b", "0一", "1️⃣", "0、", "電話0 ", "ID",
                            "A1 ", "1 3 ", "886 ", "+8 ", "水號A1", "0-", "\u200b", "⑴"}) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    find_personal(text);
  }
}

}  // namespace
}  // namespace casewheel::access
