#include "engine/cli/import/template.h"

#include <algorithm>
#include <utility>

namespace casewheel::cli {
namespace {

constexpr std::size_t kSlugCharactersMax = 40;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

char lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }
char upper(char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); }

}  // namespace

std::string slug(std::string_view text) {
  std::string made;
  for (const char raw : text) {
    const char c = lower(raw);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      made.push_back(c);
    } else if (!made.empty() && made.back() != '-') {
      made.push_back('-');
    }
  }
  if (made.size() > kSlugCharactersMax) made.resize(kSlugCharactersMax);
  while (!made.empty() && made.back() == '-') made.pop_back();
  return made;
}

std::string Template::parse_column(std::string_view inside, Piece* piece) {
  piece->is_column = true;
  std::size_t bar = inside.find('|');
  piece->text = trimmed(inside.substr(0, bar));
  if (piece->text.empty()) return "\"{" + std::string(inside) + "}\" names no column";
  while (bar != std::string_view::npos) {
    inside.remove_prefix(bar + 1);
    bar = inside.find('|');
    const std::string name = trimmed(inside.substr(0, bar));
    if (name == "slug") {
      piece->filters.push_back(Filter::kSlug);
    } else if (name == "lower") {
      piece->filters.push_back(Filter::kLower);
    } else if (name == "upper") {
      piece->filters.push_back(Filter::kUpper);
    } else if (name == "trim") {
      piece->filters.push_back(Filter::kTrim);
    } else {
      return "no filter \"" + name + "\" (there are slug, lower, upper, trim)";
    }
  }
  return "";
}

std::string Template::parse(std::string_view text, Template* parsed) {
  parsed->pieces_.clear();
  std::string literal;
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal.push_back(text.front());
      text.remove_prefix(2);
    } else if (text.front() == '{') {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos) return "\"{\" without \"}\"";
      if (!literal.empty()) parsed->pieces_.push_back({std::exchange(literal, ""), false, {}, 0});
      Piece piece;
      std::string mistake = parse_column(text.substr(1, end - 1), &piece);
      if (!mistake.empty()) return mistake;
      parsed->pieces_.push_back(std::move(piece));
      text.remove_prefix(end + 1);
    } else if (text.front() == '}') {
      return "\"}\" without \"{\"";
    } else {
      literal.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  if (!literal.empty()) parsed->pieces_.push_back({std::move(literal), false, {}, 0});
  return "";
}

std::vector<std::string> Template::bind(const std::vector<std::string>& header) {
  std::vector<std::string> missing;
  for (Piece& piece : pieces_) {
    if (!piece.is_column) continue;
    const auto found = std::find(header.begin(), header.end(), piece.text);
    if (found == header.end()) {
      missing.push_back(piece.text);
    } else {
      piece.index = static_cast<std::size_t>(found - header.begin());
    }
  }
  return missing;
}

std::string Template::render(const std::vector<std::string>& row) const {
  std::string rendered;
  for (const Piece& piece : pieces_) {
    if (!piece.is_column) {
      rendered += piece.text;
      continue;
    }
    std::string value = row[piece.index];
    for (const Filter filter : piece.filters) {
      switch (filter) {
        case Filter::kSlug:
          value = slug(value);
          break;
        case Filter::kLower:
          std::transform(value.begin(), value.end(), value.begin(), lower);
          break;
        case Filter::kUpper:
          std::transform(value.begin(), value.end(), value.begin(), upper);
          break;
        case Filter::kTrim:
          value = trimmed(value);
          break;
      }
    }
    rendered += value;
  }
  return rendered;
}

std::optional<std::string> Template::constant() const {
  std::string text;
  for (const Piece& piece : pieces_) {
    if (piece.is_column) return std::nullopt;
    text += piece.text;
  }
  return text;
}

}  // namespace casewheel::cli
