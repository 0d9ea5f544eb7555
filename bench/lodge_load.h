// Load by unary LodgeCase calls.
//
// Closed loop: a fixed number of callers, each sending when its last call was answered; a refused
// call is sent again after the server's RetryInfo. Open loop: calls leave at a fixed rate whatever
// the server does, and latency counts from the instant a call should have left, so that a stalled
// server is charged for the calls it kept from being sent; a refused call is counted and not sent
// again.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/load_result.h"
#include "casewheel/v1/cases.pb.h"

namespace casewheel::bench {

// Makes the request of a number; called on any thread.
using RequestSource = std::function<void(std::uint64_t number, v1::LodgeCaseRequest* request)>;

struct LodgePlan {
  int in_flight = 64;  // callers of the closed loop; bound on unanswered calls of the open one
  double rate_per_second = 0;  // 0: closed loop
  double seconds = 0;          // measured time; 0: until `count` calls were answered
  std::uint64_t count = 0;     // 0: no limit
  double warm_up_seconds = 0;  // before the measured time
  std::uint64_t first_number = 0;
  RequestSource source;
  std::string token{};  // shown with every call; empty: none
  // Open loop only, may be empty: told of every call, on a library thread.
  std::function<void(Clock::time_point intended, std::int64_t latency_us, bool good)> on_answer;
};

// Calls are spread over the channels in turn. Returns when every call was answered or has failed.
LoadResult run_lodges(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                      const LodgePlan& plan);

// Connected channels to one server; empty when it does not answer within 10 s. With `tls_ca`, a PEM
// file of the authority that is believed, they speak TLS.
std::vector<std::shared_ptr<grpc::Channel>> connect(const std::string& target, int count,
                                                    const std::string& tls_ca = "");

// As the caller who holds the token; nobody without one.
void show_token(grpc::ClientContext& context, const std::string& token);

}  // namespace casewheel::bench
