// One import from its files to its account: plan, check against the catalogue, feed, compare.
#pragma once

#include <cstdint>
#include <string>

#include "engine/cli/session.h"

namespace casewheel::cli {

struct ImportOptions {
  std::string file;
  std::string map_file;
  std::string errors_file, warnings_file;
  std::uint64_t limit = 0;  // rows; 0: all
  bool compare = false;
  bool resume = false;
};

// kExitOk when every row was taken; kExitRefused when some were not (they are listed);
// kExitDisagreed when a closed row disagrees with the engine; kExitUsage and kExitUnreachable
// before anything was done or when the import broke off (it says how to resume).
int run_import(Session& session, const ImportOptions& options);

}  // namespace casewheel::cli
