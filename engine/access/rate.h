// How many calls are answered under one name (an identity, a network): so many a second, and after a
// pause twice as many at once. Time is a reading of a steady clock and comes in as an argument.
// Thread-safe; callers of different names hardly meet.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace casewheel::access {

class Rate {
 public:
  // `names_max`: remembered at once, some 100 bytes each. Beyond it names that are at rest are
  // forgotten, which changes nothing for them, and then any: a stranger with that many addresses is
  // not stopped by a count of each.
  explicit Rate(int per_second, std::size_t names_max = 100'000);

  // From now on so many.
  void set(int per_second) { per_second_ = per_second; }

  // Takes one call; 0, or the time in milliseconds until there is one to take, and nothing is taken.
  DurationMs take(std::string_view name, std::int64_t steady_ms);
  // Takes what looking at so many rows costs, limits::kRowsPerCall of which are a call, whether or not there
  // is as much: then the name waits until it is made up for, at most limits::kRateDebtMaxMs.
  void charge(std::string_view name, std::size_t rows, std::int64_t steady_ms);
  // A call's wait without taking one.
  DurationMs wait(std::string_view name, std::int64_t steady_ms);

 private:
  // Of a name: when, in microseconds, it will be at rest again. The generic cell rate algorithm of
  // ITU-T I.371: one number instead of a count of tokens and the time it was of.
  struct alignas(64) Shard {
    std::mutex mutex;
    absl::flat_hash_map<std::string, std::int64_t> rest_us;
    std::int64_t swept_us = 0;
  };
  Shard& shard_of(std::string_view name);
  std::int64_t& rest_of(Shard& shard, std::string_view name, std::int64_t now_us) const;
  // These say what one call costs, and how far ahead of its time a name may be.
  struct Pace {
    std::int64_t call_us;
    std::int64_t burst_us;
  };
  Pace pace() const;
  DurationMs wait_ms(std::int64_t rest_us, std::int64_t now_us) const;
  void make_room(Shard& shard, std::int64_t now_us) const;

  std::atomic<int> per_second_;
  const std::size_t names_max_;  // of a shard
  std::array<Shard, 16> shards_;
};

// What is counted as one address: that of IPv4, and of IPv6 the /64 network, all of which one customer
// has. `address` as text, without a port; any other text is itself.
std::string network_of(const std::string& address);

}  // namespace casewheel::access
