// casewheel_load: puts load on a running casewheeld and says what came of it. For operators who
// size a machine as much as for bench/run.sh. Cases are invented (sample_cases.h) but really
// lodged: do not point it at an installation in service.
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

#include "bench/catalogue_source.h"
#include "bench/connect_load.h"
#include "bench/ingest_load.h"
#include "bench/lodge_load.h"
#include "bench/sample_cases.h"

namespace casewheel::bench {
namespace {

struct Options {
  std::string address = "127.0.0.1:7400";
  std::string http = "127.0.0.1:7480";
  std::string mode = "lodge";
  std::string catalogue;
  std::string tenant;
  std::string rate;
  std::string run;
  std::string json;
  std::string token;
  std::string tls_ca;
  int in_flight = 0;
  int channels = 1;
  int streams = 1;
  double seconds = 0;
  double warm_up_seconds = 1;
  std::uint64_t count = 0;
  std::uint64_t seed = 1;
};

double parse_rate(const std::string& text) {
  if (text.empty()) return 0;
  absl::string_view number = text;
  absl::ConsumeSuffix(&number, "/s");
  double rate = 0;
  if (!absl::SimpleAtod(number, &rate) || rate <= 0) {
    std::fprintf(stderr, "--rate: \"%s\" is not like 1000/s\n", text.c_str());
    std::exit(2);
  }
  return rate;
}

LoadResult lodge(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                 const Options& options, const std::vector<SampleService>& services) {
  const SampleCases cases(services, options.seed, options.run);
  LodgePlan plan;
  plan.rate_per_second = parse_rate(options.rate);
  plan.in_flight = options.in_flight > 0 ? options.in_flight : plan.rate_per_second > 0 ? 4096 : 64;
  plan.seconds = options.seconds;
  plan.count = options.count;
  plan.warm_up_seconds = options.warm_up_seconds;
  plan.source = [&cases](std::uint64_t number, v1::LodgeCaseRequest* request) {
    cases.fill(number, request);
  };
  plan.token = options.token;
  return run_lodges(channels, plan);
}

LoadResult connect_lodge(const Options& options, const std::vector<SampleService>& services) {
  const SampleCases cases(services, options.seed, options.run);
  ConnectPlan plan;
  plan.address = options.http;
  plan.json = options.mode == "connect-json";
  if (options.in_flight > 0) plan.connections = options.in_flight;
  plan.seconds = options.seconds;
  plan.warm_up_seconds = options.warm_up_seconds;
  if (options.count > 0) plan.requests = options.count;
  plan.token = options.token;
  plan.source = [&cases](std::uint64_t number, v1::LodgeCaseRequest* request) {
    cases.fill(number, request);
  };
  return run_connect(plan);
}

// Streams are of one tenant each: the tenants take turns.
LoadResult ingest(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                  const Options& options, const std::vector<SampleService>& services) {
  std::set<std::string> tenant_set;
  for (const SampleService& service : services) tenant_set.insert(service.tenant);
  const std::vector<std::string> tenants(tenant_set.begin(), tenant_set.end());
  const auto streams = static_cast<std::size_t>(options.streams);

  std::vector<SampleCases> cases;
  cases.reserve(streams);
  std::vector<IngestPlan> plans(streams);
  for (std::size_t i = 0; i < streams; ++i) {
    IngestPlan& plan = plans[i];
    plan.tenant = tenants[i % tenants.size()];
    plan.feed = absl::StrCat("load-", options.run, "-", i);
    std::vector<SampleService> own;
    std::copy_if(services.begin(), services.end(), std::back_inserter(own),
                 [&](const SampleService& service) { return service.tenant == plan.tenant; });
    const SampleCases& stock =
        cases.emplace_back(own, options.seed + i, absl::StrCat(options.run, "-", i));
    plan.token = options.token;
    if (options.in_flight > 0) plan.window = options.in_flight;
    plan.seconds = options.seconds;
    plan.count =
        options.count == 0 ? 0 : options.count / streams + (i < options.count % streams ? 1 : 0);
    plan.warm_up_seconds = options.warm_up_seconds;
    plan.source = [&stock](std::uint64_t number, v1::LodgeCaseRequest* request) {
      stock.fill(number, request);
    };
  }
  return run_ingest(channels, plans);
}

int run(int argc, char** argv) {
  CLI::App app{"casewheel_load: puts load on a casewheeld"};
  Options options;
  app.add_option("--address", options.address, "host:port of its gRPC door");
  app.add_option("--mode", options.mode,
                 "lodge: unary calls; connect-json, connect-proto: the same over --http; ingest: "
                 "the intake stream")
      ->check(CLI::IsMember({"lodge", "connect-json", "connect-proto", "ingest"}));
  app.add_option("--http", options.http, "host:port of its HTTP door (connect only)");
  app.add_option("--in-flight", options.in_flight,
                 "unanswered calls or items (64; 4096 with --rate; 1024 with ingest)")
      ->check(CLI::Range(1, 65536));
  app.add_option("--rate", options.rate,
                 "open loop: calls leave at this rate, e.g. 1000/s (lodge only)");
  app.add_option("--seconds", options.seconds, "how long to measure");
  app.add_option("--count", options.count, "how many to send at most");
  app.add_option("--warm-up", options.warm_up_seconds,
                 "seconds before measuring; 0 with --count alone");
  app.add_option("--channels", options.channels, "connections")->check(CLI::Range(1, 64));
  app.add_option("--streams", options.streams, "intake streams, tenants in turn (ingest only)")
      ->check(CLI::Range(1, 64));
  app.add_option("--tenant", options.tenant, "only cases of this tenant");
  app.add_option("--catalogue", options.catalogue,
                 "take the services from this file instead of the server");
  app.add_option("--token", options.token, "of a key, where callers are asked who they are")
      ->envname("CASEWHEEL_TOKEN");
  app.add_option("--tls-ca", options.tls_ca, "speak TLS; authority of the server, PEM");
  app.add_option("--seed", options.seed, "of the invented cases");
  app.add_option("--run", options.run,
                 "prefix of the request ids; the same again sends the same cases again");
  app.add_option("--json", options.json, "write the result here as JSON; - for standard output");
  CLI11_PARSE(app, argc, argv);

  if (options.seconds <= 0 && options.count == 0) options.seconds = 10;
  if (options.seconds <= 0) options.warm_up_seconds = 0;
  if (options.run.empty()) options.run = unique_run_name();

  const auto channels = connect(options.address, options.channels, options.tls_ca);
  if (channels.empty()) {
    std::fprintf(stderr, "%s does not answer\n", options.address.c_str());
    return 1;
  }
  const std::string yaml =
      options.catalogue.empty()
          ? catalogue_of_server(channels.front(), options.tenant, options.token)
          : catalogue_of_file(options.catalogue);
  const std::vector<SampleService> services = services_in_catalogue(yaml, options.tenant);
  const LoadResult result = options.mode == "lodge"    ? lodge(channels, options, services)
                            : options.mode == "ingest" ? ingest(channels, options, services)
                                                       : connect_lodge(options, services);

  if (options.json == "-") {
    std::fputs(to_json(result).c_str(), stdout);
  } else {
    std::fputs(to_text(result).c_str(), stdout);
    if (!options.json.empty()) std::ofstream(options.json) << to_json(result);
  }
  return result.answered > 0 ? 0 : 1;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
