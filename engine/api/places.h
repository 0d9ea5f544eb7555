// How much of something is going on at once: of all, of one caller, and from one network, so that nobody who
// leaves open all that is hers keeps others from it. A caller has a quarter, a network half; and the last
// quarter of all is for those who hold little, so that however many hold their whole share, somebody else
// still gets in. Where nobody has to sign in nobody is told apart, and the whole alone is counted.
// Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/api/call.h"

namespace casewheel::api {

// Whose place it is.
struct Holder {
  std::string caller;   // her identity; empty: nobody is asked
  std::string network;  // of her address
};
Holder holder_of(const Call& call);

class Places {
 public:
  Places(const char* what, std::size_t most, DurationMs retry_ms);
  // Refused, or to be left again.
  std::optional<Rejection> enter(const Holder& holder);
  void leave(const Holder& holder);

 private:
  using Counts = std::map<std::string, std::size_t>;
  bool has_room(std::size_t of_caller, std::size_t of_network) const;

  const char* const what_;
  const std::size_t most_;
  const std::size_t most_of_caller_;
  const std::size_t most_of_network_;
  const std::size_t kept_;  // of all, for those who hold less than `little_`
  const std::size_t little_;
  const DurationMs retry_ms_;
  std::mutex mutex_;
  Counts by_caller_;
  Counts by_network_;
  std::size_t in_all_ = 0;
};

}  // namespace casewheel::api
