// How a fuzz target says that something must hold: it stops the process, which libFuzzer and the
// replay both report with the input.
#pragma once

#include <cstdlib>

namespace casewheel {

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace casewheel
