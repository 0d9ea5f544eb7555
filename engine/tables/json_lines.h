// JSON Lines as a table: one object a line, whose members are the columns, those within others with a dot
// between the names; a list is its values with ";" between. The header is every name there is in the
// whole text, in the order they first come. One thread.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/charset.h"
#include "engine/tables/rows.h"

namespace casewheel::tables {

class JsonLinesReader final : public RowReader {
 public:
  // Read twice: `in`, which can be sought, outlives it.
  explicit JsonLinesReader(std::istream& in, Charset charset = Charset::kUtf8);

  Outcome next(Row* row) override;
  const std::string& error() const override { return error_; }

 private:
  using Members = std::vector<std::pair<std::string, std::string>>;

  // False at the end.
  bool next_line(std::string* line);
  // The mistake, or empty.
  std::string read(const std::string& line, Members* members, std::string* warning) const;
  void find_columns();

  std::istream& in_;
  const Charset charset_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> columns_;
  std::uint64_t line_ = 0;
  bool header_told_ = false;
  std::string error_;
};

}  // namespace casewheel::tables
