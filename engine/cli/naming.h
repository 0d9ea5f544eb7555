// The names in what was typed, put into ids before the command runs: --tenant 台糖, --unit 臺南區處,
// --handler 顏佳玲, --service 客訴. Also which option of a command stands for a field of the API. One thread.
#pragma once

#include <string>

#include "engine/cli/directory.h"

namespace CLI {
class App;
}

namespace casewheel::cli {

// The subcommand that was typed, innermost.
CLI::App* typed_command(CLI::App& app);

// The enterprise the command is about, by --tenant or a case number; empty where none is said.
std::string tenant_of(const CLI::App& command, Directory& directory);

struct Named {
  std::string mistake;  // empty: everything named is known, or for the engine to judge
  std::string hint;     // what an id that is not known may have been meant for
};

// Looks names up in the directory and hands their ids to the options' variables.
Named settle_names(CLI::App& command, Directory& directory);

// "--to" for "due_time" where the command has that option; empty where none stands for the field.
std::string option_of(const CLI::App& command, const std::string& field);
// What was typed for it.
std::string typed_for(const CLI::App& command, const std::string& option);

}  // namespace casewheel::cli
