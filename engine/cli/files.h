// Files a command sends as they are: catalogues, calendars.
#pragma once

#include <string>

namespace casewheel::cli {

// Reads a whole file, "-" being the standard input. Gives the mistake, or nothing when all is well.
std::string read_file(const std::string& file, std::string* content);

}  // namespace casewheel::cli
