// feeds: how far behind live feeds are. Opens feeds of changes, each of one service, lodges at a fixed rate, and says how
// long after its batch began each change arrived, and what the engine's process took. For bench/run.sh.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

#include "bench/catalogue_source.h"
#include "bench/lodge_load.h"
#include "bench/process_cost.h"
#include "bench/sample_cases.h"
#include "casewheel/v1/changes.grpc.pb.h"

namespace casewheel::bench {
namespace {

struct Options {
  std::string address = "127.0.0.1:7400";
  std::string catalogue;
  std::string token;
  std::string event = "case_lodged";
  int feeds = 1000;
  int channels = 16;
  double rate = 1000;
  double seconds = 10;
  long pid = 0;
};

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Seen {
  std::mutex mutex;
  Histogram lag_us;
  std::uint64_t changes = 0;
  std::uint64_t messages = 0;
  std::uint64_t ended = 0;
};

// One feed of one service. Deletes itself when it has ended.
class Feed final : public grpc::ClientReadReactor<v1::WatchChangesResponse> {
 public:
  Feed(v1::Changes::Stub& stub, const SampleService& service, const Options& options, Seen& seen,
       std::atomic<int>& open)
      : seen_(seen), open_(open) {
    show_token(context_, options.token);
    request_.mutable_filter()->set_tenant(service.tenant);
    request_.mutable_filter()->add_services(service.id);
    if (!options.event.empty()) request_.mutable_filter()->add_events(options.event);
    stub.async()->WatchChanges(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  void leave() { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    const std::int64_t now = wall_ms();
    {
      const std::lock_guard lock(seen_.mutex);
      ++seen_.messages;
      for (const v1::CaseChange& change : response_.changes()) {
        const auto& time = change.entry().time();
        const std::int64_t at = time.seconds() * 1000 + time.nanos() / 1'000'000;
        seen_.lag_us.add(std::max<std::int64_t>(0, now - at) * 1000);
        ++seen_.changes;
      }
    }
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    if (status.error_code() != grpc::StatusCode::CANCELLED) {
      const std::lock_guard lock(seen_.mutex);
      ++seen_.ended;
    }
    --open_;
  }

  Seen& seen_;
  std::atomic<int>& open_;
  grpc::ClientContext context_;
  v1::WatchChangesRequest request_;
  v1::WatchChangesResponse response_;
};

int run(int argc, char** argv) {
  CLI::App app{"feeds: how far behind live feeds are"};
  Options options;
  app.add_option("--address", options.address, "host:port of its gRPC door");
  app.add_option("--catalogue", options.catalogue, "services to lodge for")->required();
  app.add_option("--token", options.token, "of a key")->envname("CASEWHEEL_TOKEN");
  app.add_option("--event", options.event, "of which the feeds are told; empty: all of a case");
  app.add_option("--feeds", options.feeds, "open at once")->check(CLI::Range(0, 4000));
  app.add_option("--rate", options.rate, "lodges a second");
  app.add_option("--seconds", options.seconds, "how long");
  app.add_option("--pid", options.pid, "of the engine");
  CLI11_PARSE(app, argc, argv);

  const std::vector<SampleService> services =
      services_in_catalogue(catalogue_of_file(options.catalogue), "");
  const auto channels = connect(options.address, options.channels);
  if (channels.empty()) return 1;
  std::vector<std::unique_ptr<v1::Changes::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(v1::Changes::NewStub(channel));

  Seen seen;
  std::atomic<int> open = options.feeds;
  std::vector<std::unique_ptr<Feed>> feeds;
  for (int i = 0; i < options.feeds; ++i) {
    const auto at = static_cast<std::size_t>(i);
    feeds.push_back(std::make_unique<Feed>(*stubs[at % stubs.size()],
                                           services[at % services.size()], options, seen, open));
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));  // until all of them follow

  const SampleCases cases(services, 1, unique_run_name());
  LodgePlan plan;
  plan.rate_per_second = options.rate;
  plan.in_flight = 4096;
  plan.seconds = options.seconds;
  plan.token = options.token;
  plan.source = [&cases](std::uint64_t number, v1::LodgeCaseRequest* request) {
    cases.fill(number, request);
  };
  const Cost before = cost_of(options.pid);
  const LoadResult lodged = run_lodges(channels, plan);
  const Cost after = cost_of(options.pid);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (const auto& feed : feeds) feed->leave();
  while (open > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));

  std::printf(
      "{\"feeds\": %d, \"lodged\": %llu, \"lodge_p99_ms\": %.1f, \"changes\": %llu, \"messages\": "
      "%llu, "
      "\"ended\": %llu, \"lag_p50_ms\": %.0f, \"lag_p99_ms\": %.0f, \"lag_max_ms\": %.0f, "
      "\"cpu\": %.2f, \"mib\": %.0f}\n",
      options.feeds, static_cast<unsigned long long>(lodged.answered),
      static_cast<double>(lodged.latency.quantile_us(0.99)) / 1000,
      static_cast<unsigned long long>(seen.changes), static_cast<unsigned long long>(seen.messages),
      static_cast<unsigned long long>(seen.ended),
      static_cast<double>(seen.lag_us.quantile_us(0.5)) / 1000,
      static_cast<double>(seen.lag_us.quantile_us(0.99)) / 1000,
      static_cast<double>(seen.lag_us.max_us()) / 1000,
      (after.seconds - before.seconds) / std::max(0.001, lodged.seconds), after.mib);
  return lodged.answered > 0 ? 0 : 1;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
