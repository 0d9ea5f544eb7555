// Threads that serve callers in turn. Each caller's work waits in a line of her own, the lines are gone
// round, and a line is bounded: so whoever asks for much waits behind herself, and others behind one piece
// of hers at most. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace casewheel {

class FairThreads {
 public:
  struct Limits {
    const char* what = "";  // as refusals name it: "scans"
    std::size_t threads = 1;
    std::size_t waiting = 0;         // in all lines together, beside what is being done
    std::size_t waiting_of_one = 0;  // in one line
    // How far the threads give way to others when there are fewer processors than work: sched_setattr(2).
    int niceness = 0;
    DurationMs retry_ms = 0;  // the hint of a refusal
  };

  explicit FairThreads(const Limits& limits);
  ~FairThreads() { join(); }
  FairThreads(const FairThreads&) = delete;
  FairThreads& operator=(const FairThreads&) = delete;

  // Has the work done when its turn comes. Refused: it never is, since a line is full. Where callers are not
  // told apart `who` is empty, and the whole alone is bounded.
  [[nodiscard]] std::optional<Rejection> post(const std::string& who, std::function<void()> work);

  std::size_t waiting() const;

  // Does what waits and ends; what is posted later is refused.
  void join();

 private:
  void run();

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<std::function<void()>>> lines_;  // none is empty
  std::deque<std::string> turns_;  // whose lines come next, each once
  std::size_t waiting_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace casewheel
