// Load by LodgeCase over the HTTP door: the Connect protocol, a closed loop of connections, each sending when
// its last call was answered. Requests are written before the measuring begins, so that what it costs
// a client to write JSON is not measured.
#pragma once

#include <cstdint>
#include <string>

#include "bench/lodge_load.h"

namespace casewheel::bench {

struct ConnectPlan {
  std::string address;  // host:port of the HTTP door
  bool json = true;     // else protobuf's own bytes
  int connections = 64;
  double seconds = 5;
  double warm_up_seconds = 0.5;
  std::size_t requests = 100'000;  // written beforehand; when they are used up the run ends
  RequestSource source;
  std::string token{};
};

LoadResult run_connect(const ConnectPlan& plan);

}  // namespace casewheel::bench
