#include "engine/access/rate.h"

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>
#include <arpa/inet.h>

#include <algorithm>

#include "engine/base/limits.h"

namespace casewheel::access {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
// A shard that is full is looked through for names at rest at most so often.
constexpr std::int64_t kSweepUs = kSecondUs / 10;

absl::string_view key_of(std::string_view name) { return {name.data(), name.size()}; }

}  // namespace

Rate::Rate(int per_second, std::size_t names_max)
    : per_second_(per_second),
      names_max_(std::max<std::size_t>(1, names_max / std::size(shards_))) {}

Rate::Shard& Rate::shard_of(std::string_view name) {
  return shards_[absl::HashOf(key_of(name)) % shards_.size()];
}

Rate::Pace Rate::pace() const {
  const std::int64_t per_second = per_second_.load(std::memory_order_relaxed);
  const std::int64_t call_us = std::max<std::int64_t>(1, kSecondUs / per_second);
  return {call_us, 2 * per_second * call_us};
}

DurationMs Rate::wait_ms(std::int64_t rest_us, std::int64_t now_us) const {
  const Pace pace = this->pace();
  const std::int64_t over = rest_us + pace.call_us - pace.burst_us - now_us;
  return over <= 0 ? 0 : (over + 999) / 1000;
}

DurationMs Rate::take(std::string_view name, std::int64_t steady_ms) {
  const std::int64_t now_us = steady_ms * 1000;
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  std::int64_t& rest_us = rest_of(shard, name, now_us);
  const DurationMs wait = wait_ms(rest_us, now_us);
  if (wait == 0) rest_us += pace().call_us;
  return wait;
}

void Rate::charge(std::string_view name, std::size_t rows, std::int64_t steady_ms) {
  const std::int64_t now_us = steady_ms * 1000;
  const Pace pace = this->pace();
  const std::int64_t most_us = now_us + pace.burst_us + limits::kRateDebtMaxMs * 1000;
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  std::int64_t& rest_us = rest_of(shard, name, now_us);
  const std::size_t rows_max =
      static_cast<std::size_t>((most_us - now_us) / pace.call_us + 1) * limits::kRowsPerCall;
  rest_us = std::min(most_us, rest_us + static_cast<std::int64_t>(std::min(rows, rows_max)) *
                                            pace.call_us / limits::kRowsPerCall);
}

std::int64_t& Rate::rest_of(Shard& shard, std::string_view name, std::int64_t now_us) const {
  auto found = shard.rest_us.find(key_of(name));
  if (found == shard.rest_us.end()) {
    if (shard.rest_us.size() >= names_max_) make_room(shard, now_us);
    found = shard.rest_us.emplace(std::string(name), now_us).first;
  }
  found->second = std::max(found->second, now_us);
  return found->second;
}

DurationMs Rate::wait(std::string_view name, std::int64_t steady_ms) {
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.rest_us.find(key_of(name));
  return found == shard.rest_us.end() ? 0 : wait_ms(found->second, steady_ms * 1000);
}

void Rate::make_room(Shard& shard, std::int64_t now_us) const {
  if (now_us - shard.swept_us >= kSweepUs) {
    shard.swept_us = now_us;
    absl::erase_if(shard.rest_us, [now_us](const auto& entry) { return entry.second <= now_us; });
  }
  if (shard.rest_us.size() >= names_max_) shard.rest_us.erase(shard.rest_us.begin());
}

std::string network_of(const std::string& address) {
  in6_addr bytes{};
  if (address.find(':') == std::string::npos || ::inet_pton(AF_INET6, address.c_str(), &bytes) != 1)
    return address;
  // An address of IPv4, written so.
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) return address;
  std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), 0);
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
  return std::string(text) + "/64";
}

}  // namespace casewheel::access
