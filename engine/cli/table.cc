#include "engine/cli/table.h"

#include <utf8proc.h>

#include <algorithm>

namespace casewheel::cli {
namespace {

// Takes one character from the front of `text`; negative for a malformed byte.
utf8proc_int32_t take_character(std::string_view& text, std::string_view* bytes) {
  utf8proc_int32_t character = -1;
  const auto length = utf8proc_iterate(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 8)), &character);
  const std::size_t taken = length > 0 ? static_cast<std::size_t>(length) : 1;
  if (length <= 0) character = -1;
  if (bytes != nullptr) *bytes = text.substr(0, taken);
  text.remove_prefix(taken);
  return character;
}

std::size_t width_of(utf8proc_int32_t character) {
  if (character < 0) return 1;
  const int width = utf8proc_charwidth(character);
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

bool moves_the_cursor(utf8proc_int32_t character) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CC:  // controls
    case UTF8PROC_CATEGORY_CF:  // format characters: they can reverse the reading order
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

std::string trimmed_end(std::string line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

constexpr std::size_t kGap = 2;

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_character(text, nullptr));
  return width;
}

std::string one_line(std::string_view text) {
  std::string line;
  std::string_view bytes;
  while (!text.empty()) {
    const auto character = take_character(text, &bytes);
    if (character < 0) {
      line.push_back('?');
    } else if (moves_the_cursor(character)) {
      line.push_back(' ');
    } else {
      line.append(bytes);
    }
  }
  return line;
}

std::string pad(std::string_view text, std::size_t width) {
  std::string padded(text);
  const std::size_t taken = display_width(text);
  if (taken < width) padded.append(width - taken, ' ');
  return padded;
}

std::string clip(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string clipped;
  std::size_t taken = 0;
  std::string_view bytes;
  while (!text.empty()) {
    const std::size_t next = width_of(take_character(text, &bytes));
    if (taken + next > width - 1) break;  // one cell is for the ellipsis
    taken += next;
    clipped.append(bytes);
  }
  return clipped + "…";
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  const auto measure = [&widths](const std::vector<std::string>& row) {
    if (row.size() > widths.size()) widths.resize(row.size(), 0);
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  };
  measure(header_);
  for (const auto& row : rows_) measure(row);

  std::string text;
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += pad(row[i], widths[i] + kGap);
    text += trimmed_end(std::move(line)) + "\n";
  };
  print(header_);
  for (const auto& row : rows_) print(row);
  return text;
}

void Fields::add(std::string label, std::string value) {
  if (!value.empty()) pairs_.emplace_back(std::move(label), std::move(value));
}

std::string Fields::text() const {
  std::size_t width = 0;
  for (const auto& [label, value] : pairs_) width = std::max(width, display_width(label));
  std::string text;
  for (const auto& [label, value] : pairs_) text += pad(label, width + kGap) + value + "\n";
  return text;
}

}  // namespace casewheel::cli
