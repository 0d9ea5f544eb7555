#include "engine/cli/import/row_errors.h"

#include <filesystem>
#include <system_error>

#include "engine/tables/csv.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kErrorsShownMax = 10;
constexpr auto kOwnersAlone =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

}  // namespace

std::string RowErrors::open(const std::string& file_name) {
  if (file_name.empty()) return "";
  file_.open(file_name, std::ios::binary | std::ios::trunc);
  if (!file_) return "--errors: cannot write " + file_name;
  // Rows are quoted in it. One that was there before may be open to others.
  std::error_code error;
  if (std::filesystem::is_regular_file(file_name, error))
    std::filesystem::permissions(file_name, kOwnersAlone, error);
  if (error) return "--errors: cannot close " + file_name + " to others: " + error.message();
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
