// The CSV reader: what RFC 4180 allows is read, what it does not is one error with its line, and
// reading goes on behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/tables/csv.h"

namespace casewheel::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> warnings;
  std::uint64_t unread_lines = 0;
  std::vector<std::uint64_t> lines;
  std::vector<std::pair<std::uint64_t, std::string>> errors;
};

Read read(const std::string& text, CsvLimits limits = {}, Charset charset = Charset::kUtf8) {
  std::istringstream in(text);
  CsvReader reader(in, limits, charset);
  Row row;
  Read all;
  for (;;) {
    switch (reader.next(&row)) {
      case CsvReader::Outcome::kEnd:
        return all;
      case CsvReader::Outcome::kRow:
        all.rows.push_back(row.fields);
        all.lines.push_back(row.line);
        all.warnings.insert(all.warnings.end(), row.warnings.begin(), row.warnings.end());
        break;
      case CsvReader::Outcome::kError:
        all.errors.emplace_back(row.line, reader.error() + lines_lost_with(row));
        all.unread_lines += row.lines_behind();
        break;
    }
  }
}

TEST(Csv, QuotesCommasAndLineBreaksInsideFields) {
  const Read all = read("a,\"b,1\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",x,\n");
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("a", "b,1", "say \"hi\""),
                                    ElementsAre("two\r\nlines", "x", "")));
  EXPECT_THAT(all.lines, ElementsAre(1u, 2u));
}

TEST(Csv, ByteOrderMarkCrLfAndMissingLastLineBreak) {
  EXPECT_THAT(read("\xef\xbb\xbf"
                   "a,b\r\n1,2\r\n3,4")
                  .rows,
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"), ElementsAre("3", "4")));
  EXPECT_TRUE(read("").rows.empty());
  EXPECT_TRUE(read("\xef\xbb\xbf").rows.empty());
}

TEST(Csv, EmptyLinesAreNoRowsAndLineNumbersCountThem) {
  const Read all = read("a\n\n\r\nb\n");
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("a"), ElementsAre("b")));
  EXPECT_THAT(all.lines, ElementsAre(1u, 4u));
}

TEST(Csv, LoneCarriageReturnIsData) {
  EXPECT_THAT(read("a\rb,c\n").rows, ElementsAre(ElementsAre("a\rb", "c")));
}

TEST(Csv, BrokenQuotesCostOneRow) {
  const Read all = read("ok,1\nbad\"quote,2\n\"closed\"too soon,3\nok,4\n");
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("ok", "1"), ElementsAre("ok", "4")));
  ASSERT_EQ(all.errors.size(), 2u);
  EXPECT_EQ(all.errors[0].first, 2u);
  EXPECT_EQ(all.errors[1].first, 3u);
}

TEST(Csv, UnclosedQuoteSaysWhereItWasOpened) {
  const Read all = read("a,b\n1,\"never\nclosed\n");
  ASSERT_EQ(all.errors.size(), 1u);
  EXPECT_EQ(all.errors[0].first, 2u);
  EXPECT_THAT(all.errors[0].second, HasSubstr("line 2"));
}

