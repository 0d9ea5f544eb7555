// What counts as text, and what compares as the same; and the digests that key rows.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/base/digest.h"
#include "engine/base/text.h"

namespace casewheel {
namespace {

TEST(Text, KeepsWhatIsClean) {
  for (const char* text : {"", "hello", "王大明", "路燈不亮 ABC", "𠮷野家", "ﾃｽﾄ", "👍🏽"}) {
    const auto clean = clean_text("name", text, 100, TextKind::kLine);
    ASSERT_TRUE(clean) << text;
    EXPECT_EQ(*clean, text);
  }
}

TEST(Text, ComposesToNfc) {
  EXPECT_EQ(*clean_text("name", "e\xCC\x81", 100, TextKind::kLine), "\xC3\xA9");  // e and an acute
  EXPECT_EQ(*clean_text("name", "\xE3\x82\xAB\xE3\x82\x99", 100, TextKind::kLine),
            "\xE3\x82\xAC");  // か゛-like kana
  EXPECT_EQ(*clean_text("name", "\xEF\xA4\x80", 100, TextKind::kLine),
            "\xE8\xB1\x88");  // compatibility ideograph U+F900
}

TEST(Text, RefusesWhatIsNot) {
  const struct {
    const char* name;
    std::string text;
    TextKind kind;
  } kCases[] = {
      {"control", std::string("a\x01") + "b", TextKind::kFree},
      {"nul", std::string("a\0b", 3), TextKind::kFree},
      {"delete", "a\x7f", TextKind::kFree},
      {"newline in a line", "a\nb", TextKind::kLine},
      {"tab in a line", "a\tb", TextKind::kLine},
      {"c1 control", "\xC2\x85", TextKind::kFree},
      {"byte order mark", "\xEF\xBB\xBFtext", TextKind::kFree},
      {"cut off", "\xE7\x8E", TextKind::kFree},
      {"overlong", "\xC0\x80", TextKind::kFree},
      {"surrogate", "\xED\xA0\x80", TextKind::kFree},
      {"beyond Unicode", "\xF4\x90\x80\x80", TextKind::kFree},
      {"latin-1", "caf\xE9", TextKind::kFree},
      {"newline beside ideographs", "王\n明", TextKind::kLine},
  };
  for (const auto& c : kCases) {
    const auto clean = clean_text("case.subject", c.text, 100, c.kind);
    ASSERT_FALSE(clean) << c.name;
    EXPECT_EQ(clean.error().fields.at(0).field, "case.subject") << c.name;
  }
  EXPECT_TRUE(clean_text("text", "a\n\tb\r\n王", 100, TextKind::kFree));
}

TEST(Text, RefusesWhatTurnsTheDirectionOfWriting) {
  for (const char* sign : {"\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
                           "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    for (const TextKind kind : {TextKind::kLine, TextKind::kFree}) {
      const std::string text = "發票" + std::string(sign) + "fdp.exe";
      const auto clean = clean_text("case.subject", text, 100, kind);
      ASSERT_FALSE(clean) << text;
      EXPECT_EQ(clean.error().fields.at(0).field, "case.subject");
    }
  }
  EXPECT_NE(
      clean_text("case.subject", "a\u202e", 9, TextKind::kLine).error().message.find("U+202E"),
      std::string::npos);
}

TEST(Text, RefusesInALineWhatCannotBeSeen) {
  for (const char* sign : {"\u00ad", "\u180e", "\u200b", "\u2028", "\u2029", "\u2060", "\u2063",
                           "\u2800", "\u3164", "\u115f", "\uffa0", "\ufff9", "\U000e0041"}) {
    const std::string text = "管理" + std::string(sign) + "員";
    EXPECT_FALSE(clean_text("name", text, 100, TextKind::kLine)) << text;
    EXPECT_TRUE(clean_text("text", text, 100, TextKind::kFree)) << text;
  }
  // What joins the parts of one sign, and what chooses between forms of an ideograph, is seen.
  EXPECT_TRUE(clean_text("name", "👨\u200d👩\u200d👧", 100, TextKind::kLine));
  EXPECT_TRUE(clean_text("name", "葛\U000e0100城", 100, TextKind::kLine));
  EXPECT_TRUE(clean_text("name", "❤\ufe0f", 100, TextKind::kLine));
  EXPECT_FALSE(clean_text("name", "admin\u200d", 100, TextKind::kLine));
  EXPECT_FALSE(clean_text("name", "\u200d王", 100, TextKind::kLine));
}

TEST(Text, IsCutAtACharacter) {
  EXPECT_EQ(first_bytes("王大明", 9), "王大明");
  EXPECT_EQ(first_bytes("王大明", 8), "王大");
  EXPECT_EQ(first_bytes("王大明", 7), "王大");
  EXPECT_EQ(first_bytes("王大明", 2), "");
  EXPECT_EQ(first_bytes("abc", 2), "ab");
  EXPECT_EQ(first_bytes("", 0), "");
}

TEST(Text, BytesThatAreNoneAreReplaced) {
  EXPECT_EQ(valid_utf8("王"), "王");
  EXPECT_EQ(valid_utf8("a\xe7\x8e"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_TRUE(is_utf8(valid_utf8("\xff\xc0\x80\xed\xa0\x80")));
}

TEST(Text, OfALogIsOneVisibleLine) {
  EXPECT_EQ(visible("王大明 ok"), "王大明 ok");
  EXPECT_EQ(visible("a\r\n2026-01-01 forged"), "a\\x0d\\x0a2026-01-01 forged");
  EXPECT_EQ(visible("\x1b[2J\x7f\xff"), "\\x1b[2J\\x7f\\xff");
  EXPECT_EQ(visible("a\u0085\u202e\u2028"), "a\\u{85}\\u{202e}\\u{2028}");
}

TEST(Text, CountsCharactersNotBytes) {
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += "明";
  EXPECT_TRUE(clean_text("name", ten, 10, TextKind::kLine));
  EXPECT_FALSE(clean_text("name", ten + "明", 10, TextKind::kLine));
  EXPECT_TRUE(clean_text("name", "0123456789", 10, TextKind::kLine));
  EXPECT_FALSE(clean_text("name", "0123456789a", 10, TextKind::kLine));
}

TEST(Text, FoldsWidthCaseAndSigns) {
  EXPECT_EQ(folded("ＡＢＣ－１２３"), "abc123");
  EXPECT_EQ(folded("Straße"), folded("STRASSE"));
  EXPECT_EQ(folded(" 王 大 明 "), "王大明");
  EXPECT_EQ(folded("\xff"), "");
}

TEST(Utf8, IsToldFromOtherBytes) {
  for (const std::string_view good : {"", "plain", "主旨", "\U0001f600", "\xef\xbf\xbf"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const std::string_view bad :
       {"\xff", "\xc0\x80", "a\xe4\xb8", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(hex(bytes_of(sha256(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(bytes_of(sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, PartsDoNotRunTogether) {
  EXPECT_NE(sha256_of_parts({"ab", "c"}), sha256_of_parts({"a", "bc"}));
  EXPECT_NE(sha256_of_parts({"", "a"}), sha256_of_parts({"a", ""}));
  EXPECT_NE(sha256_of_parts({"a"}), sha256_of_parts({"a", ""}));
  Sha256Stream stream;
  stream.add_part("ab");
  stream.add_part("c");
  EXPECT_EQ(stream.finish(), sha256_of_parts({"ab", "c"}));
}

TEST(Digest, TheShortOneIsNeverNone) {
  EXPECT_NE(short_digest(Sha256{}), 0u);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(short_digest(sha256(std::to_string(i))));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Blank, IsWhatNobodyCanRead) {
  for (const char* blank : {"", " ", "\t\n", "\u3000", "\u00a0 \u2003", "\u200b", "\u3164"})
    EXPECT_TRUE(is_blank(blank)) << blank;
  for (const char* text : {"a", " \u3000水", "\xff", "。"}) EXPECT_FALSE(is_blank(text)) << text;
}

}  // namespace
}  // namespace casewheel
