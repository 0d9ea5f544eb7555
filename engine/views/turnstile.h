// A mutex that cannot be taken back past someone who waits. Scans release the board's lock between
// slices, and a plain mutex would mostly go straight back to the scanner, since the one it wakes
// needs longer to arrive. Here the one waiting for `inside_` holds `turn_`, on which the scanner
// stops. A shared mutex was rejected: glibc's prefers readers and starves the writer.
#pragma once

#include <mutex>

namespace casewheel::views {

class Turnstile {
 public:
  void lock() {
    std::lock_guard turn(turn_);
    inside_.lock();
  }
  void unlock() { inside_.unlock(); }

 private:
  std::mutex turn_;
  std::mutex inside_;
};

}  // namespace casewheel::views
