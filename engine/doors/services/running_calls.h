// How many calls are being served, so that the end of the server waits for them and for nothing
// else. Any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace casewheel::doors {

class RunningCalls {
 public:
  // Held from a call's first message until the transport has sent its last.
  class Running {
   public:
    explicit Running(RunningCalls& calls) : calls_(calls) { ++calls_.count_; }
    ~Running() { --calls_.count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    RunningCalls& calls_;
  };

  bool none() const { return count_ == 0; }

 private:
  std::atomic<std::size_t> count_{0};
};

}  // namespace casewheel::doors
