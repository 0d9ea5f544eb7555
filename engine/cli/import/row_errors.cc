#include "engine/cli/import/row_errors.h"

#include <filesystem>
#include <system_error>

#include "engine/tables/csv.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kErrorsShownMax = 10;
constexpr auto kOwnersAlone =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

void take_off_apostrophes(std::vector<std::string>* cells) {
  for (std::string& cell : *cells) cell = std::string(tables::cell_text(cell));
}

}  // namespace

bool take_off_error_columns(std::vector<std::string>* header) {
  constexpr std::size_t kColumns = kErrorColumns.size();
  if (header->size() <= kColumns) return false;
  const std::size_t own = header->size() - kColumns;
  for (std::size_t i = 0; i < kColumns; ++i) {
    if ((*header)[own + i] != kErrorColumns[i]) return false;
  }
  header->resize(own);
  take_off_apostrophes(header);
  return true;
}

void take_off_error_cells(std::vector<std::string>* fields) {
  if (fields->size() > kErrorColumns.size()) fields->resize(fields->size() - kErrorColumns.size());
  take_off_apostrophes(fields);
}

std::string RowErrors::open(const std::string& file_name, bool for_spreadsheet) {
  if (file_name.empty()) return "";
  file_.open(file_name, std::ios::binary | std::ios::trunc);
  if (!file_) return "--errors: cannot write " + file_name;
  // Rows are quoted in it. One that was there before may be open to others.
  std::error_code error;
  if (std::filesystem::is_regular_file(file_name, error))
    std::filesystem::permissions(file_name, kOwnersAlone, error);
  if (error) return "--errors: cannot close " + file_name + " to others: " + error.message();
  if (for_spreadsheet) file_ << "\xef\xbb\xbf";
  return "";
}

void RowErrors::begin(const std::vector<std::string>& header) {
  columns_ = header.size();
  if (!file_.is_open()) return;
  for (const std::string& name : header) file_ << tables::csv_cell(name) << ',';
  for (std::size_t i = 0; i < kErrorColumns.size(); ++i)
    file_ << (i == 0 ? "" : ",") << kErrorColumns[i];
  file_ << "\r\n";
}

std::string RowErrors::original_row(const std::vector<std::string>& fields) const {
  std::string text;
  for (std::size_t i = 0; i < columns_; ++i)
    text += (i < fields.size() ? tables::csv_cell(fields[i]) : std::string()) + ",";
  return text;
}

void RowErrors::add(RowError error) {
  ++count_;
  // A row stands in it once, with the first of its errors: it is to be mended once.
  if (file_.is_open() && written_.insert(error.line).second) {
    file_ << (error.original.empty() ? original_row({}) : error.original) << error.line << ','
          << tables::csv_cell(error.request_id) << ',' << tables::csv_cell(error.reason) << ','
          << tables::csv_cell(error.message) << "\r\n";
  }
  if (first_.size() < kErrorsShownMax) first_.push_back(std::move(error));
}

bool RowErrors::finish() {
  if (!file_.is_open()) return true;
  file_.close();
  return !file_.fail();
}

}  // namespace casewheel::cli
