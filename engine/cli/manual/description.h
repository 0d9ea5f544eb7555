// The command line as data: every command with its options, read from the parser itself, so that
// completions and man pages never tell of another one. Pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace casewheel::cli {

struct DescribedOption {
  std::vector<std::string> names;  // "-f", "--file"; of a positional its name alone
  std::string description;
  std::string environment;  // variable that stands in for it
  std::vector<std::string> choices;
  bool positional = false;
  bool takes_value = false;
  bool takes_file = false;
  bool required = false;
  bool repeats = false;
};

struct DescribedCommand {
  std::vector<std::string> path;  // {"calls", "list"}; empty: casewheel itself
  std::string description;
  std::vector<DescribedOption> options;
  std::vector<DescribedCommand> commands;

  // "calls list"
  std::string name() const;
};

// Without what is hidden.
DescribedCommand describe(const CLI::App& app);

}  // namespace casewheel::cli
