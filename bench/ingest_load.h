// Load through the intake stream: items are sent as long as the window has room, and every answer
// is booked by its position. Refused items (OVERLOADED) are sent again after the server's hint.
#pragma once

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/load_result.h"
#include "bench/lodge_load.h"
#include "casewheel/v1/intake.pb.h"

namespace casewheel::bench {

struct IngestPlan {
  std::string tenant;
  std::string feed;         // name of the source; a new one starts at position 1
  int window = 1024;        // unanswered items; never more than the server allows
  double seconds = 0;       // measured time; 0: until `count` items were answered
  std::uint64_t count = 0;  // 0: no limit
  double warm_up_seconds = 0;
  std::uint64_t first_number = 0;
  RequestSource source;
  std::string token{};  // shown when the stream is opened; empty: none
  // May be empty. Told of every answer but OVERLOADED, on a library thread, one at a time.
  std::function<void(std::uint64_t number, const v1::IngestResult& result)> on_result;
};

// Runs the streams side by side, each on its own channel in turn, and adds up their results.
LoadResult run_ingest(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                      const std::vector<IngestPlan>& plans);

}  // namespace casewheel::bench
