// What the conversations of the HTTP door share. The one thread of its io_context uses it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <unordered_set>

#include "engine/doors/http/connect_methods.h"
#include "engine/doors/http/metrics.h"
#include "engine/doors/http/origins.h"
#include "engine/doors/http/page_table.h"
#include "engine/doors/http/proxies.h"
#include "engine/doors/services/open_streams.h"
#include "engine/doors/services/running_calls.h"

namespace casewheel::doors {

// One connection, as the end of the door sees it.
class Guest {
 public:
  // Ends it, at once or before its next request: where it only waits for one.
  virtual void ask_to_leave() = 0;
  virtual void cut() = 0;

 protected:
  ~Guest() = default;
};

struct Premises {
  boost::asio::io_context& io;
  Handlers& handlers;
  const ConnectMethods& methods;
  const Origins& origins;
  const PageTable& pages;
  const Proxies& proxies;
  HttpMetrics& metrics;
  RunningCalls calls = {};
  OpenStreams streams = {};
  std::unordered_set<Guest*> guests = {};
  bool closing = false;
};

}  // namespace casewheel::doors
