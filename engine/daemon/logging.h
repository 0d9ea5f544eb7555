// The daemon's log on standard error: lines for people or JSON, with personal numbers masked.
#pragma once

#include "engine/daemon/options.h"

namespace casewheel::daemon {

// Once, before anything is logged. gRPC's own messages go there too.
void start_logging(const Options& options);

}  // namespace casewheel::daemon
