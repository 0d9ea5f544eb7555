// Reads typed values out of a YamlTree and reports what does not fit, going on with a harmless value
// so that all problems come to light at once. Lives for one call of parse_catalogue.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/catalogue/limits.h"
#include "engine/catalogue/words.h"
#include "engine/catalogue/yaml_tree.h"

namespace casewheel::catalogue {

class YamlReader {
 public:
  using NodeId = YamlTree::NodeId;
  static constexpr NodeId kNone = YamlTree::kNone;

  YamlReader(const YamlTree& tree, Problems& problems) : tree_(tree), problems_(problems) {}

  // The entries of one map. A key without a value counts as left out.
  struct Fields {
    NodeId map = kNone;
    std::vector<std::pair<std::string_view, NodeId>> values;
    NodeId operator[](std::string_view key) const;
  };
  enum class Need { kRequired, kOptional };

  // Reports what is no map, unknown keys and repeated ones.
  Fields fields(NodeId node, std::initializer_list<std::string_view> known);
  Fields fields(NodeId node, const Words& known);
  // The elements of the list under `key`; reports what is no list or too long (then it is empty).
  std::vector<NodeId> list(const Fields& fields, std::string_view key, std::size_t max, Need need);

  // Text of a person: at most kTextBytesMax bytes unless said, no control characters, brought to NFC.
  std::string text(NodeId node, std::size_t bytes_max = kTextBytesMax);
  std::string text(const Fields& fields, std::string_view key, Need need);
  // In both languages: {zh: 大安, en: Daan}, or 大安.
  struct Names {
    std::string zh;
    std::string en;
  };
  Names names(NodeId node, std::size_t bytes_max = kTextBytesMax);
  std::string id(NodeId node);
  std::string id(const Fields& fields, std::string_view key, Need need);
  std::optional<std::int64_t> number(const Fields& fields, std::string_view key, std::int64_t min,
                                     std::int64_t max, Need need);
  bool flag(const Fields& fields, std::string_view key);
  std::optional<DurationMs> duration(const Fields& fields, std::string_view key, Need need);
  std::optional<DurationMs> duration(NodeId node);
  std::optional<int> word(NodeId node, const Words& words);
  // The values of a list of words, each once.
  std::vector<int> words(const Fields& fields, std::string_view key, const Words& words, Need need);

  // The raw scalar; null and reported when the node is none.
  const std::string* scalar(NodeId node);
  // The node under a key that must be there; kNone and reported when it is not.
  NodeId required(const Fields& fields, std::string_view key);

  void problem(NodeId node, std::string description) {
    problems_.add(node, std::move(description));
  }
  std::string line_of(NodeId node) const { return problems_.line_of(node); }
  const YamlTree& tree() const { return tree_; }

 private:
  Fields fields_of(NodeId node, const std::vector<std::string_view>& known);
  NodeId wanted(const Fields& fields, std::string_view key, Need need);

  const YamlTree& tree_;
  Problems& problems_;
};

}  // namespace casewheel::catalogue
