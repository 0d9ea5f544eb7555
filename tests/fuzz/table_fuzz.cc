// Tables from outside, as CSV and as JSON Lines: whatever the bytes are, reading ends, rows are as long as the
// header, and a row that was read lodges a request that can be written and read again.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

#include "engine/base/charset.h"
#include "engine/base/text.h"
#include "engine/tables/csv.h"
#include "engine/tables/json_lines.h"
#include "engine/tables/lodge_columns.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  if (size == 0) return 0;
  const SavedText saved = as_saved(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  std::istringstream in(saved.text);
  std::unique_ptr<tables::RowReader> reader;
  if (data[0] % 2 == 0) {
    reader = std::make_unique<tables::CsvReader>(in, tables::CsvLimits{}, saved.charset);
  } else {
    reader = std::make_unique<tables::JsonLinesReader>(in, saved.charset);
  }
  using Outcome = tables::RowReader::Outcome;
  tables::Row row;
  if (reader->next(&row) != Outcome::kRow) return 0;
  const std::size_t columns = row.fields.size();
  tables::LodgeColumns lodge;
  const bool bound = lodge.bind(row.fields).empty();
  std::uint64_t last = 0;
  for (;;) {
    const Outcome outcome = reader->next(&row);
    if (outcome == Outcome::kEnd) break;
    require(row.line >= last);
    last = row.line;
    require(row.last_line >= row.line);
    for (const std::string& field : row.fields) require(is_utf8(field));
    if (outcome == Outcome::kError) {
      require(!reader->error().empty());
      continue;
    }
    if (data[0] % 2 != 0) require(row.fields.size() == columns);
    casewheel::v1::LodgeCaseRequest request;
    if (!bound || !lodge.read(row.fields, &request).empty()) continue;
    casewheel::v1::LodgeCaseRequest again;
    require(again.ParseFromString(request.SerializeAsString()));
  }
  require(reader->next(&row) == Outcome::kEnd);
  return 0;
}
