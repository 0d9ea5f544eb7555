#include "engine/doors/open311/document.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <pugixml.hpp>
#include <sstream>
#include <string_view>
#include <utility>

namespace casewheel::doors::open311 {
namespace {

using Shape = Element::Shape;

// With U+FFFD for what XML 1.0 (section 2.2) has no way to say, as an error may quote it.
std::string xml_text(const std::string& text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    const std::string_view three = std::string_view(text).substr(at, 3);
    const bool none = three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF";
    if (control || none) {
      out += kReplacement;
      if (none) at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

void write_xml(const Element& element, pugi::xml_node parent) {
  pugi::xml_node node = parent.append_child(element.name.c_str());
  if (element.shape == Shape::kText || element.shape == Shape::kVerbatim) {
    if (!element.text.empty()) node.text().set(xml_text(element.text).c_str());
    return;
  }
  for (const Element& child : element.children) write_xml(child, node);
}

boost::json::value json_of(const Element& element) {
  switch (element.shape) {
    case Shape::kText:
      if (element.text.empty()) return nullptr;
      return boost::json::string(element.text);
    case Shape::kVerbatim: {
      boost::json::error_code error;
      boost::json::value value = boost::json::parse(element.text, error);
      return error ? boost::json::value(nullptr) : value;
    }
    case Shape::kMembers: {
      boost::json::object object;
      for (const Element& child : element.children) object[child.name] = json_of(child);
      return object;
    }
    case Shape::kList: {
      boost::json::array array;
      for (const Element& child : element.children) array.push_back(json_of(child));
      return array;
    }
  }
  return nullptr;
}

}  // namespace

const char* content_type(Format format) {
  return format == Format::kXml ? "text/xml; charset=utf-8" : "application/json; charset=utf-8";
}

Element Element::of(std::string_view name, std::string_view text) {
  return {std::string(name), Shape::kText, std::string(text)};
}
Element Element::verbatim(std::string_view name, std::string text) {
  return {std::string(name), Shape::kVerbatim, std::move(text)};
}
Element Element::flag(std::string_view name, bool value) {
  return verbatim(name, value ? "true" : "false");
}
Element Element::members(std::string_view name, std::vector<Element> children) {
  return {std::string(name), Shape::kMembers, {}, std::move(children)};
}
Element Element::list(std::string_view name, std::vector<Element> children) {
  return {std::string(name), Shape::kList, {}, std::move(children)};
}
Element& Element::add(Element child) {
  children.push_back(std::move(child));
  return *this;
}

std::string written(const Element& root, Format format) {
  if (format == Format::kJson) return boost::json::serialize(json_of(root));
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "utf-8";
  write_xml(root, document);
  std::ostringstream out;
  document.save(out, " ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace casewheel::doors::open311
