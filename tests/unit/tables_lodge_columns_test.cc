// Tables whose columns are named as the fields of LodgeCaseRequest, JSON Lines, and text as others save it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "engine/base/charset.h"
#include "engine/tables/csv.h"
#include "engine/tables/json_lines.h"
#include "engine/tables/lodge_columns.h"

namespace casewheel::tables {
namespace {

using ::testing::HasSubstr;
using Outcome = RowReader::Outcome;

TEST(LodgeColumns, NamesLeadToFields) {
  LodgeColumns columns;
  ASSERT_EQ(columns.bind({"request_id", "applicant.name", "channel", "kind", "received_time",
                          "missing_documents", "place.position.latitude", "attribute:kind",
                          "externalReference"}),
            "");
  v1::LodgeCaseRequest request;
  ASSERT_EQ(columns.read({"r-1", "林小姐", "e-mail", "KIND_FAULT_REPORT",
                          "2026-01-05T09:30:00+08:00", "發票;照片", "24.14", "a;b", "crm-7"},
                         &request),
            "channel: is not a known word");
  request.Clear();
  ASSERT_EQ(columns.read({"r-1", "林小姐", "email", "fault-report", "2026-01-05T09:30:00+08:00",
                          "發票;照片", "24.14", "a;b", "crm-7"},
                         &request),
            "");
  EXPECT_EQ(request.request_id(), "r-1");
  EXPECT_EQ(request.applicant().name(), "林小姐");
  EXPECT_EQ(request.channel(), v1::CHANNEL_EMAIL);
  EXPECT_EQ(request.kind(), v1::KIND_FAULT_REPORT);
  EXPECT_EQ(request.received_time().seconds(), 1767576600);
  EXPECT_EQ(request.missing_documents_size(), 2);
  EXPECT_DOUBLE_EQ(request.place().position().latitude(), 24.14);
  ASSERT_EQ(request.attributes_size(), 1);
  EXPECT_EQ(request.attributes(0).values(1), "b");
  EXPECT_EQ(request.external_reference(), "crm-7");
}

TEST(LodgeColumns, WhatIsNoColumnIsNamed) {
  for (const char* name :
       {"moon", "", "applicant", "applicant.", "applicant.moon", "place.position", "request_id.x",
        "attributes", "attribute:", ".", "fees"}) {
    LodgeColumns columns;
    EXPECT_THAT(columns.bind({"request_id", name}), HasSubstr("columns that are no fields"))
        << name;
  }
  LodgeColumns columns;
  EXPECT_THAT(columns.bind({"subject", "subject"}), HasSubstr("twice"));
  EXPECT_THAT(columns.bind(std::vector<std::string>(513, "x")), HasSubstr("512"));
}

TEST(LodgeColumns, WhatDoesNotFitNamesItsColumn) {
  LodgeColumns columns;
  ASSERT_EQ(columns.bind({"received_time", "place.position.longitude"}), "");
  v1::LodgeCaseRequest request;
  EXPECT_THAT(columns.read({"yesterday", ""}, &request), HasSubstr("received_time"));
  EXPECT_THAT(columns.read({"", "12x"}, &request), HasSubstr("place.position.longitude"));
  EXPECT_THAT(columns.read({""}, &request), HasSubstr("columns"));
  EXPECT_EQ(columns.read({"", ""}, &request), "");
}

TEST(JsonLines, ObjectsAreRowsAndTheirMembersColumns) {
  std::istringstream in(
      "{\"a\": \"1\", \"b\": {\"c\": 2, \"d\": [\"x\", 3]}}\n"
      "\n"
      "{\"e\": true, \"a\": null}\r\n"
      "[1]\n"
      "{\"a\": 1, \"a\": 2}");
  JsonLinesReader reader(in);
  Row row;
  ASSERT_EQ(reader.next(&row), Outcome::kRow);
  EXPECT_EQ(row.fields, (std::vector<std::string>{"a", "b.c", "b.d", "e"}));
  ASSERT_EQ(reader.next(&row), Outcome::kRow);
  EXPECT_EQ(row.fields, (std::vector<std::string>{"1", "2", "x;3", ""}));
  ASSERT_EQ(reader.next(&row), Outcome::kRow);
  EXPECT_EQ(row.line, 3u);
  EXPECT_EQ(row.fields, (std::vector<std::string>{"", "", "", "true"}));
  for (const std::uint64_t line : {4, 5}) {
    ASSERT_EQ(reader.next(&row), Outcome::kError);
    EXPECT_EQ(row.line, line);
    EXPECT_FALSE(reader.error().empty());
  }
  EXPECT_EQ(reader.next(&row), Outcome::kEnd);
  EXPECT_EQ(reader.next(&row), Outcome::kEnd);
}

TEST(JsonLines, DepthIsLimited) {
  std::string deep;
  for (int i = 0; i < 50; ++i) deep += "{\"a\":";
  std::istringstream in("{\"a\": 1}\n" + deep);
  JsonLinesReader reader(in);
  Row row;
  ASSERT_EQ(reader.next(&row), Outcome::kRow);
  ASSERT_EQ(reader.next(&row), Outcome::kRow);
  EXPECT_EQ(reader.next(&row), Outcome::kError);
}

TEST(Charset, AsProgramsSaveText) {
  const auto read = [](std::string bytes) {
    const SavedText saved = as_saved(std::move(bytes));
    return decoded(saved.text, saved.charset).text;
  };
  const std::string text = "案號,主旨";
  EXPECT_EQ(read(text), text);
  EXPECT_EQ(read("\xef\xbb\xbf" + text), text);
  EXPECT_EQ(read(std::string("\xff\xfeH\x68", 4)), "\xe6\xa1\x88");  // 案, little end first
  EXPECT_EQ(read(std::string("\xfe\xff\x68H", 4)), "\xe6\xa1\x88");  // big end first
  EXPECT_EQ(read("\xae\xd7\xb8\xb9"), "案號");                       // Big5
  EXPECT_EQ(read(""), "");
}

TEST(Charset, TheMajorityOfLinesTellsWhatHasNoMark) {
  const std::string utf8 = "編號,主旨\n";
  const std::string big5 = "\xae\xd7\xb8\xb9\n";
  EXPECT_EQ(as_saved(utf8 + utf8 + big5).charset, Charset::kUtf8);
  EXPECT_EQ(as_saved(big5 + big5 + utf8).charset, Charset::kBig5);
  EXPECT_EQ(as_saved("a,b\n1,2\n").charset, Charset::kUtf8);
  // Far into the text, in pieces, and with a line longer than is looked at.
  CharsetGuess guess;
  guess.add(std::string(200'000, 'x'));
  for (const char c : "\n" + big5) guess.add(std::string(1, c));
  EXPECT_EQ(guess.charset(), Charset::kBig5);
  std::string line;
  for (int i = 0; i < 3000; ++i) line += "案";
  EXPECT_EQ(as_saved("a" + line + "\n").charset, Charset::kUtf8);
  EXPECT_EQ(as_saved("ab" + line + "\n").charset, Charset::kUtf8);
}

TEST(Charset, HalfASurrogatePairStaysWrongAndTheRestIsRead) {
  const std::string saved(
      "\xff\xfe"
      "a\0\n\0"
      "\0\xd8"
      "b\0\n\0"
      "c\0",
      14);
  const SavedText text = as_saved(saved);
  EXPECT_EQ(text.text,
            "a\n\xed\xa0\x80"
            "b\nc");
  EXPECT_EQ(decoded(text.text, text.charset).wrong, "ED");
  EXPECT_EQ(as_saved(std::string("\xff\xfe"
                                 "a\0b",
                                 5))
                .text,
            "a\xff");
  // In time that grows with the text.
  std::string many("\xff\xfe");
  for (int i = 0; i < 300'000; ++i) many.append("\0\xd8", 2);
  EXPECT_EQ(as_saved(many).text.size(), 900'000u);
}

TEST(Charset, EveryUserDefinedCharacterOfBig5HasItsOwn) {
  std::set<std::string> kept;
  for (const auto& [first, last] :
       {std::pair(0xfa, 0xfe), std::pair(0x8e, 0xa0), std::pair(0x81, 0x8d)}) {
    for (int lead = first; lead <= last; ++lead) {
      for (int trail = 0x40; trail <= 0xfe; ++trail) {
        if (trail == 0x7f) trail = 0xa1;
        const std::string bytes{static_cast<char>(lead), static_cast<char>(trail)};
        const Decoded one = decoded(bytes, Charset::kBig5);
        EXPECT_EQ(one.wrong, "");
        EXPECT_FALSE(one.user_defined.empty());
        EXPECT_TRUE(kept.insert(one.text).second);
      }
    }
  }
  EXPECT_EQ(*kept.begin(), "\ue000");
  EXPECT_EQ(*kept.rbegin(), "\uf6b0");
  EXPECT_EQ(decoded("\xc8\xfe", Charset::kBig5).text, "\uf848");
  EXPECT_EQ(decoded("\x81\x40", Charset::kBig5).user_defined, "8140, kept as U+EEB8");
}

TEST(JsonLines, ACharacterThatIsNotBig5CostsItsLine) {
  std::istringstream in(
      "{\"a\": \"\xa4\xfd\xfa\x40\"}\n{\"a\": \"\xff\"}\n{\"a\": \"\xa4\xfd\"}\n");
  JsonLinesReader reader(in, Charset::kBig5);
  Row row;
  ASSERT_EQ(reader.next(&row), RowReader::Outcome::kRow);
  ASSERT_EQ(reader.next(&row), RowReader::Outcome::kRow);
  EXPECT_EQ(row.fields.at(0), "王\ue000");
  EXPECT_EQ(row.warnings.size(), 1u);
  EXPECT_EQ(reader.next(&row), RowReader::Outcome::kError);
  EXPECT_EQ(reader.error(), "the line holds FF 22, which is not Big5");
  EXPECT_EQ(reader.next(&row), RowReader::Outcome::kRow);
  EXPECT_EQ(row.fields.at(0), "王");
  EXPECT_TRUE(row.warnings.empty());
}

TEST(Csv, ACellIsNoFormula) {
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("@SUM(A1),x"), "\"'@SUM(A1),x\"");
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell(""), "");
  for (const char* formula : {"=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1+1", "＝1+1",
                              "＋cmd", "－1", "＠SUM(A1)"})
    EXPECT_EQ(csv_cell(formula), csv_field("'" + std::string(formula))) << formula;
}

TEST(Csv, ACellIsReadBackAsItWas) {
  for (const char* text : {"", "plain", "'", "'quoted'", "=1", "'=1", "''=1", "＝1", "'＝1", "\n=1",
                           "-", "O'Neill", "臺南"}) {
    const std::string cell = csv_cell(text);
    std::istringstream in(cell + ",\n");
    CsvReader reader(in);
    Row row;
    ASSERT_EQ(reader.next(&row), RowReader::Outcome::kRow) << text;
    EXPECT_EQ(cell_text(row.fields.at(0)), text) << cell;
  }
  EXPECT_EQ(cell_text("'tis"), "'tis") << "an apostrophe of its own stays";
}

}  // namespace
}  // namespace casewheel::tables
