#include "engine/catalogue/yaml_reader.h"

#include <algorithm>
#include <charconv>

#include "engine/base/text.h"
#include "engine/sla/duration.h"

namespace casewheel::catalogue {
namespace {

// Levenshtein distance, for short keys only: "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string hint(std::string_view wrong, const std::vector<std::string_view>& known) {
  std::string all;
  std::string_view nearest;
  std::size_t nearest_distance = 3;
  for (const std::string_view word : known) {
    if (!all.empty()) all += ", ";
    all += word;
    if (wrong.size() > 40) continue;
    const std::size_t d = distance(wrong, word);
    if (d < nearest_distance) {
      nearest_distance = d;
      nearest = word;
    }
  }
  if (!nearest.empty()) return "did you mean " + std::string(nearest) + "? Known: " + all;
  return "known: " + all;
}

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > kIdBytesMax) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool start = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!start && (i == 0 || (c != '.' && c != '_' && c != '-'))) return false;
  }
  return true;
}

}  // namespace

YamlReader::NodeId YamlReader::Fields::operator[](std::string_view key) const {
  for (const auto& [name, node] : values) {
    if (name == key) return node;
  }
  return kNone;
}

YamlReader::Fields YamlReader::fields_of(NodeId node, const std::vector<std::string_view>& known) {
  Fields fields;
  fields.map = node;
  if (node == kNone) return fields;
  const YamlTree::Node& map = tree_[node];
  if (map.shape != YamlTree::Shape::kMap) {
    problem(node, "must be a map with the keys " + hint("", known).substr(7));
    return fields;
  }
  // Keys are counted as they come, so that a map of a million wrong ones stays cheap.
  std::vector<std::string_view> seen;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const YamlTree::Node& key = tree_[map.children[i]];
    const NodeId value = map.children[i + 1];
    const bool is_known = key.shape == YamlTree::Shape::kScalar &&
                          std::find(known.begin(), known.end(), key.text) != known.end();
    if (!is_known) {
      const bool bare = tree_[value].shape == YamlTree::Shape::kNull && fields.values.size() > 0;
      problem(map.children[i],
              problems_.full() ? ""
                               : "unknown key " + shown(key.text) + "; " + hint(key.text, known) +
                                     (bare ? "; text with a comma stands in quotes" : ""));
    } else if (std::find(seen.begin(), seen.end(), key.text) != seen.end()) {
      problem(map.children[i], "the key " + key.text + " stands here a second time; take one out");
    } else {
      seen.push_back(key.text);
      if (tree_[value].shape != YamlTree::Shape::kNull) fields.values.emplace_back(key.text, value);
    }
  }
  return fields;
}

YamlReader::Fields YamlReader::fields(NodeId node, std::initializer_list<std::string_view> known) {
  return fields_of(node, std::vector<std::string_view>(known));
}

YamlReader::Fields YamlReader::fields(NodeId node, const Words& known) {
  std::vector<std::string_view> keys;
  for (const Word& word : known) keys.push_back(word.text);
  return fields_of(node, keys);
}

YamlReader::NodeId YamlReader::required(const Fields& fields, std::string_view key) {
  const NodeId node = fields[key];
  const bool is_map = fields.map != kNone && tree_[fields.map].shape == YamlTree::Shape::kMap;
  if (node == kNone && is_map) problem(fields.map, std::string(key) + " is missing");
  return node;
}

YamlReader::NodeId YamlReader::wanted(const Fields& fields, std::string_view key, Need need) {
  return need == Need::kRequired ? required(fields, key) : fields[key];
}

std::vector<YamlReader::NodeId> YamlReader::list(const Fields& fields, std::string_view key,
                                                 std::size_t max, Need need) {
  const NodeId node = wanted(fields, key, need);
  if (node == kNone) return {};
  const YamlTree::Node& list = tree_[node];
  if (list.shape != YamlTree::Shape::kList) {
    problem(node, "must be a list; a single value is written [value]");
    return {};
  }
  if (list.children.size() > max) {
    problem(node, "has " + std::to_string(list.children.size()) + " entries; the limit is " +
                      std::to_string(max));
    return {};
  }
  if (list.children.empty() && need == Need::kRequired)
    problem(node, "is empty; at least one is needed");
  return list.children;
}

