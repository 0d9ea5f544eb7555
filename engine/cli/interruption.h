// What Ctrl-C says before it ends the process: under which key the change that was on its way can be sent
// again, or the command line with what was answered so far. Whole process; the handler only writes what was
// prepared.
#pragma once

#include <string>

namespace casewheel::cli {

// From now on an interruption writes the text to the standard error and ends the process with 130, as
// shells expect it. An empty text says nothing.
void tell_when_interrupted(const std::string& text);

}  // namespace casewheel::cli
