// An answer that comes from another thread, or at once, awaited on the door's own thread.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "engine/doors/http/listener.h"
#include "engine/doors/services/running_calls.h"

namespace casewheel::doors {

// Held by who waits and by who will answer; counted as a running call until both have let go, so that
// what they use is still there.
template <typename T>
class Awaited : public std::enable_shared_from_this<Awaited<T>> {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  Awaited(boost::asio::any_io_executor thread, RunningCalls& calls)
      : running_(calls), thread_(thread), wake_(thread) {}

  // Once; any thread.
  void give(T value) {
    boost::asio::dispatch(thread_,
                          [self = this->shared_from_this(), value = std::move(value)]() mutable {
                            self->value_.emplace(std::move(value));
                            self->wake_.cancel();
                          });
  }

  // Nobody waits any more; whoever works on the answer may end.
  void abandon() { abandoned_.store(true); }
  bool is_abandoned() const { return abandoned_.load(); }

  // The answer; nothing where it has not come by then.
  boost::asio::awaitable<std::optional<T>> wait(Deadline deadline = Deadline::max()) {
    if (!value_) {
      wake_.expires_at(deadline);
      co_await wake_.async_wait(kTold);
    }
    co_return std::move(value_);
  }

 private:
  RunningCalls::Running running_;  // ends last
  boost::asio::any_io_executor thread_;
  boost::asio::steady_timer wake_;
  std::optional<T> value_;
  std::atomic<bool> abandoned_ = false;
};

}  // namespace casewheel::doors