const std::string* YamlReader::scalar(NodeId node) {
  if (node == kNone) return nullptr;
  if (tree_[node].shape != YamlTree::Shape::kScalar) {
    problem(node, "must be a single value");
    return nullptr;
  }
  return &tree_[node].text;
}

std::string YamlReader::text(NodeId node, std::size_t bytes_max) {
  const std::string* value = scalar(node);
  if (value == nullptr) return {};
  if (value->size() > bytes_max) {
    problem(node, "is " + std::to_string(value->size()) + " bytes; the limit is " +
                      std::to_string(bytes_max));
    return {};
  }
  if (value->find_first_not_of(' ') == std::string::npos) {
    problem(node, "is blank");
    return {};
  }
  auto clean = clean_text("text", *value, bytes_max, TextKind::kLine);
  if (!clean) {
    problem(node, clean.error().fields[0].description);
    return {};
  }
  return *clean;
}

std::string YamlReader::text(const Fields& fields, std::string_view key, Need need) {
  const NodeId node = wanted(fields, key, need);
  return node == kNone ? std::string{} : text(node);
}

YamlReader::Names YamlReader::names(NodeId node, std::size_t bytes_max) {
  if (node == kNone) return {};
  if (tree_[node].shape == YamlTree::Shape::kScalar) return {text(node, bytes_max), ""};
  const Fields both = fields(node, {"zh", "en"});
  Names names;
  if (const NodeId zh = required(both, "zh"); zh != kNone) names.zh = text(zh, bytes_max);
  if (both["en"] != kNone) names.en = text(both["en"], bytes_max);
  return names;
}

std::string YamlReader::id(NodeId node) {
  const std::string* value = scalar(node);
  if (value == nullptr) return {};
  if (!is_id(*value)) {
    problem(node, shown(*value) + " is no id; ids are a-z, 0-9, '.', '_' and '-', at most " +
                      std::to_string(kIdBytesMax) + ", and begin with a letter or digit");
    return {};
  }
  return *value;
}

std::string YamlReader::id(const Fields& fields, std::string_view key, Need need) {
  const NodeId node = wanted(fields, key, need);
  return node == kNone ? std::string{} : id(node);
}

std::optional<std::int64_t> YamlReader::number(const Fields& fields, std::string_view key,
                                               std::int64_t min, std::int64_t max, Need need) {
  const NodeId node = wanted(fields, key, need);
  const std::string* value = scalar(node);
  if (value == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc{} || end != value->data() + value->size() || number < min ||
      number > max) {
    problem(node, shown(*value) + " must be a whole number from " + std::to_string(min) + " to " +
                      std::to_string(max));
    return std::nullopt;
  }
  return number;
}

bool YamlReader::flag(const Fields& fields, std::string_view key) {
  const NodeId node = fields[key];
  const std::string* value = scalar(node);
  if (value == nullptr || *value == "false") return false;
  if (*value != "true") problem(node, shown(*value) + " must be true or false");
  return *value == "true";
}

std::optional<DurationMs> YamlReader::duration(const Fields& fields, std::string_view key,
                                               Need need) {
  return duration(wanted(fields, key, need));
}

std::optional<DurationMs> YamlReader::duration(NodeId node) {
  const std::string* value = scalar(node);
  if (value == nullptr) return std::nullopt;
  auto length = sla::parse_duration(*value);
  if (!length) {
    problem(node, shown(*value) + ": " + length.error().message);
    return std::nullopt;
  }
  return *length;
}

std::optional<int> YamlReader::word(NodeId node, const Words& words) {
  const std::string* value = scalar(node);
  if (value == nullptr) return std::nullopt;
  const auto found = value_of(words, *value);
  if (!found) {
    std::vector<std::string_view> known;
    for (const Word& word : words) known.push_back(word.text);
    problem(node, shown(*value) + " is unknown; " + hint(*value, known));
  }
  return found;
}

std::vector<int> YamlReader::words(const Fields& fields, std::string_view key, const Words& words,
                                   Need need) {
  std::vector<int> values;
  for (const NodeId node : list(fields, key, words.size(), need)) {
    const auto value = word(node, words);
    if (!value) continue;
    if (std::find(values.begin(), values.end(), *value) != values.end()) {
      problem(node, "stands here a second time");
    } else {
      values.push_back(*value);
    }
  }
  return values;
}

}  // namespace casewheel::catalogue
