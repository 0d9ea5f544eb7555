// Reads CSV as RFC 4180 has it, one row at a time, from files nobody has checked: quotes, line
// breaks in quotes, CRLF or LF, a byte order mark. A row that cannot be read is an error with its
// line number and reading goes on behind it. Fields are decoded one by one, so that a wrong
// character costs its row.
// Memory is bounded by the limits. One thread.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/charset.h"
#include "engine/tables/rows.h"

namespace casewheel::tables {

struct CsvLimits {
  std::size_t field_bytes_max = 64 * 1024;  // sixteen times the longest description
  std::size_t row_bytes_max = 1024 * 1024;
  std::size_t columns_max = kColumnsMax;
};

class CsvReader final : public RowReader {
 public:
  // `in` must outlive the reader.
  explicit CsvReader(std::istream& in, CsvLimits limits = {}, Charset charset = Charset::kUtf8);

  // Empty lines are no rows.
  Outcome next(Row* row) override;
  const std::string& error() const override { return error_; }

 private:
  static constexpr int kEndOfInput = -1;
  int peek(std::size_t ahead = 0);
  int take();
  bool at_line_break();
  void take_line_break();
  void read_plain(std::string* field);
  void read_quoted(std::string* field);
  void append(std::string* field, int c);
  void decode(std::string* field, Row* row);
  void fail(std::string error);

  std::istream& in_;
  CsvLimits limits_;
  Charset charset_;
  std::vector<char> buffer_;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t last_line_ = 1;  // of what was taken last
  std::size_t row_bytes_ = 0;
  std::string error_;
  bool lost_ = false;  // quotes are broken: where the row ends is a guess
};

// A field as a row of CSV holds it: quoted where it must be.
std::string csv_field(std::string_view text);

// The same for people, who open it in a spreadsheet: what that would take for a formula has an apostrophe
// before it.
std::string csv_cell(std::string_view text);

// The text of a field that csv_cell() wrote: one apostrophe is taken off where it put one, and no other.
std::string_view cell_text(std::string_view cell);

}  // namespace casewheel::tables
