// What is wrong with a command line that cannot be parsed: in Chinese first, with what would be right. Pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace casewheel::cli {

// As typed; "casewheel help lodge" is "casewheel lodge --help".
std::vector<const char*> help_as_option(int count, const char* const* arguments);

// The word that was typed where a command stands and is none; empty where there is none.
std::string unknown_command(const CLI::App& app);

// "缺少 --handler（承辦人） is required。說明 help: casewheel help assign"
std::string parse_mistake(CLI::App& app, const CLI::ParseError& error);

}  // namespace casewheel::cli
