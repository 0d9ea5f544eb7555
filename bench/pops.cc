// pops: how far behind the screens of agents are. Opens one screen an agent, has calls ring at them, answered and
// hung up at a fixed rate of events, and says how long after the engine heard of an event its screen showed it,
// and what the engine's process took. For bench/run.sh.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/catalogue_source.h"
#include "bench/histogram.h"
#include "bench/lodge_load.h"
#include "bench/process_cost.h"
#include "casewheel/v1/calls.grpc.pb.h"

namespace casewheel::bench {
namespace {

namespace v1 = ::casewheel::v1;

struct Options {
  std::string address = "127.0.0.1:7400";
  std::string token;
  int screens = 1000;
  int channels = 16;
  double rate = 1000;
  double seconds = 10;
  long pid = 0;
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

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
std::int64_t to_ms(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

struct Seen {
  std::mutex mutex;
  Histogram lag_us;
  std::uint64_t pops = 0;
  std::uint64_t ended = 0;
};

class Screen final : public grpc::ClientReadReactor<v1::ScreenPop> {
 public:
  Screen(v1::Calls::Stub& stub, int agent, const Options& options, Seen& seen,
         std::atomic<int>& open)
      : seen_(seen), open_(open) {
    show_token(context_, options.token);
    request_.set_tenant(kTenant);
    request_.set_agent(agent_name(agent));
    stub.async()->WatchScreenPop(&context_, &request_, this);
    StartRead(&pop_);
    StartCall();
  }
  void leave() { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (!pop_.snapshot()) {
      const v1::Call& call = pop_.call();
      const auto& latest = call.has_end_time()      ? call.end_time()
                           : call.has_answer_time() ? call.answer_time()
                                                    : call.ring_time();
      const std::lock_guard lock(seen_.mutex);
      seen_.lag_us.add(std::max<std::int64_t>(0, wall_ms() - to_ms(latest)) * 1000);
      ++seen_.pops;
    }
    StartRead(&pop_);
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
  v1::WatchScreenPopRequest request_;
  v1::ScreenPop pop_;
};

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

void tell(v1::Calls::Stub& stub, v1::RecordCallEventRequest event, const Options& options,
          Told& told) {
  struct Asked {
    grpc::ClientContext context;
    v1::RecordCallEventRequest request;
    v1::Call call;
  };
  auto asked = std::make_shared<Asked>();
  asked->request = std::move(event);
  show_token(asked->context, options.token);
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
  app.add_option("--address", options.address, "host:port of its gRPC door");
  app.add_option("--token", options.token, "of a key")->envname("CASEWHEEL_TOKEN");
  app.add_option("--screens", options.screens, "open at once, one an agent")
      ->check(CLI::Range(1, 1900));
  app.add_option("--rate", options.rate, "events a second");
  app.add_option("--seconds", options.seconds, "how long");
  app.add_option("--pid", options.pid, "of the engine");
  CLI11_PARSE(app, argc, argv);

  const auto channels = connect(options.address, options.channels);
  if (channels.empty()) return 1;
  apply_catalogue(channels.front(), catalogue_with(options.screens));
  std::vector<std::unique_ptr<v1::Calls::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(v1::Calls::NewStub(channel));

  Seen seen;
  std::atomic<int> open = options.screens;
  std::vector<std::unique_ptr<Screen>> screens;
  for (int agent = 0; agent < options.screens; ++agent) {
    auto& stub = *stubs[static_cast<std::size_t>(agent) % stubs.size()];
    screens.push_back(std::make_unique<Screen>(stub, agent, options, seen, open));
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));  // until all of them follow

  const std::string name = unique_run_name();
  const Cost before = cost_of(options.pid);
  const auto start = std::chrono::steady_clock::now();
  Told told;
  const auto events = static_cast<std::uint64_t>(options.rate * options.seconds);
  for (std::uint64_t number = 0; number < events; ++number) {
    std::this_thread::sleep_until(
        start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                    std::chrono::duration<double>(static_cast<double>(number) / options.rate)));
    while (told.in_flight >= kInFlightMax)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    tell(*stubs[number % stubs.size()], event_of(number, options.screens, name), options, told);
  }
  while (told.in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Cost after = cost_of(options.pid);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (const auto& screen : screens) screen->leave();
  while (open > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));

  std::printf(
      "{\"screens\": %d, \"events\": %llu, \"refused\": %llu, \"rate\": %.0f, \"pops\": %llu, "
      "\"ended\": %llu, \"lag_p50_ms\": %.0f, \"lag_p99_ms\": %.0f, \"lag_max_ms\": %.0f, "
      "\"cpu\": %.2f, \"mib\": %.0f}\n",
      options.screens, static_cast<unsigned long long>(told.answered.load()),
      static_cast<unsigned long long>(told.refused.load()),
      static_cast<double>(told.answered.load()) / took, static_cast<unsigned long long>(seen.pops),
      static_cast<unsigned long long>(seen.ended),
      static_cast<double>(seen.lag_us.quantile_us(0.5)) / 1000,
      static_cast<double>(seen.lag_us.quantile_us(0.99)) / 1000,
      static_cast<double>(seen.lag_us.max_us()) / 1000, (after.seconds - before.seconds) / took,
      after.mib);
  return told.answered > 0 ? 0 : 1;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
