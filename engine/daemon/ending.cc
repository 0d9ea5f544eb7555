#include "engine/daemon/ending.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace casewheel::daemon {

Ending::Ending(std::function<void(int)> begin, std::function<void()> reload)
    : begin_(std::move(begin)),
      reload_(std::move(reload)),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      last_(io_) {
  wait();
  thread_ = std::thread([this] { io_.run(); });
}

Ending::~Ending() {
  io_.stop();
  thread_.join();
}

void Ending::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      if (!begun_) reload_();
    } else if (!std::exchange(begun_, true)) {
      last_.expires_after(std::chrono::milliseconds(kMostMs));
      last_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) end_at_last();
      });
      begin_(signal);
    }
    wait();
  });
}

void Ending::end_at_last() {
  spdlog::critical("the end takes longer than {} s: {}", kMostMs / kSecondMs,
                   stored_ ? "everything stored is closed, and the doors are left as they are"
                           : "what was acknowledged is on the disk, the next start reads the log");
  spdlog::default_logger()->flush();
  ::_exit(stored_ ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace casewheel::daemon
