// What should be looked at in the rows of an import that were taken: a number a spreadsheet has
// spoiled, a
// user-defined character, a row that is closed without a date. Counted, the first ones for people,
// all of them in a
// CSV file where one was asked for. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cli/private_file.h"

namespace casewheel::cli {

struct RowWarning {
  std::uint64_t line = 0;
  std::string request_id;
  std::string text;
};

class RowWarnings {
 public:
  // The mistake, or empty. An empty name writes no file.
  std::string open(const std::string& file_name);

  void add(RowWarning warning);

  std::uint64_t count() const { return count_; }
  const std::vector<RowWarning>& first() const { return first_; }
  // The mistake when the file could not be written to its end, or empty.
  std::string finish();

 private:
  PrivateFile file_;
  bool writes_ = false;
  std::uint64_t count_ = 0;
  std::vector<RowWarning> first_;
};

}  // namespace casewheel::cli
