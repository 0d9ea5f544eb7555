// The end of the process: told by a signal, and over in bounded time whatever the doors' libraries
// do. A thread of its own waits for both, so that neither needs any other to be free.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <thread>

#include "engine/base/time.h"

namespace casewheel::daemon {

class Ending {
 public:
  // How long the end may take. What is acknowledged is on the disk before, so that a process that
  // ends then loses nothing.
  static constexpr DurationMs kMostMs = 10 * kSecondMs;

  // From now on SIGTERM and SIGINT call `begin`, once, with the signal; SIGHUP calls `reload`, unless the
  // end has begun. Both on a thread of this, so that they only hand on.
  Ending(std::function<void(int)> begin, std::function<void()> reload);
  // The end came in time.
  ~Ending();

  // Everything that is stored is closed: what is left belongs to the doors.
  void stored() { stored_ = true; }

 private:
  void wait();
  void end_at_last();

  const std::function<void(int)> begin_;
  const std::function<void()> reload_;
  std::atomic<bool> stored_{false};
  bool begun_ = false;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer last_;
  std::thread thread_;
};

}  // namespace casewheel::daemon
