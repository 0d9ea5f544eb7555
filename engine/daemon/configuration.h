// The configuration file as an operator writes it: CLI11 reads its values and passes over what it does not
// know, so that a misspelt key would go unnoticed. Here every line has to be one that counts.
#pragma once

#include <CLI/App.hpp>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel::daemon {

// Why the text is not a configuration with these keys, naming the line; empty when it is. A key stands once:
// of two lines the second would not count.
std::string mistake_in(std::istream& text, const std::vector<std::string>& keys);

// The key that is most like `typed`; empty when none is.
std::string nearest_key(std::string_view typed, const std::vector<std::string>& keys);

// The long names of the options a file may set.
std::vector<std::string> keys_of(const CLI::App& app);

// What reads the file of `app`'s --config; throws CLI::ConfigError with the file, the line and the mistake.
// `app` outlives it.
std::shared_ptr<CLI::Config> make_checked_config(const CLI::App& app);

}  // namespace casewheel::daemon
