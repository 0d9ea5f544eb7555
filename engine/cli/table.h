// Text laid out for a terminal: columns that line up although a Chinese character takes two cells,
// and nothing a server sends can move the cursor. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/grouped_number.h"

namespace casewheel::cli {

// Terminal cells the text takes. Malformed UTF-8 counts one cell a byte.
std::size_t display_width(std::string_view text);

// On one line: control characters and line breaks become spaces, malformed bytes '?'.
std::string one_line(std::string_view text);

// The text followed by spaces up to `width` cells; longer text is left whole.
std::string pad(std::string_view text, std::size_t width);

// At most `width` cells; what was cut shows as "…".
std::string clip(std::string_view text, std::size_t width);

// A table without lines: columns two spaces apart, no spaces at a line's end.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  // Missing cells are empty.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// "label  value" lines whose values line up. Pairs with an empty value are left out.
class Fields {
 public:
  void add(std::string label, std::string value);
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace casewheel::cli
