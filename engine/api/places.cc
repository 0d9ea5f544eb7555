#include "engine/api/places.h"

#include <algorithm>

#include "engine/access/rate.h"

namespace casewheel::api {
namespace {

std::size_t part_of(std::size_t most, std::size_t divisor) {
  return std::max<std::size_t>(1, most / divisor);
}

std::size_t held(const std::map<std::string, std::size_t>& counts, const std::string& name) {
  const auto known = counts.find(name);
  return name.empty() || known == counts.end() ? 0 : known->second;
}

void let_go(std::map<std::string, std::size_t>& counts, const std::string& name) {
  const auto known = counts.find(name);
  if (known != counts.end() && --known->second == 0) counts.erase(known);
}

}  // namespace

Holder holder_of(const Call& call) {
  if (call.caller == nullptr) return {};
  return {call.caller->id, access::network_of(call.from)};
}

Places::Places(const char* what, std::size_t most, DurationMs retry_ms)
    : what_(what),
      most_(most),
      most_of_caller_(part_of(most, 4)),
      most_of_network_(part_of(most, 2)),
      kept_(most / 4),
      little_(part_of(most, 64)),
      retry_ms_(retry_ms) {}

bool Places::has_room(std::size_t of_caller, std::size_t of_network) const {
  if (in_all_ >= most_ || of_caller >= most_of_caller_ || of_network >= most_of_network_)
    return false;
  return in_all_ < most_ - kept_ || (of_caller < little_ && of_network < little_);
}

std::optional<Rejection> Places::enter(const Holder& holder) {
  const std::scoped_lock lock(mutex_);
  const std::size_t of_caller = held(by_caller_, holder.caller);
  const std::size_t of_network = held(by_network_, holder.network);
  const bool told_apart = !holder.caller.empty() || !holder.network.empty();
  if (told_apart ? !has_room(of_caller, of_network) : in_all_ >= most_) {
    return Rejection::of(RejectionCode::kOverloaded,
                         std::string("too many ") + what_ +
                             " at once: " + std::to_string(of_caller) + " of the caller, " +
                             std::to_string(of_network) + " from its network, " +
                             std::to_string(in_all_) + " of all",
                         retry_ms_);
  }
  if (!holder.caller.empty()) ++by_caller_[holder.caller];
  if (!holder.network.empty()) ++by_network_[holder.network];
  ++in_all_;
  return std::nullopt;
}

void Places::leave(const Holder& holder) {
  const std::scoped_lock lock(mutex_);
  --in_all_;
  let_go(by_caller_, holder.caller);
  let_go(by_network_, holder.network);
}

}  // namespace casewheel::api
