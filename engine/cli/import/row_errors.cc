#include "engine/cli/import/row_errors.h"

#include "engine/tables/csv.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kErrorsShownMax = 10;

}  // namespace

std::string RowErrors::open(const std::string& file_name) {
  if (file_name.empty()) return "";
  file_.open(file_name, std::ios::binary | std::ios::trunc);
  if (!file_) return "--errors: cannot write " + file_name;
  file_ << "line,request_id,reason,message\r\n";
  return "";
}

void RowErrors::add(RowError error) {
  ++count_;
  if (file_.is_open()) {
    file_ << error.line << ',' << tables::csv_cell(error.request_id) << ','
          << tables::csv_cell(error.reason) << ',' << tables::csv_cell(error.message) << "\r\n";
  }
  if (first_.size() < kErrorsShownMax) first_.push_back(std::move(error));
}

bool RowErrors::finish() {
  if (!file_.is_open()) return true;
  file_.close();
  return !file_.fail();
}

}  // namespace casewheel::cli
