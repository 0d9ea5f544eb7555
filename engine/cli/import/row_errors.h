// The rows of an import that did not become what the table says, each with its line and reason: in
// a CSV file where one was asked for, and counted for the summary.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace casewheel::cli {

struct RowError {
  std::uint64_t line = 0;
  std::string request_id;  // empty when the row could not be read
  std::string reason;      // upper-case name, as ErrorInfo.reason where the engine gave it
  std::string message;
};

class RowErrors {
 public:
  // The mistake, or empty. An empty name writes no file.
  std::string open(const std::string& file_name);

  void add(RowError error);

  std::uint64_t count() const { return count_; }
  // The first ones, for people.
  const std::vector<RowError>& first() const { return first_; }
  // False when the file could not be written to its end.
  bool finish();

 private:
  std::ofstream file_;
  std::uint64_t count_ = 0;
  std::vector<RowError> first_;
};

}  // namespace casewheel::cli
