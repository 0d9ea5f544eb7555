#include "engine/access/throttle.h"

#include <algorithm>

namespace casewheel::access {

DurationMs Throttle::wait(std::string_view name, TimeMs now) {
  const std::scoped_lock lock(mutex_);
  const auto found = records_.find(std::string(name));
  return found == records_.end() ? 0 : std::max<DurationMs>(0, found->second.until - now);
}

void Throttle::failed(std::string_view name, TimeMs now) {
  const std::scoped_lock lock(mutex_);
  count(name, now);
}

DurationMs Throttle::attempt(std::string_view name, TimeMs now) {
  const std::scoped_lock lock(mutex_);
  const auto found = records_.find(std::string(name));
  if (found != records_.end() && found->second.until > now) return found->second.until - now;
  count(name, now);
  return 0;
}

void Throttle::forgive(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = records_.find(std::string(name));
  if (found == records_.end()) return;
  if (--found->second.failures <= limits_.free_failures) found->second.until = 0;
  if (found->second.failures <= 0) records_.erase(found);
}

void Throttle::count(std::string_view name, TimeMs now) {
  if (records_.size() >= limits_.names_max && !records_.contains(std::string(name))) make_room(now);
  Record& record = records_[std::string(name)];
  if (now - record.last > limits_.forget_after_ms) record.failures = 0;
  record.last = now;
  ++record.failures;
  const int beyond = record.failures - limits_.free_failures;
  if (beyond <= 0) return;
  const DurationMs wait = limits_.first_wait_ms << std::min(beyond - 1, 30);
  record.until = now + std::min(wait, limits_.longest_wait_ms);
}

void Throttle::succeeded(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  records_.erase(std::string(name));
}

// Names come from outside: they may not fill the memory. Those under a wait stay while there are
// others to let go.
void Throttle::make_room(TimeMs now) {
  absl::erase_if(records_, [&](const auto& entry) {
    return now - entry.second.last > limits_.forget_after_ms;
  });
  if (records_.size() < limits_.names_max) return;
  absl::erase_if(records_, [now](const auto& entry) { return entry.second.until <= now; });
  if (records_.size() < limits_.names_max) return;
  records_.erase(records_.begin());
}

}  // namespace casewheel::access
