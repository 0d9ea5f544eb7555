// Verification of a data directory without an engine. Waits for engine/partition's replay, which
// does not exist yet; until then it says so rather than prove nothing.
#include "engine/cli/offline.h"
#include "engine/cli/session.h"

namespace casewheel::cli {

int verify_directory(const OfflineVerifyOptions&, const Output& output) {
  return usage_error(output,
                     "verify --data is not part of this build; start casewheeld on the directory "
                     "and run casewheel verify");
}

}  // namespace casewheel::cli
