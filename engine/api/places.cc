#include "engine/api/places.h"

namespace casewheel::api {

std::string place_holder(const Call& call) { return call.caller ? call.caller->id : call.actor; }

std::optional<Rejection> Places::enter(const std::string& who) {
  const std::scoped_lock lock(mutex_);
  const auto known = by_caller_.find(who);
  const std::size_t of_caller = known == by_caller_.end() ? 0 : known->second;
  if (in_all_ >= most_ || of_caller >= most_of_one_) {
    return Rejection::of(RejectionCode::kOverloaded,
                         std::string("too many ") + what_ +
                             " at once: " + std::to_string(of_caller) + " of the caller, " +
                             std::to_string(in_all_) + " of all",
                         retry_ms_);
  }
  ++by_caller_[who];
  ++in_all_;
  return std::nullopt;
}

void Places::leave(const std::string& who) {
  const std::scoped_lock lock(mutex_);
  --in_all_;
  if (--by_caller_[who] == 0) by_caller_.erase(who);
}

}  // namespace casewheel::api
