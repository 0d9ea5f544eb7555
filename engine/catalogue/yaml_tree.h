// A YAML document as a flat tree with positions, and the list of what is wrong with it. yaml-cpp
// only supplies events: its own nodes recurse, share and grow without a bound. Nesting, size and the
// growth through aliases are limited here while the text is read, so that no document can cost more
// than its limits allow. Used by the parser of catalogues on the thread of one call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace casewheel::catalogue {

inline constexpr std::size_t kYamlNestingMax = 16;  // the format itself nests 9 deep
inline constexpr std::size_t kYamlNodesMax =
    1'500'000;                                   // aliases counted as often as they are used
inline constexpr std::size_t kProblemsMax = 50;  // as many as a person reads at once

class YamlTree {
 public:
  using NodeId = std::uint32_t;
  static constexpr NodeId kNone = ~NodeId{0};
  enum class Shape : std::uint8_t { kNull, kScalar, kList, kMap };

  struct Node {
    Shape shape = Shape::kNull;
    int line = 0;    // from 1
    int column = 0;  // from 1
    NodeId parent = kNone;
    std::uint32_t size = 1;        // nodes in it, itself included, aliases followed
    std::string text;              // of a scalar
    std::vector<NodeId> children;  // of a map: key, value, key, value, ...
  };

  // One document. The rejection names line and column.
  static Result<YamlTree> parse(std::string_view yaml, std::string_view file_name);

  const Node& operator[](NodeId id) const { return nodes_[id]; }
  NodeId root() const { return root_; }  // kNone for an empty document
  // "tenants[0].units[3].parent"
  std::string path(NodeId id) const;

 private:
  friend class YamlTreeBuilder;
  std::vector<Node> nodes_;
  NodeId root_ = kNone;
};

// Collects what is wrong, as a person corrects it: with place, path and what would be right.
class Problems {
 public:
  // `what`: "the catalogue", as the heading says it.
  Problems(const YamlTree& tree, std::string_view file_name, std::string_view what);

  void add(YamlTree::NodeId where, std::string description);
  bool none() const { return count_ == 0; }
  // Whether further problems are only counted: their descriptions need not be made.
  bool full() const { return count_ >= kProblemsMax; }
  Rejection rejection() const;
  std::string line_of(YamlTree::NodeId node) const { return std::to_string(tree_[node].line); }

 private:
  const YamlTree& tree_;
  std::string file_name_;
  std::string what_;
  std::size_t count_ = 0;  // all of them, those beyond kProblemsMax too
  std::vector<FieldViolation> fields_;
};

bool is_utf8(std::string_view text);
// Text from outside made fit to be shown in a message: quoted, shortened, control characters gone.
std::string shown(std::string_view text);

}  // namespace casewheel::catalogue
