// Questions to somebody at a terminal: asked on the error stream, answered by lines, so that the output
// stays what scripts read. One thread.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/cli/matching.h"

namespace casewheel::cli {

// What was typed, as it is taken; or why it cannot be, in both languages with an example.
struct Reading {
  std::string value;
  std::string mistake;
};
using Reader = std::function<Reading(const std::string& typed)>;

// A text of at most so many characters; of one with more, or with signs a text cannot have, why.
Reading read_text(const std::string& typed, std::size_t characters_max, TextKind kind);

// One of a few names that are too well known to be listed first: as many of its letters as tell it apart.
Reading read_name(const std::vector<Entry>& entries, const std::string& typed);

class Prompts {
 public:
  Prompts(std::istream& in, std::ostream& out) : in_(in), out_(out) {}

  // One line, without the spaces about it; nothing at the end of the input. Where `read` cannot take it, that
  // is said and the same question is put again; where it takes it otherwise than it was typed, that is
  // shown. An empty line is an answer where it is not required.
  std::optional<std::string> line(const std::string& label, bool required,
                                  const Reader& read = nullptr);

  // One of the entries, by its number in the list, its id, or as many of its letters as tell it apart. All
  // are listed while they are few, and those that fit what was typed.
  std::optional<std::string> pick(const std::string& label, const std::vector<Entry>& entries,
                                  bool required);

  // y, yes or 是; anything else is no, and so is the end of the input.
  bool confirm(const std::string& question);
  // An empty line, y, yes or 是; n, no or 否 is no, anything else asks again. Nothing at the end of the input.
  std::optional<bool> offer(const std::string& question);
  // Says something to the person, between two questions.
  void say(const std::string& text);

 private:
  void list(const std::vector<const Entry*>& entries);

  std::istream& in_;
  std::ostream& out_;
};

}  // namespace casewheel::cli
