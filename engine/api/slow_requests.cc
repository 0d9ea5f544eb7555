#include "engine/api/slow_requests.h"

#include <spdlog/spdlog.h>

#include "engine/base/clock.h"

namespace casewheel::api {

void SlowRequests::tell(const Method& method, DurationMs took_ms) {
  ++count_;
  const std::int64_t now_s = machine_clock().steady_ms() / kSecondMs + 1;
  if (told_s_.exchange(now_s) == now_s) {
    ++untold_;
    return;
  }
  const std::uint64_t untold = untold_.exchange(0);
  spdlog::warn("slow: {} took {} ms{}", method.name, took_ms,
               untold == 0 ? "" : "; and " + std::to_string(untold) + " others before it");
}

}  // namespace casewheel::api
