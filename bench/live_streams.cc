#include "bench/live_streams.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/instants.h"

namespace casewheel::bench {

void LiveOptions::add_to(CLI::App& app, const std::string& rated) {
  app.add_option("--address", address, "host:port of its gRPC door");
  app.add_option("--token", token, "of a key")->envname("CASEWHEEL_TOKEN");
  app.add_option("--rate", rate, rated + " a second");
  app.add_option("--seconds", seconds, "how long");
  app.add_option("--pid", pid, "of the engine");
}

void Arrivals::add(const google::protobuf::Timestamp& heard) {
  const std::int64_t lag_ms = std::max<std::int64_t>(0, now_ms() - ms_of(heard));
  const std::lock_guard lock(mutex_);
  lag_us_.add(lag_ms * 1000);
}

void Arrivals::end(const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::CANCELLED) {
    const std::lock_guard lock(mutex_);
    ++ended_;
  }
  --open_;
}

void Arrivals::wait_for_ends() const {
  while (open_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

std::string Arrivals::to_json(const Cost& before, const Cost& after, double seconds) const {
  return absl::StrFormat(
      "\"ended\": %d, \"lag_p50_ms\": %.0f, \"lag_p99_ms\": %.0f, \"lag_max_ms\": %.0f, "
      "\"cpu\": %.2f, \"mib\": %.0f",
      ended_, static_cast<double>(lag_us_.quantile_us(0.5)) / 1000,
      static_cast<double>(lag_us_.quantile_us(0.99)) / 1000,
      static_cast<double>(lag_us_.max_us()) / 1000,
      (after.seconds - before.seconds) / std::max(0.001, seconds), after.mib);
}

}  // namespace casewheel::bench
