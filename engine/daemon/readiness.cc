#include "engine/daemon/readiness.h"

namespace casewheel::daemon {

std::string Readiness::why_not() const {
  std::string reasons;
  const auto add = [&reasons](const std::string& reason) {
    reasons += (reasons.empty() ? "" : "; ") + reason;
  };
  const Stage stage = stage_;
  if (stage == Stage::kStarting) add("the engine is starting");
  if (stage == Stage::kStopping) add("the engine is stopping");
  for (PartitionId id = 0; id < engine_.partitions(); ++id) {
    if (engine_.metrics(id).disk_full.load() == 0) continue;
    add("the disk is full: free space is below the reserve, no work is taken");
    break;
  }
  if (engine_.clock().read().frozen)
    add("the machine's clock jumped, and nothing fires until `casewheel clock confirm`");
  return reasons;
}

}  // namespace casewheel::daemon
