// A folder that holds personal data and the keys to it, closed to every other user of the machine.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace casewheel::storage {

// The directory is its owner's alone (0700) afterwards, and so are the files in it (0600), as an
// engine before this one or another program may have left them. What is made later is private by
// the process's umask. Refused where the owner is somebody else, who could open it again.
Status make_private(const std::string& directory);

}  // namespace casewheel::storage
