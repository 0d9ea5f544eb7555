// The rows of an import that did not become what the table says, each with its line and reason: in
// a CSV file where one was asked for, and counted for the summary. The file has the table's own columns
// and the error's behind them, so that its rows can be mended and imported again.
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel::cli {

struct RowError {
  std::uint64_t line = 0;
  std::string request_id;  // empty when the row could not be read
  std::string reason;      // upper-case name, as ErrorInfo.reason where the engine gave it
  std::string message;
  std::string original;  // the row as the file holds it, see original_row(); empty: not kept
};

// Columns of the error behind those of the table.
inline constexpr std::array<std::string_view, 4> kErrorColumns = {"error_line", "error_request_id",
                                                                  "error_reason", "error_message"};

// A table whose rows came back as errors before: its error columns are taken off, with the apostrophes that
// kept a spreadsheet from taking a cell for a formula. False where the header is no such one.
bool take_off_error_columns(std::vector<std::string>* header);
void take_off_error_cells(std::vector<std::string>* fields);

class RowErrors {
 public:
  // The mistake, or empty. An empty name writes no file. `for_spreadsheet`: a byte order mark goes before
  // it, or one takes its Chinese for Big5.
  std::string open(const std::string& file_name, bool for_spreadsheet = false);
  // Before the first row is added.
  void begin(const std::vector<std::string>& header);
  // Whether rows have to be kept for the file.
  bool keeps_rows() const { return file_.is_open(); }
  // As many cells as the header has.
  std::string original_row(const std::vector<std::string>& fields) const;

  void add(RowError error);

  std::uint64_t count() const { return count_; }
  // The first ones, for people.
  const std::vector<RowError>& first() const { return first_; }
  // False when the file could not be written to its end.
  bool finish();

 private:
  std::ofstream file_;
  std::size_t columns_ = 0;
  std::set<std::uint64_t> written_;  // lines
  std::uint64_t count_ = 0;
  std::vector<RowError> first_;
};

}  // namespace casewheel::cli
