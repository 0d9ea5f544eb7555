// "{type|slug} / {case_title}": how a map makes one value of several columns. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel::cli {

class Template {
 public:
  // Columns stand in braces, with filters behind bars, applied left to right: slug, lower, upper,
  // trim.
  // "{{" and "}}" are braces themselves. The mistake, or empty.
  static std::string parse(std::string_view text, Template* parsed);

  // Looks every column up in the header; gives the names that are not there.
  std::vector<std::string> bind(const std::vector<std::string>& header);

  // Only after bind() found all columns, with rows as long as the header.
  std::string render(const std::vector<std::string>& row) const;

  // The text when it names no column.
  std::optional<std::string> constant() const;

 private:
  enum class Filter { kSlug, kLower, kUpper, kTrim };
  struct Piece {
    std::string text;  // literal text, or a column's name
    bool is_column = false;
    std::vector<Filter> filters;
    std::size_t index = 0;  // of the column
  };
  static std::string parse_column(std::string_view inside, Piece* piece);

  std::vector<Piece> pieces_;
};

// Lower case; runs of anything but ASCII letters and digits become one '-', none at the ends; at
// most 40 characters. The form of ids in a catalogue.
std::string slug(std::string_view text);

}  // namespace casewheel::cli
