// See histogram.h. Values below 128 have a bucket each; above, every doubling is cut into 128.
#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace casewheel::bench {
namespace {

constexpr int kStepBits = 7;
constexpr std::uint64_t kSteps = 1u << kStepBits;
constexpr int kValueBits = 36;  // 19 hours in microseconds
constexpr std::uint64_t kValueMax = (std::uint64_t{1} << kValueBits) - 1;

std::size_t bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const int shift = std::bit_width(value) - kStepBits - 1;
  return static_cast<std::size_t>(shift) * kSteps + (value >> shift);
}

std::uint64_t highest_value_of(std::size_t bucket) {
  if (bucket < 2 * kSteps) return bucket;
  const int shift = static_cast<int>(bucket / kSteps) - 1;
  const std::uint64_t step = bucket - static_cast<std::size_t>(shift) * kSteps;
  return ((step + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : counts_(bucket_of(kValueMax) + 1) {}

void Histogram::add(std::int64_t microseconds) {
  const std::uint64_t value =
      std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0)), kValueMax);
  ++counts_[bucket_of(value)];
  ++count_;
  max_us_ = std::max(max_us_, static_cast<std::int64_t>(value));
  sum_us_ += static_cast<double>(value);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_us_ = std::max(max_us_, other.max_us_);
  sum_us_ += other.sum_us_;
}

double Histogram::mean_us() const {
  return count_ == 0 ? 0 : sum_us_ / static_cast<double>(count_);
}

std::int64_t Histogram::quantile_us(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(static_cast<std::int64_t>(highest_value_of(i)), max_us_);
  }
  return max_us_;
}

}  // namespace casewheel::bench
