// The configuration read anew while the engine serves, at SIGHUP. What can change then takes effect at once,
// in the calls that come next; what cannot is named in the log. Whatever cannot be read as a whole changes
// nothing. One thread.
#pragma once

#include <functional>
#include <string>

#include "engine/access/book.h"
#include "engine/api/admission.h"
#include "engine/api/slow_requests.h"
#include "engine/daemon/options.h"
#include "engine/doors/grpc/server.h"
#include "engine/partition/engine.h"

namespace casewheel::daemon {

class Reload {
 public:
  // Gives the options as they stand now, or why there are none; see read_options_again.
  using Read = std::function<std::string(Options*)>;

  // What takes the options that change; outlives it.
  struct Takers {
    partition::Engine& engine;
    access::Book& book;
    const api::Admission& admission;
    api::SlowRequests& slow;
    doors::GrpcServer& grpc;
  };

  // `options`: those the engine was started with.
  Reload(Options options, Read read, Takers takers)
      : in_effect_(std::move(options)), read_(std::move(read)), takers_(takers) {}

  void run();

 private:
  void take(const Options& next);

  Options in_effect_;  // its settings, what takes effect; the rest as at the start
  const Read read_;
  const Takers takers_;
};

// "data=/var/lib/casewheel listen=127.0.0.1:7400 ...": every setting, for the log.
std::string listed(const Options& options);

}  // namespace casewheel::daemon
