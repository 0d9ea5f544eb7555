// Figures an operator watches: counters and histograms that any thread may bump and any thread may
// read. The daemon exports them to Prometheus; the engine knows nothing of that.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace casewheel {

using Counter = std::atomic<std::uint64_t>;

// Counts of values in milliseconds by upper bound; the last bucket takes the rest.
class LatencyHistogram {
 public:
  static constexpr std::array<double, 16> kBoundsMs = {
      0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 30000, 300000, 3600000, 86400000};

  void observe(double value_ms) {
    std::size_t bucket = 0;
    while (bucket < kBoundsMs.size() && value_ms > kBoundsMs[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(static_cast<std::uint64_t>(value_ms < 0 ? 0 : value_ms * 1000),
                      std::memory_order_relaxed);
  }
  std::uint64_t count_in(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  double sum_ms() const {
    return static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1000;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBoundsMs.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

// Calls that were refused at the door, before any handler, by why.
struct RefusalMetrics {
  Counter unauthenticated{0};  // nobody known
  Counter denied{0};           // known, without the right
  Counter rate{0};             // too many calls
};

// Damage met since the start, of all partitions.
struct DamageMetrics {
  Counter passed_over{0};  // rows, and stretches of rows, that could not be read and were left out
  Counter derived_clock_rows{0};  // taken from the case, because the clock row could not be read
};

// Of one partition.
struct PartitionMetrics {
  Counter commits{0};
  Counter events{0};
  Counter rejected{0};
  Counter overloaded{0};      // refused because a queue was full
  Counter batch_requests{0};  // requests committed, for the mean batch size
  Counter journal_bytes{0};
  Counter row_bytes{0};
  LatencyHistogram commit_ms;    // the store's write
  LatencyHistogram lateness_ms;  // fired minus due, for steps and breaches
  std::atomic<std::uint64_t> queue_people{0};
  std::atomic<std::uint64_t> queue_bulk{0};
  std::atomic<std::uint64_t> armed{0};
  std::atomic<std::int64_t> oldest_unfired_ms{0};  // instant; 0 when nothing is late
  Counter sweep_moved{0};                          // cases laid anew under changed time rules
  std::atomic<std::uint64_t> rules_edition{0};  // up to which every open clock has been laid anew
  std::atomic<std::uint64_t> unreadable_cases{0};  // due, but their rows are damaged
  std::atomic<std::uint64_t> disk_full{0};         // 1 while the store takes no work
};

}  // namespace casewheel
