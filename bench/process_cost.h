// What a process has taken so far, as the kernel counts it. Any thread.
#pragma once

namespace casewheel::bench {

struct Cost {
  double seconds = 0;  // of processors
  double mib = 0;      // resident
};
Cost cost_of(long pid);

}  // namespace casewheel::bench
