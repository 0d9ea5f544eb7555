// What a load run found, and how it is told to people and to scripts.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "bench/histogram.h"

namespace grpc {
class Status;
}

namespace casewheel::bench {

using Clock = std::chrono::steady_clock;

inline std::int64_t microseconds_between(Clock::time_point from, Clock::time_point until) {
  return std::chrono::duration_cast<std::chrono::microseconds>(until - from).count();
}

struct LoadResult {
  std::uint64_t answered = 0;        // good answers in the measured time
  std::uint64_t duplicates = 0;      // of these: known request_ids, nothing new was made
  double seconds = 0;                // the measured time
  std::uint64_t response_bytes = 0;  // of the good answers
  // Refusals and failures of the whole run, warm-up included: RESOURCE_EXHAUSTED and its like, or
  // an intake outcome. A call that was refused and then answered counts here and in `answered`.
  std::map<std::string, std::uint64_t> errors;
  // From the (intended) first sending to the good answer.
  Histogram latency;

  double per_second() const { return seconds > 0 ? static_cast<double>(answered) / seconds : 0; }
  void merge(const LoadResult& other);  // of a run beside this one: the longer time counts
};

std::string to_text(const LoadResult& result);
std::string to_json(const LoadResult& result);

// Name of a gRPC code, e.g. "RESOURCE_EXHAUSTED".
std::string code_name(const grpc::Status& status);

// Ends the process, saying what was refused, when the server refuses what a run needs.
void require_ok(const grpc::Status& status, const char* what);

// The server's RetryInfo in milliseconds; `otherwise` where it gave none.
std::int64_t retry_delay_ms(const grpc::Status& status, std::int64_t otherwise);

}  // namespace casewheel::bench
