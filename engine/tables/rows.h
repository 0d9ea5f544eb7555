// A table of somebody else's, row by row, whatever it is written in. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace casewheel::tables {

inline constexpr std::size_t kColumnsMax = 512;  // open data sets have a hundred at most

struct Row {
  std::uint64_t line = 0;       // the row's first line, from 1
  std::uint64_t last_line = 0;  // the same, but for breaks within quotes
  std::vector<std::string> fields;
  std::vector<std::string> warnings;  // of what is kept as it stands, but should be looked at

  // Lines behind the first: where the row cannot be read, rows that were swallowed with it.
  std::uint64_t lines_behind() const { return last_line - line; }
};

class RowReader {
 public:
  enum class Outcome { kRow, kError, kEnd };
  virtual ~RowReader() = default;

  // The first row is the header. kRow fills `row`. kError leaves its lines in it and what is wrong
  // in
  // error(), and reading goes on behind it. After kEnd, kEnd again.
  virtual Outcome next(Row* row) = 0;
  virtual const std::string& error() const = 0;
};

// "; lines 3 to 9 went with it and were not read": to be said of a row that is refused; empty for
// one line.
std::string lines_lost_with(const Row& row);

}  // namespace casewheel::tables
