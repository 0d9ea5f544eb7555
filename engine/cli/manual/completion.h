// Completion for shells: scripts that know every command, its options and the words an option takes. They
// ask no engine. Pure.
#pragma once

#include <string>

#include "engine/cli/manual/description.h"

namespace casewheel::cli {

// For bash 4 and later; needs no bash-completion.
std::string bash_completion(const DescribedCommand& whole);
// For zsh, as the file _casewheel of a folder in fpath.
std::string zsh_completion(const DescribedCommand& whole);

}  // namespace casewheel::cli
