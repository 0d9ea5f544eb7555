// pops: how far behind the screens of agents are. Opens one screen an agent, has calls ring at them, answered and
// hung up at a fixed rate of events, and says how long after the engine heard of an event its screen showed it,
// and what the engine's process took. For bench/run.sh.
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
#include "casewheel/v1/calls.grpc.pb.h"

namespace casewheel::bench {
namespace {

namespace v1 = ::casewheel::v1;

struct Options {
  LiveOptions live;
  int screens = 1000;
};

constexpr const char* kTenant = "telephones";
// Events under way at once; what does not fit waits for its turn.
constexpr int kInFlightMax = 1024;

std::string agent_name(int agent) { return "a" + std::to_string(agent); }

std::string catalogue_with(int agents) {
  std::string yaml = "tenants:\n  - id: " + std::string(kTenant) +
                     "\n    number: 91\n    name: 電話量測\n    time_zone: Asia/Taipei\n"
                     "    units: [{id: hq, name: 總處}]\n    staff:\n";
  for (int agent = 0; agent < agents; ++agent) {
    yaml += "      - {id: " + agent_name(agent) +
            ", name: 客服, unit: hq, roles: [agent], extensions: ['" +
            std::to_string(10'000 + agent) + "']}\n";
  }
  return yaml;
}

v1::WatchScreenPopRequest screen_of(int agent) {
  v1::WatchScreenPopRequest request;
  request.set_tenant(kTenant);
  request.set_agent(agent_name(agent));
  return request;
}

void show(const v1::ScreenPop& pop, Arrivals& seen) {
  if (pop.snapshot()) return;
  const v1::Call& call = pop.call();
  seen.add(call.has_end_time()      ? call.end_time()
           : call.has_answer_time() ? call.answer_time()
                                    : call.ring_time());
}

struct Told {
  std::atomic<int> in_flight{0};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> refused{0};
};

// Each agent in turn is rung at, then each answers, then each hangs up.
v1::RecordCallEventRequest event_of(std::uint64_t number, int agents, const std::string& run) {
  using Request = v1::RecordCallEventRequest;
  const auto count = static_cast<std::uint64_t>(agents);
  const std::uint64_t round = number / count;
  const std::uint64_t agent = number % count;
  Request request;
  request.set_tenant(kTenant);
  request.set_exchange_call(run + "-" + std::to_string(round / 3) + "-" + std::to_string(agent));
  request.set_direction(v1::INBOUND);
  request.set_from("09" + std::to_string(10'000'000 + agent));
  request.set_to("1911");
  const std::string extension = std::to_string(10'000 + agent);
  if (round % 3 == 0) {
    request.set_event(Request::RING);
    request.add_users(extension);
  } else if (round % 3 == 1) {
    request.set_event(Request::ANSWER);
    request.set_answered_by(extension);
  } else {
    request.set_event(Request::HANGUP);
    request.set_cause("normalClearing");
  }
  return request;
}

void tell(v1::Calls::Stub& stub, v1::RecordCallEventRequest event, const std::string& token,
          Told& told) {
  struct Asked {
    grpc::ClientContext context;
    v1::RecordCallEventRequest request;
    v1::Call call;
  };
  auto asked = std::make_shared<Asked>();
  asked->request = std::move(event);
  show_token(asked->context, token);
  ++told.in_flight;
  stub.async()->RecordCallEvent(&asked->context, &asked->request, &asked->call,
                                [asked, &told](const grpc::Status& status) {
                                  ++(status.ok() ? told.answered : told.refused);
                                  --told.in_flight;
                                });
}

int run(int argc, char** argv) {
  CLI::App app{"pops: how far behind the screens of agents are"};
  Options options;
  options.live.add_to(app, "events");
  app.add_option("--screens", options.screens, "open at once, one an agent")
      ->check(CLI::Range(1, 1900));
  CLI11_PARSE(app, argc, argv);

  const auto channels = connect(options.live.address, options.live.channels);
  if (channels.empty()) return 1;
  apply_catalogue(channels.front(), catalogue_with(options.screens));
  std::vector<std::unique_ptr<v1::Calls::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(v1::Calls::NewStub(channel));

  LiveStreams<v1::WatchScreenPopRequest, v1::ScreenPop> screens(options.live.token, show);
  for (int agent = 0; agent < options.screens; ++agent) {
    screens.open(screen_of(agent), [&stub = *stubs[static_cast<std::size_t>(agent) % stubs.size()]](
                                       auto... call) { stub.async()->WatchScreenPop(call...); });
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));  // until all of them follow

  const std::string name = unique_run_name();
  const Cost before = cost_of(options.live.pid);
  const auto start = std::chrono::steady_clock::now();
  Told told;
  const auto events = static_cast<std::uint64_t>(options.live.rate * options.live.seconds);
  for (std::uint64_t number = 0; number < events; ++number) {
    std::this_thread::sleep_until(
        start +
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(static_cast<double>(number) / options.live.rate)));
    while (told.in_flight >= kInFlightMax)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    tell(*stubs[number % stubs.size()], event_of(number, options.screens, name), options.live.token,
         told);
  }
  while (told.in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Cost after = cost_of(options.live.pid);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  screens.leave();

  absl::PrintF(
      "{\"screens\": %d, \"events\": %d, \"refused\": %d, \"rate\": %.0f, \"pops\": %d, %s}\n",
      options.screens, told.answered.load(), told.refused.load(),
      static_cast<double>(told.answered.load()) / took, screens.arrivals().count(),
      screens.arrivals().to_json(before, after, took));
  return told.answered > 0 ? 0 : 1;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
