#include "engine/api/pools.h"

#include <algorithm>
#include <thread>

#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

// When every processor is busy a thread of niceness 5 gets a third of what one of 0 gets, and one of 10 a
// tenth (sched(7)): enough that it ends, and little enough that nobody at work on a case feels it.
constexpr int kScanNiceness = 5;
constexpr int kLongWorkNiceness = 10;

}  // namespace

Pools::Sizes Pools::Sizes::of(std::size_t processors) {
  Sizes sizes;
  sizes.reads = std::max<std::size_t>(2, processors);
  sizes.scans = std::max<std::size_t>(1, processors / 2);
  return sizes;
}

Pools::Sizes Pools::Sizes::of_this_machine() { return of(std::thread::hardware_concurrency()); }

Pools::Pools(Sizes sizes)
    : reads_(sizes.reads),
      scans_({.what = "scans",
              .threads = sizes.scans,
              .waiting = limits::kScansWaiting,
              .waiting_of_one = limits::kScansWaitingOfOne,
              .niceness = kScanNiceness,
              .retry_ms = kSecondMs}),
      long_work_({.what = "long calls",
                  .threads = 1,
                  .waiting = limits::kLongWorkWaiting,
                  .waiting_of_one = limits::kLongWorkWaitingOfOne,
                  .niceness = kLongWorkNiceness,
                  .retry_ms = kMinuteMs}) {}

void Pools::join() {
  long_work_.join();
  scans_.join();
  reads_.join();
  feeds_.join();
}

}  // namespace casewheel::api
