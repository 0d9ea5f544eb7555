// Requests that took longer than an operator wants callers to wait: counted, and one a second is logged by
// its method, so that a flood of them fills no log. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "engine/api/call.h"
#include "engine/base/metrics.h"

namespace casewheel::api {

class SlowRequests {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // 0: none is slow.
  explicit SlowRequests(DurationMs bound_ms) : bound_ms_(bound_ms) {}
  void set_bound(DurationMs bound_ms) { bound_ms_ = bound_ms; }

  // A unary call of that method has ended, which began at `began`.
  void look_at(const Method& method, Instant began) {
    const DurationMs bound_ms = bound_ms_.load(std::memory_order_relaxed);
    if (bound_ms == 0) return;
    const auto took = std::chrono::steady_clock::now() - began;
    if (took >= std::chrono::milliseconds(bound_ms))
      tell(method, std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  }
  const Counter& count() const { return count_; }

 private:
  void tell(const Method& method, DurationMs took_ms);

  std::atomic<DurationMs> bound_ms_;
  Counter count_{0};
  std::atomic<std::int64_t> told_s_{0};
  Counter untold_{0};
};

}  // namespace casewheel::api
