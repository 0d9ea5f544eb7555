// casewheeld as a whole: store, engine, board, doors; in this order up and in reverse down.
#pragma once

#include "engine/daemon/options.h"

namespace casewheel::daemon {

// Runs until SIGTERM or SIGINT; returns the process's exit code. Prints one line on standard output
// when it serves: "casewheeld ready: grpc=HOST:PORT metrics=HOST:PORT".
int run(const Options& options);

}  // namespace casewheel::daemon
