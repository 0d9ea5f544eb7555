// How much of something is going on at once: of all callers, and of one, so that whoever leaves all of hers
// open keeps nobody else from it. Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/api/call.h"

namespace casewheel::api {

// Whose place it is: her identity, or what she calls herself where nobody has to sign in.
std::string place_holder(const Call& call);

class Places {
 public:
  Places(const char* what, std::size_t most, std::size_t most_of_one, DurationMs retry_ms)
      : what_(what), most_(most), most_of_one_(most_of_one), retry_ms_(retry_ms) {}
  // Refused, or to be left again.
  std::optional<Rejection> enter(const std::string& who);
  void leave(const std::string& who);

 private:
  const char* const what_;
  const std::size_t most_;
  const std::size_t most_of_one_;
  const DurationMs retry_ms_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> by_caller_;
  std::size_t in_all_ = 0;
};

}  // namespace casewheel::api
