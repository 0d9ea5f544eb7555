// Questions to somebody at a terminal: asked on the error stream, answered by lines, so that the output
// stays what scripts read. One thread.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/matching.h"

namespace casewheel::cli {

class Prompts {
 public:
  Prompts(std::istream& in, std::ostream& out) : in_(in), out_(out) {}

  // One line, without the spaces about it; again while `wrong` says why it cannot be, nothing at the end of
  // the input. An empty line is an answer where it is not required.
  using Check = std::function<std::string(const std::string&)>;
  std::optional<std::string> line(const std::string& label, bool required,
                                  const Check& wrong = nullptr);

  // One of the entries, by its number in the list, its id, or as many of its letters as tell it apart. All
  // are listed while they are few, and those that fit what was typed.
  std::optional<std::string> pick(const std::string& label, const std::vector<Entry>& entries,
                                  bool required);

  // y, yes or 是; anything else is no.
  bool confirm(const std::string& question);

 private:
  void list(const std::vector<const Entry*>& entries);

  std::istream& in_;
  std::ostream& out_;
};

}  // namespace casewheel::cli
