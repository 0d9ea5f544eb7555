#include "engine/tables/csv.h"

#include <algorithm>
#include <array>
#include <istream>

namespace casewheel::tables {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// A spreadsheet takes a cell that begins so for a formula. The full-width signs ＝＋－＠ are read as the
// half-width ones where the input method's language is Chinese or Japanese; before a line break, a tab
// or a carriage return a formula may begin all the same.
constexpr std::array<std::string_view, 11> kFormulaStarts = {
    "=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"};

// True of what a spreadsheet would take for a formula, and of the same behind apostrophes: a text that
// has an apostrophe of its own is told from one that was given it.
bool needs_apostrophe(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\''), text.size()));
  return std::any_of(kFormulaStarts.begin(), kFormulaStarts.end(),
                     [text](std::string_view start) { return text.starts_with(start); });
}

}  // namespace

CsvReader::CsvReader(std::istream& in, CsvLimits limits, Charset charset)
    : in_(in), limits_(limits), charset_(charset), buffer_(kBufferBytes) {
  if (peek(0) == 0xef && peek(1) == 0xbb && peek(2) == 0xbf) position_ = 3;  // byte order mark
}

int CsvReader::peek(std::size_t ahead) {
  if (position_ + ahead >= filled_) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(position_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= position_;
    position_ = 0;
    in_.read(buffer_.data() + filled_, static_cast<std::streamsize>(buffer_.size() - filled_));
    filled_ += static_cast<std::size_t>(in_.gcount());
    if (ahead >= filled_) return kEndOfInput;
  }
  return static_cast<unsigned char>(buffer_[position_ + ahead]);
}

int CsvReader::take() {
  const int c = peek();
  if (c == kEndOfInput) return c;
  ++position_;
  last_line_ = line_;
  if (c == '\n') ++line_;
  return c;
}

// LF or CRLF. A CR alone is data.
bool CsvReader::at_line_break() { return peek() == '\n' || (peek() == '\r' && peek(1) == '\n'); }

void CsvReader::take_line_break() {
  if (take() == '\r') take();
}

void CsvReader::fail(std::string error) {
  if (error_.empty()) error_ = std::move(error);
}

// Beyond a limit nothing is kept, but the row is still read to its end, quotes and all.
void CsvReader::append(std::string* field, int c) {
  ++row_bytes_;
  if (field->size() >= limits_.field_bytes_max) {
    fail("a field is longer than " + std::to_string(limits_.field_bytes_max) + " bytes");
  } else if (row_bytes_ > limits_.row_bytes_max) {
    fail("the row is longer than " + std::to_string(limits_.row_bytes_max) + " bytes");
  } else {
    field->push_back(static_cast<char>(c));
  }
}

void CsvReader::read_plain(std::string* field) {
  while (peek() != kEndOfInput && peek() != ',' && !at_line_break()) {
    if (peek() == '"') {
      fail("a quote inside a field that does not begin with one");
      lost_ = true;
      return;
    }
    append(field, take());
  }
}

void CsvReader::read_quoted(std::string* field) {
  const std::uint64_t opened_on = line_;
  take();
  for (;;) {
    const int c = take();
    if (c == kEndOfInput) {
      // Says more than a limit that was met on the way here.
      error_ = "the quote opened on line " + std::to_string(opened_on) + " is never closed";
      return;
    }
    if (c != '"') {
      append(field, c);
    } else if (peek() == '"') {
      append(field, take());
    } else {
      break;
    }
  }
  if (peek() != kEndOfInput && peek() != ',' && !at_line_break()) {
    fail("text after the quote that closes the one opened on line " + std::to_string(opened_on));
    lost_ = true;
  }
}

void CsvReader::decode(std::string* field, Row* row) {
  Decoded text = decoded(*field, charset_);
  const auto column = [row] { return "column " + std::to_string(row->fields.size() + 1); };
  if (!text.wrong.empty()) {
    fail(column() + " holds " + text.wrong + ", which is not " + name_of(charset_));
  } else if (!text.user_defined.empty()) {
    row->warnings.push_back(column() + " holds a user-defined character (造字) of Big5, " +
                            text.user_defined);
  }
  *field = std::move(text.text);
}

CsvReader::Outcome CsvReader::next(Row* row) {
  error_.clear();
  lost_ = false;
  row_bytes_ = 0;
  row->fields.clear();
  row->warnings.clear();
  while (at_line_break()) take_line_break();
  row->line = row->last_line = line_;
  if (peek() == kEndOfInput) return Outcome::kEnd;

  for (;;) {
    std::string field;
    if (peek() == '"') {
      read_quoted(&field);
    } else {
      read_plain(&field);
    }
    if (lost_) {  // the next line is the best guess at the next row
      while (peek() != kEndOfInput && !at_line_break()) take();
    }
    decode(&field, row);
    if (row->fields.size() < limits_.columns_max) {
      row->fields.push_back(std::move(field));
    } else {
      fail("the row has more than " + std::to_string(limits_.columns_max) + " columns");
    }
    if (peek() != ',') break;
    take();
  }
  row->last_line = std::max(row->line, last_line_);
  if (peek() != kEndOfInput) take_line_break();
  if (error_.empty()) return Outcome::kRow;
  row->fields.clear();
  row->warnings.clear();
  return Outcome::kError;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (char c : text) {
    if (c == '"') field.push_back('"');
    field.push_back(c);
  }
  return field + "\"";
}

std::string csv_cell(std::string_view text) {
  return csv_field(needs_apostrophe(text) ? "'" + std::string(text) : std::string(text));
}

std::string_view cell_text(std::string_view cell) {
  if (cell.starts_with('\'') && needs_apostrophe(cell)) cell.remove_prefix(1);
  return cell;
}

}  // namespace casewheel::tables
