#include "engine/catalogue/yaml_tree.h"

#include <utf8proc.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "engine/base/limits.h"

namespace casewheel::catalogue {
namespace {

constexpr std::size_t kShownBytesMax = 60;

// Thrown out of the event handler through yaml-cpp and caught in YamlTree::parse, never beyond.
struct Refused {
  YAML::Mark mark;
  std::string why;
};

std::string place(std::string_view file_name, int line, int column) {
  std::string text = file_name.empty() ? "catalogue" : std::string(file_name);
  return text + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Rejection refusal(std::string_view file_name, const YAML::Mark& mark, std::string why) {
  const int line = mark.is_null() ? 1 : mark.line + 1;
  const int column = mark.is_null() ? 1 : mark.column + 1;
  return Rejection::invalid(place(file_name, line, column), std::move(why));
}

std::string bare(std::string_view text) {
  if (text.empty()) return {};
  const std::string quoted = shown(text);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

class YamlTreeBuilder final : public YAML::EventHandler {
 public:
  using NodeId = YamlTree::NodeId;
  using Shape = YamlTree::Shape;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Refused{mark, "one document a file; take the second '---' out"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(mark, anchor, Shape::kNull, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const NodeId target = anchor < anchors_.size() ? anchors_[anchor] : YamlTree::kNone;
    if (target == YamlTree::kNone)
      throw Refused{mark, "alias to an anchor that is not defined before it"};
    if (std::find(open_.begin(), open_.end(), target) != open_.end()) {
      throw Refused{mark, "alias to something that contains it"};
    }
    attach(mark, target, tree_.nodes_[target].size);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    leaf(mark, anchor, Shape::kScalar, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor, Shape::kList);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor, Shape::kMap);
  }
  void OnMapEnd() override { end(); }

  YamlTree take() { return std::move(tree_); }

 private:
  NodeId make(const YAML::Mark& mark, YAML::anchor_t anchor, Shape shape, std::string text) {
    const auto id = static_cast<NodeId>(tree_.nodes_.size());
    YamlTree::Node node;
    node.shape = shape;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.parent = open_.empty() ? YamlTree::kNone : open_.back();
    node.text = std::move(text);
    tree_.nodes_.push_back(std::move(node));
    attach(mark, id, 1);
    if (anchor != 0) {
      // yaml-cpp numbers anchors from 1 on.
      if (anchors_.size() <= anchor) anchors_.resize(anchor + 1, YamlTree::kNone);
      anchors_[anchor] = id;
    }
    return id;
  }
  // Puts a node under the one that is open and charges it.
  void attach(const YAML::Mark& mark, NodeId id, std::uint32_t size) {
    charged_ += size;
    if (charged_ > kYamlNodesMax) {
      throw Refused{mark, "more than " + std::to_string(kYamlNodesMax) +
                              " values, aliases counted at each use"};
    }
    if (open_.empty()) {
      tree_.root_ = id;
    } else {
      tree_.nodes_[open_.back()].children.push_back(id);
    }
  }
  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Shape shape, std::string text) {
    make(mark, anchor, shape, std::move(text));
  }
  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, Shape shape) {
    if (open_.size() >= kYamlNestingMax) {
      throw Refused{mark, "nested more than " + std::to_string(kYamlNestingMax) + " deep"};
    }
    charged_before_.push_back(charged_);
    open_.push_back(make(mark, anchor, shape, ""));
  }
  void end() {
    tree_.nodes_[open_.back()].size = static_cast<std::uint32_t>(charged_ - charged_before_.back());
    charged_before_.pop_back();
    open_.pop_back();
  }

  YamlTree tree_;
  std::vector<NodeId> open_;
  std::vector<std::size_t> charged_before_;  // beside open_
  std::vector<NodeId> anchors_;
  std::size_t charged_ = 0;
  int documents_ = 0;
};

Result<YamlTree> YamlTree::parse(std::string_view yaml, std::string_view file_name) {
  const std::string file = bare(file_name);
  if (yaml.size() > limits::kCatalogueBytes) {
    return refusal(file, YAML::Mark(),
                   "is " + std::to_string(yaml.size()) + " bytes; the limit is " +
                       std::to_string(limits::kCatalogueBytes));
  }
  if (!is_utf8(yaml)) return refusal(file, YAML::Mark(), "is not UTF-8; save the file as UTF-8");
  // yaml-cpp would take bytes like these for UTF-16 or for the end of the text.
  if (yaml.find('\0') != std::string_view::npos)
    return refusal(file, YAML::Mark(), "holds a NUL byte");
  try {
    std::istringstream input{std::string(yaml)};
    YAML::Parser parser(input);
    YamlTreeBuilder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Refused& refused) {
    return refusal(file, refused.mark, refused.why);
  } catch (const YAML::Exception& error) {
    return refusal(file, error.mark, "is not YAML: " + error.msg);
  } catch (const std::exception& error) {
    return refusal(file, YAML::Mark(), std::string("is not YAML: ") + error.what());
  }
}

std::string YamlTree::path(NodeId id) const {
  std::vector<std::string> parts;
  while (id != kNone && nodes_[id].parent != kNone) {
    const Node& parent = nodes_[nodes_[id].parent];
    const auto found = std::find(parent.children.begin(), parent.children.end(), id);
    const auto index = static_cast<std::size_t>(found - parent.children.begin());
    if (parent.shape == Shape::kList) {
      parts.push_back("[" + std::to_string(index) + "]");
    } else {
      parts.push_back("." + bare(nodes_[parent.children[index & ~std::size_t{1}]].text));
    }
    id = nodes_[id].parent;
  }
  std::string text;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) text += *part;
  if (text.starts_with('.')) text.erase(0, 1);
  return text.empty() ? "document" : text;
}

Problems::Problems(const YamlTree& tree, std::string_view file_name, std::string_view what)
    : tree_(tree), file_name_(bare(file_name)), what_(what) {}

void Problems::add(YamlTree::NodeId where, std::string description) {
  ++count_;
  if (fields_.size() >= kProblemsMax) return;
  if (where == YamlTree::kNone) {
    fields_.push_back({place(file_name_, 1, 1) + " document", std::move(description)});
    return;
  }
  const YamlTree::Node& node = tree_[where];
  fields_.push_back({place(file_name_, node.line, node.column) + " " + tree_.path(where),
                     std::move(description)});
}

Rejection Problems::rejection() const {
  Rejection rejection;
  rejection.code = RejectionCode::kInvalidArgument;
  rejection.fields = fields_;
  rejection.message =
      what_ + " has " + std::to_string(count_) + (count_ == 1 ? " problem" : " problems");
  if (count_ > fields_.size())
    rejection.message += ", the first " + std::to_string(fields_.size()) + " are named";
  if (!fields_.empty())
    rejection.message += "; " + fields_[0].field + ": " + fields_[0].description;
  return rejection;
}

bool is_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    if (*bytes < 0x80) {
      ++bytes;
      --left;
      continue;
    }
    utf8proc_int32_t codepoint = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes, left, &codepoint);
    if (length <= 0) return false;
    bytes += length;
    left -= length;
  }
  return true;
}

std::string shown(std::string_view text) {
  std::string result = "'";
  bool shortened = false;
  if (text.size() > kShownBytesMax) {
    std::size_t length = kShownBytesMax;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
    text = text.substr(0, length);
    shortened = true;
  }
  if (!is_utf8(text)) return "'?'";
  for (const char c : text)
    result.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  if (shortened) result += "...";
  return result + "'";
}

}  // namespace casewheel::catalogue