TEST(Csv, RowsThatAnOpenQuoteSwallowsAreCounted) {
  Read all = read("a,b\n1,\"never\n2,x\n3,y\n4,z\n");
  ASSERT_EQ(all.errors.size(), 1u);
  EXPECT_EQ(all.unread_lines, 3u);
  EXPECT_EQ(
      all.errors[0].second,
      "the quote opened on line 2 is never closed; lines 3 to 5 went with it and were not read");
  // Closed by the quote of a later row.
  all = read("a,b\n1,\"never\n2,\"x\"\n3,y\n");
  ASSERT_EQ(all.errors.size(), 1u);
  EXPECT_EQ(all.unread_lines, 1u);
  EXPECT_THAT(all.errors[0].second, HasSubstr("the one opened on line 2; line 3 went with it"));
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("3", "y")));
  // However much it swallowed: the limit that was met on the way says less.
  all = read("a,b\n1,\"" + std::string(100'000, 'x') + "\ny\n");
  ASSERT_EQ(all.errors.size(), 1u);
  EXPECT_THAT(all.errors[0].second, HasSubstr("opened on line 2 is never closed"));
  // As it ends without a line break.
  EXPECT_EQ(read("a,b\n1,\"never\n2,x").unread_lines, 1u);
  EXPECT_EQ(read("a,b\n1,\"never").unread_lines, 0u);
}

TEST(Csv, ARowHasTheLinesOfItsQuotedBreaks) {
  std::istringstream in("a\n\"x\ny\nz\"\nb\n");
  CsvReader reader(in);
  Row row;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> lines;
  while (reader.next(&row) == CsvReader::Outcome::kRow) lines.emplace_back(row.line, row.last_line);
  EXPECT_THAT(lines, ElementsAre(std::pair(1u, 1u), std::pair(2u, 4u), std::pair(5u, 5u)));
}

TEST(Csv, ACharacterThatIsNotBig5CostsItsRow) {
  // 王, FA40 of the user-defined characters, and a byte that is none.
  const std::string name = "\xa4\xfd";
  const Read all = read("id,name\n1," + name + "\n2," + name + "\xfa\x40\n3,\xff" + name +
                            "\n4,\x81\n5," + name + "\n",
                        {}, Charset::kBig5);
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("id", "name"), ElementsAre("1", "王"),
                                    ElementsAre("2", "王\ue000"), ElementsAre("5", "王")));
  EXPECT_THAT(all.warnings, ElementsAre("column 2 holds a user-defined character (造字) of Big5, "
                                        "FA40, kept as U+E000"));
  ASSERT_EQ(all.errors.size(), 2u);
  EXPECT_EQ(all.errors[0].first, 4u);
  EXPECT_EQ(all.errors[0].second, "column 2 holds FF A4, which is not Big5");
  EXPECT_EQ(all.errors[1].second, "column 2 holds 81, which is not Big5");
}

TEST(Csv, LimitsCostOneRowAndNoMemory) {
  const CsvLimits limits{8, 20, 3};
  const Read all = read("123456789,x\n\"" + std::string(100'000, 'y') +
                            "\n\",x\n1234567,1234567,1234567\na,b,c,d\na,b,c\n",
                        limits);
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("a", "b", "c")));
  ASSERT_EQ(all.errors.size(), 4u);
  EXPECT_THAT(all.errors[0].second, HasSubstr("longer than 8 bytes"));
  EXPECT_THAT(all.errors[1].second, HasSubstr("longer than 8 bytes"));
  EXPECT_THAT(all.errors[2].second, HasSubstr("row is longer than 20"));
  EXPECT_THAT(all.errors[3].second, HasSubstr("more than 3 columns"));
}

TEST(Csv, MalformedUtf8IsAnErrorNotAField) {
  const Read all =
      read("a,b\nx,\xff\xfe\ny,\xe5\x8f\xb0\n");  // a stream of messages must never carry it
  EXPECT_THAT(all.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("y", "台")));
  EXPECT_EQ(all.errors[0].second, "column 2 holds FF, which is not UTF-8");
}

TEST(Csv, BuffersMayEndAnywhere) {
  for (const std::size_t length : {65533u, 65534u, 65535u, 65536u, 65537u}) {
    CsvLimits limits;
    limits.field_bytes_max = 200'000;
    const std::string field(length, 'z');
    const Read all = read(field + "\r\n\"q\"\"\",w\r\n", limits);
    ASSERT_EQ(all.rows.size(), 2u) << length;
    EXPECT_EQ(all.rows[0][0], field);
    EXPECT_THAT(all.rows[1], ElementsAre("q\"", "w"));
  }
}

TEST(Csv, WrittenFieldsReadBack) {
  std::string line;
  const std::vector<std::string> fields = {"plain", "a,b", "\"", "x\ny", "", "中文"};
  for (const std::string& field : fields) line += (line.empty() ? "" : ",") + csv_field(field);
  EXPECT_THAT(read(line + "\n").rows, ElementsAre(fields));
}

}  // namespace
}  // namespace casewheel::tables
