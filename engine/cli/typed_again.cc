#include "engine/cli/typed_again.h"

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace casewheel::cli {
namespace {

bool is_bare(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-_./:,@%+=").find(c) != std::string_view::npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A value that begins with a dash would be read as an option.
std::string option_words(const std::string& name, const std::string& value) {
  return " " + name + (value.starts_with('-') ? "=" : " ") + shell_word(value);
}

bool is_of_environment(const CLI::Option& option) {
  if (option.get_envname().empty() || option.results().size() != 1) return false;
  const char* given = std::getenv(option.get_envname().c_str());  // NOLINT: one thread
  return given != nullptr && option.results().front() == given;
}

std::string words_of(const CLI::App& command, const std::set<std::string>& left_out) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || left_out.contains(name) || is_of_environment(*option)) continue;
    if (option->get_items_expected_max() == 0) {
      words += " " + name;
      continue;
    }
    for (const std::string& value : option->results())
      words += option->get_positional() ? " " + shell_word(value) : option_words(name, value);
  }
  return words;
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_bare)) return std::string(text);
  const bool escaped = std::any_of(text.begin(), text.end(), is_control);
  std::string word = escaped ? "$'" : "'";
  for (const char c : text) {
    if (c == '\'') {
      word += escaped ? "\\'" : "'\\''";
    } else if (escaped && c == '\\') {
      word += "\\\\";
    } else if (is_control(c)) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned>(c));
      word += c == '\n' ? "\\n" : c == '\t' ? "\\t" : buffer;
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string typed_again(const CLI::App& command, const std::set<std::string>& left_out,
                        const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<const CLI::App*> line;
  for (const CLI::App* one = &command; one != nullptr; one = one->get_parent()) line.push_back(one);
  std::string words = "casewheel";
  for (auto one = line.rbegin(); one != line.rend(); ++one) {
    if (*one != line.back()) words += " " + (*one)->get_name();
    words += words_of(**one, left_out);
  }
  for (const auto& [name, value] : more) words += option_words(name, value);
  return words;
}

std::string kept_text(const std::string& line, bool sent) {
  return std::string("  已輸入的內容都在此行，貼上即可重送") + (sent ? "（不會重複辦理）" : "") +
         " all that was answered, to be pasted and sent:\n" + line + "\n";
}

}  // namespace casewheel::cli
