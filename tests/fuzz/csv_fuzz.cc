// The CSV reader on arbitrary bytes: it ends, keeps its limits and its line numbers, and what it
// read can be written and read again.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "engine/tables/csv.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Quoted whether it must be or not: a row of one empty field would be an empty line otherwise.
std::string quoted(const std::string& field) {
  std::string text = casewheel::tables::csv_field(field);
  return text.starts_with('"') ? text : '"' + text + '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using casewheel::tables::CsvReader;
  const casewheel::tables::CsvLimits limits{64, 256, 8};
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  CsvReader reader(in, limits);
  casewheel::tables::Row row;
  std::string written;
  std::vector<std::vector<std::string>> rows;
  std::uint64_t line = 0;
  for (std::size_t turns = 0;; ++turns) {
    require(turns <= size + 1);
    const auto outcome = reader.next(&row);
    if (outcome == CsvReader::Outcome::kEnd) break;
    require(row.line > line && row.line <= size + 1);
    line = row.line;
    if (outcome == CsvReader::Outcome::kError) {
      require(!reader.error().empty());
      continue;
    }
    require(!row.fields.empty() && row.fields.size() <= limits.columns_max);
    std::string text;
    std::size_t bytes = 0;
    for (const std::string& field : row.fields) {
      require(field.size() <= limits.field_bytes_max);
      bytes += field.size();
      text += (text.empty() ? "" : ",") + quoted(field);
    }
    require(bytes <= limits.row_bytes_max);
    written += text + "\r\n";
    rows.push_back(row.fields);
  }
  std::istringstream again(written);
  CsvReader second(again, limits);
  for (const auto& expected : rows) {
    require(second.next(&row) == CsvReader::Outcome::kRow);
    require(row.fields == expected);
  }
  require(second.next(&row) == CsvReader::Outcome::kEnd);
  return 0;
}
