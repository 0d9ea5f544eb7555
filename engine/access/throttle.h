// Guessing made slow: after some failures under one name (an account, an address) the next attempts are
// refused without being looked at, for a time that doubles with each failure. Time comes in as an
// argument. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace casewheel::access {

class Throttle {
 public:
  struct Limits {
    int free_failures = 5;  // that cost nothing
    DurationMs first_wait_ms = 1 * kSecondMs;
    DurationMs longest_wait_ms = 15 * kMinuteMs;
    DurationMs forget_after_ms = 1 * kHourMs;  // without a failure
    std::size_t names_max = 100'000;           // beyond, those that wait least are forgotten
  };
  explicit Throttle(Limits limits) : limits_(limits) {}

  // How long the name still has to wait; 0: it may try.
  DurationMs wait(std::string_view name, TimeMs now);
  void failed(std::string_view name, TimeMs now);
  void succeeded(std::string_view name);

  // Where the attempt itself is cheap and many can be made at once: wait(), and when that is 0 it
  // counts as failed from now on, until forgive() or succeeded() says otherwise.
  DurationMs attempt(std::string_view name, TimeMs now);
  void forgive(std::string_view name);

 private:
  struct Record {
    int failures = 0;
    TimeMs last = 0;
    TimeMs until = 0;
  };
  void count(std::string_view name, TimeMs now);
  void make_room(TimeMs now);

  const Limits limits_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Record> records_;
};

}  // namespace casewheel::access
