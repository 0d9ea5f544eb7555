#include "engine/cli/import/row_warnings.h"

#include "engine/tables/csv.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kWarningsShownMax = 10;

}  // namespace

std::string RowWarnings::open(const std::string& file_name) {
  if (file_name.empty()) return "";
  std::string problem;
  if (!file_.create(file_name, &problem)) return "--warnings: " + problem;
  writes_ = true;
  file_.bytes("line,request_id,warning\r\n");
  return "";
}

void RowWarnings::add(RowWarning warning) {
  ++count_;
  if (writes_) {
    file_.bytes(std::to_string(warning.line) + "," + tables::csv_cell(warning.request_id) + "," +
                tables::csv_cell(warning.text) + "\r\n");
  }
  if (first_.size() < kWarningsShownMax) first_.push_back(std::move(warning));
}

std::string RowWarnings::finish() {
  std::string problem;
  if (writes_ && !file_.finish(&problem)) return problem;
  return "";
}

}  // namespace casewheel::cli
