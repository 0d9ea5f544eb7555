// feeds: how far behind live feeds are. Opens feeds of changes, each of one service, lodges at a fixed rate, and says how
// long after its batch began each change arrived, and what the engine's process took. For bench/run.sh.
#include <absl/strings/str_format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/catalogue_source.h"
#include "bench/live_streams.h"
#include "bench/lodge_load.h"
#include "bench/process_cost.h"
#include "bench/sample_cases.h"
#include "casewheel/v1/changes.grpc.pb.h"

namespace casewheel::bench {
namespace {

struct Options {
  LiveOptions live;
  std::string catalogue;
  std::string event = "case_lodged";
  int feeds = 1000;
};

v1::WatchChangesRequest feed_of(const SampleService& service, const std::string& event) {
  v1::WatchChangesRequest request;
  request.mutable_filter()->set_tenant(service.tenant);
  request.mutable_filter()->add_services(service.id);
  if (!event.empty()) request.mutable_filter()->add_events(event);
  return request;
}

int run(int argc, char** argv) {
  CLI::App app{"feeds: how far behind live feeds are"};
  Options options;
  options.live.add_to(app, "lodges");
  app.add_option("--catalogue", options.catalogue, "services to lodge for")->required();
  app.add_option("--event", options.event, "of which the feeds are told; empty: all of a case");
  app.add_option("--feeds", options.feeds, "open at once")->check(CLI::Range(0, 4000));
  CLI11_PARSE(app, argc, argv);

  const std::vector<SampleService> services =
      services_in_catalogue(catalogue_of_file(options.catalogue), "");
  const auto channels = connect(options.live.address, options.live.channels);
  if (channels.empty()) return 1;
  std::vector<std::unique_ptr<v1::Changes::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(v1::Changes::NewStub(channel));

  std::atomic<std::uint64_t> messages{0};
  LiveStreams<v1::WatchChangesRequest, v1::WatchChangesResponse> feeds(
      options.live.token, [&messages](const v1::WatchChangesResponse& response, Arrivals& seen) {
        ++messages;
        for (const v1::CaseChange& change : response.changes()) seen.add(change.entry().time());
      });
  for (int i = 0; i < options.feeds; ++i) {
    const auto at = static_cast<std::size_t>(i);
    feeds.open(
        feed_of(services[at % services.size()], options.event),
        [&stub = *stubs[at % stubs.size()]](auto... call) { stub.async()->WatchChanges(call...); });
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));  // until all of them follow

  const SampleCases cases(services, 1, unique_run_name());
  LodgePlan plan;
  plan.rate_per_second = options.live.rate;
  plan.in_flight = 4096;
  plan.seconds = options.live.seconds;
  plan.token = options.live.token;
  plan.source = [&cases](std::uint64_t number, v1::LodgeCaseRequest* request) {
    cases.fill(number, request);
  };
  const Cost before = cost_of(options.live.pid);
  const LoadResult lodged = run_lodges(channels, plan);
  const Cost after = cost_of(options.live.pid);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  feeds.leave();

  absl::PrintF(
      "{\"feeds\": %d, \"lodged\": %d, \"lodge_p99_ms\": %.1f, \"changes\": %d, \"messages\": %d, "
      "%s}\n",
      options.feeds, lodged.answered, static_cast<double>(lodged.latency.quantile_us(0.99)) / 1000,
      feeds.arrivals().count(), messages.load(),
      feeds.arrivals().to_json(before, after, lodged.seconds));
  return lodged.answered > 0 ? 0 : 1;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
