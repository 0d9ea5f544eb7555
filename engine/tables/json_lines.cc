#include "engine/tables/json_lines.h"

#include <boost/json/serialize.hpp>
#include <istream>

#include "engine/base/strict_json.h"

namespace casewheel::tables {
namespace {

constexpr JsonLimits kLimits{1024 * 1024, 8};

std::string text_of(const boost::json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.get_string().data(), value.get_string().size());
  return boost::json::serialize(value);
}

template <typename Members>
void flatten(const std::string& prefix, const boost::json::object& object, Members* members) {
  for (const auto& [key, value] : object) {
    const std::string name = prefix + std::string(key.data(), key.size());
    if (value.is_object()) {
      flatten(name + ".", value.get_object(), members);
    } else if (value.is_array()) {
      std::string joined;
      for (const boost::json::value& one : value.get_array())
        joined += (joined.empty() ? "" : ";") + text_of(one);
      members->emplace_back(name, std::move(joined));
    } else {
      members->emplace_back(name, text_of(value));
    }
  }
}

}  // namespace

JsonLinesReader::JsonLinesReader(std::istream& in, Charset charset) : in_(in), charset_(charset) {
  find_columns();
  in_.clear();
  in_.seekg(0);
  line_ = 0;
}

bool JsonLinesReader::next_line(std::string* line) {
  while (std::getline(in_, *line)) {
    ++line_;
    if (!line->empty() && line->back() == '\r') line->pop_back();
    if (line_ == 1 && line->starts_with("\xef\xbb\xbf")) line->erase(0, 3);
    if (line->find_first_not_of(" \t") != std::string::npos) return true;
  }
  return false;
}

std::string JsonLinesReader::read(const std::string& line, Members* members,
                                  std::string* warning) const {
  const Decoded text = decoded(line, charset_);
  if (!text.wrong.empty())
    return "the line holds " + text.wrong + ", which is not " + name_of(charset_);
  if (!text.user_defined.empty())
    *warning = "a user-defined character (造字) of Big5, " + text.user_defined;
  const Result<boost::json::object> object = parse_json_object("the line", text.text, kLimits);
  if (!object) return object.error().message;
  flatten("", *object, members);
  return members->size() > kColumnsMax ? "more than " + std::to_string(kColumnsMax) + " members"
                                       : "";
}

void JsonLinesReader::find_columns() {
  std::string line;
  while (next_line(&line)) {
    Members members;
    std::string warning;
    if (!read(line, &members, &warning).empty()) continue;  // told when its turn comes
    for (auto& [name, value] : members) {
      if (names_.size() == kColumnsMax || columns_.contains(name)) continue;
      columns_[name] = names_.size();
      names_.push_back(name);
    }
  }
}

RowReader::Outcome JsonLinesReader::next(Row* row) {
  if (!header_told_) {
    header_told_ = true;
    *row = {1, 1, names_, {}};
    return names_.empty() ? Outcome::kEnd : Outcome::kRow;
  }
  std::string line;
  if (!next_line(&line)) return Outcome::kEnd;
  row->line = row->last_line = line_;
  row->warnings.clear();
  Members members;
  std::string warning;
  error_ = read(line, &members, &warning);
  if (!warning.empty()) row->warnings.push_back(std::move(warning));
  row->fields.assign(names_.size(), "");
  for (auto& [name, value] : members) {
    const auto column = columns_.find(name);
    if (column == columns_.end()) {
      error_ = "the lines have more than " + std::to_string(kColumnsMax) + " members in all";
    } else {
      row->fields[column->second] = std::move(value);
    }
  }
  return error_.empty() ? Outcome::kRow : Outcome::kError;
}

}  // namespace casewheel::tables
