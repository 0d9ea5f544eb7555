// What Open311 answers with, in XML or JSON: one tree, written either way. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace casewheel::doors::open311 {

enum class Format { kXml, kJson };
const char* content_type(Format format);

// An element: its content is a text, its members or a list of elements.
struct Element {
  enum class Shape { kText, kVerbatim, kMembers, kList };

  std::string name;
  Shape shape = Shape::kText;
  std::string text = {};               // kVerbatim: a number, true or false
  std::vector<Element> children = {};  // in XML by their own names; of a list in JSON without

  static Element of(std::string_view name, std::string_view text);  // empty: null in JSON
  static Element verbatim(std::string_view name, std::string text);
  static Element flag(std::string_view name, bool value);
  static Element members(std::string_view name, std::vector<Element> children = {});
  static Element list(std::string_view name, std::vector<Element> children = {});
  Element& add(Element child);
};

// `root` is the container, which JSON leaves out.
std::string written(const Element& root, Format format);

}  // namespace casewheel::doors::open311
