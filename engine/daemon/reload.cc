#include "engine/daemon/reload.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace casewheel::daemon {
namespace {

// The settings take() hands on. All others are looked at once, at the start: addresses and threads by what
// listens there, the rest because a change in the middle of a call would have no clear meaning.
constexpr std::array<std::string_view, 7> kTakenWhileServing = {
    "disk-reserve-mib", "log-level",    "memory-limit-mib", "rate-address",
    "rate-identity",    "session-idle", "slow-request-ms"};

bool is_taken_while_serving(const std::string& key) {
  return std::find(kTakenWhileServing.begin(), kTakenWhileServing.end(), key) !=
         kTakenWhileServing.end();
}

std::string shown(const std::string& value) { return value.empty() ? "nothing" : value; }

}  // namespace

void Reload::run() {
  spdlog::info("SIGHUP: the configuration is read anew");
  Options next;
  if (const std::string mistake = read_(&next); !mistake.empty()) {
    spdlog::error("configuration: nothing changes: {}", mistake);
    return;
  }
  bool changes = false;
  for (const auto& [key, value] : next.settings) {
    std::string& now = in_effect_.settings[key];
    if (now == value) continue;
    changes = true;
    if (!is_taken_while_serving(key)) {
      spdlog::warn("configuration: {} = {} needs a restart; until then {} is in effect", key,
                   shown(value), shown(now));
      continue;
    }
    // As warnings, so that they stand in the log whatever level is in effect: they are rare.
    spdlog::warn("configuration: {} is {} from now on, was {}", key, shown(value), shown(now));
    now = value;
  }
  take(next);
  if (!changes) spdlog::info("configuration: as it is in effect already");
}

void Reload::take(const Options& next) {
  takers_.engine.set_disk_reserve(next.disk_reserve_mib << 20);
  spdlog::default_logger()->set_level(spdlog::level::from_str(next.log_level));
  takers_.grpc.set_memory_limit(next.memory_limit_mib);
  takers_.admission.set_limits({next.calls_of_identity, next.calls_of_address});
  takers_.book.set_session_idle(next.session_idle_min * kMinuteMs);
  takers_.slow.set_bound(next.slow_request_ms);
}

std::string listed(const Options& options) {
  std::string list;
  for (const auto& [key, value] : options.settings) {
    if (value.empty()) continue;
    list += (list.empty() ? "" : " ") + key + "=" + value;
  }
  return list;
}

}  // namespace casewheel::daemon
