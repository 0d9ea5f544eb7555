// A table of somebody else's, row by row, whatever it is written in. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace casewheel::tables {

inline constexpr std::size_t kColumnsMax = 512;  // open data sets have a hundred at most

struct Row {
  std::uint64_t line = 0;  // the row's first line, from 1
  std::vector<std::string> fields;
};

class RowReader {
 public:
  enum class Outcome { kRow, kError, kEnd };
  virtual ~RowReader() = default;

  // The first row is the header. kRow fills `row`. kError leaves its line in row->line and what is wrong in
  // error(), and reading goes on behind it. After kEnd, kEnd again.
  virtual Outcome next(Row* row) = 0;
  virtual const std::string& error() const = 0;
};

}  // namespace casewheel::tables
