#include "engine/doors/http/form.h"

#include <algorithm>

#include "engine/base/text.h"

namespace casewheel::doors {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    plain.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
    i += 2;
  }
  if (!is_utf8(plain)) return std::nullopt;
  return plain;
}

Result<Form> Form::parse(std::string_view text, std::size_t fields_max) {
  Form form;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    std::optional<std::string> name = unescaped(part.substr(0, equals));
    std::optional<std::string> value = unescaped(part.substr(std::min(equals + 1, part.size())));
    if (!name || !value)
      return Rejection::invalid("query", "has a broken % escape, or is not UTF-8");
    if (form.fields_.size() == fields_max)
      return Rejection::invalid("query",
                                "says more than " + std::to_string(fields_max) + " things");
    form.fields_.emplace_back(*std::move(name), *std::move(value));
  }
  return form;
}

const std::string& Form::operator[](std::string_view name) const {
  static const std::string kNothing;
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.first == name; });
  return found == fields_.end() ? kNothing : found->second;
}

void Form::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

bool Form::says(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& field) { return field.first == name; });
}

}  // namespace casewheel::doors
