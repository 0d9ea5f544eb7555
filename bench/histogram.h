// Latencies in microseconds, kept as counts in buckets a hundredth wide (the idea of Gil Tene's HDR
// Histogram; Debian has no C or C++ build of it). Fixed size however long the run. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace casewheel::bench {

class Histogram {
 public:
  Histogram();

  void add(std::int64_t microseconds);  // below 0 counts as 0, above 19 hours as 19 hours
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::int64_t max_us() const { return max_us_; }
  double mean_us() const;
  // The value at or below which this share (0 to 1) of all lies, at most 0.8% too high; 0 when
  // empty.
  std::int64_t quantile_us(double share) const;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::int64_t max_us_ = 0;
  double sum_us_ = 0;
};

}  // namespace casewheel::bench
