// casewheeld as a whole: store, engine, board, doors; in this order up and in reverse down.
#pragma once

#include "engine/daemon/options.h"
#include "engine/daemon/reload.h"

namespace casewheel::daemon {

// The process's exit codes, beside 2 for options that cannot be taken: 0 after SIGTERM or SIGINT, 1 where it
// cannot start or go on; the log says why.
//
// Runs until SIGTERM or SIGINT; returns the exit code. Prints one line on standard output when it serves:
// "casewheeld ready: grpc=HOST:PORT metrics=HOST:PORT http=HOST:PORT". At SIGHUP the options are read
// again by `read`; see reload.h.
int run(const Options& options, Reload::Read read);

}  // namespace casewheel::daemon
