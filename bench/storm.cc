// storm: lodges cases whose deadlines all fall into one second (or come at a steady rate), goes on
// lodging while they fire, and checks every case afterwards: fired once, not before its instant,
// and how late. Needs a casewheeld on the real clock; brings its own tenant (bench/catalogue.yaml).
// For run.py (`storm_lost`, `storm_twice`, `storm_lodge_p99_ms`, `firing_lateness_p99_ms`).
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "bench/catalogue_source.h"
#include "bench/ingest_load.h"
#include "bench/instants.h"
#include "bench/lodge_load.h"
#include "bench/sample_cases.h"
#include "casewheel/v1/admin.grpc.pb.h"
#include "casewheel/v1/cases.grpc.pb.h"

namespace casewheel::bench {
namespace {

constexpr char kTenant[] = "bench";
constexpr char kDueService[] = "due";        // one agreed-date clock, one step at its due
constexpr char kPlainService[] = "plain";    // nothing fires for days
constexpr std::int64_t kLodgeLeadMs = 2000;  // lodges begin before the first deadline
constexpr std::int64_t kRefusedMs = 60'000;  // a refused lodge counts as this slow

struct Options {
  std::string address = "127.0.0.1:7400";
  std::string catalogue = "bench/catalogue.yaml";
  std::string json;
  std::uint64_t cases = 100'000;
  double due_rate = 0;       // deadlines a second; 0: all within one second
  double lodge_rate = 1000;  // 0: no lodges beside
  double tail_seconds = 6;   // lodges go on after the last deadline
  double drain_seconds_max = 120;
};

struct Lodged {
  std::int64_t sent_ms;
  double latency_ms;
};

struct Findings {
  std::uint64_t lost = 0;  // no case, or its step has not fired
  std::uint64_t twice = 0;
  std::uint64_t early = 0;
  std::uint64_t refused = 0;  // intake did not take the case: the run is void
  Histogram lateness_us;
  std::int64_t last_fired_ms = 0;
};

void sleep_until_ms(std::int64_t instant_ms) {
  std::this_thread::sleep_until(
      std::chrono::system_clock::time_point(std::chrono::milliseconds(instant_ms)));
}

void set_time(google::protobuf::Timestamp* time, std::int64_t ms) {
  time->set_seconds(ms / 1000);
  time->set_nanos(static_cast<int>(ms % 1000) * 1'000'000);
}

class Storm {
 public:
  explicit Storm(const Options& options) : options_(options), run_(unique_run_name()) {
    channels_ = connect(options.address, 2);
    if (channels_.empty()) {
      std::fprintf(stderr, "%s does not answer\n", options.address.c_str());
      std::exit(1);
    }
    apply_catalogue(channels_[0], catalogue_of_file(options.catalogue));
  }

  int run() {
    const SampleCases due_cases({{kTenant, kDueService, v1::KIND_APPLICATION}}, 1, run_ + "-due",
                                1024);
    const SampleCases plain_cases({{kTenant, kPlainService, v1::KIND_COMPLAINT}}, 2,
                                  run_ + "-plain", 1024);
    const double intake_rate = rehearse(plain_cases);
    const auto intake_ms =
        static_cast<std::int64_t>(static_cast<double>(options_.cases) / intake_rate * 1500);
    first_due_ms_ = (now_ms() + intake_ms + 2 * kLodgeLeadMs) / 1000 * 1000 + 1000;
    take_in(due_cases);
    if (now_ms() > first_due_ms_ - kLodgeLeadMs) {
      std::fprintf(stderr,
                   "the intake took too long: the first deadline came before all cases were in\n");
      return 1;
    }
    sleep_until_ms(first_due_ms_ - kLodgeLeadMs);
    const LoadResult lodges = lodge_beside(plain_cases);
    wait_for_drain();
    check();
    report(lodges);
    return findings_.lost + findings_.twice + findings_.early + findings_.refused == 0 ? 0 : 1;
  }

 private:
  std::int64_t due_ms(std::uint64_t number) const {
    const double per_second =
        options_.due_rate > 0 ? options_.due_rate : static_cast<double>(options_.cases);
    return first_due_ms_ +
           static_cast<std::int64_t>(static_cast<double>(number) * 1000 / per_second);
  }

  IngestPlan plan(const char* feed, std::uint64_t count) const {
    IngestPlan plan;
    plan.tenant = kTenant;
    plan.feed = absl::StrCat(feed, "-", run_);
    plan.count = count;
    return plan;
  }

  // How fast the intake goes here, so that the deadlines are set after its end and not long after.
  double rehearse(const SampleCases& cases) {
    IngestPlan rehearsal =
        plan("rehearsal", std::min<std::uint64_t>(5000, 500 + options_.cases / 10));
    rehearsal.first_number = 1'000'000'000;  // other request ids than lodge_beside()
    rehearsal.source = [&](std::uint64_t number, v1::LodgeCaseRequest* request) {
      cases.fill(number, request);
    };
    const LoadResult result = run_ingest({channels_[0]}, {rehearsal});
    if (result.answered < rehearsal.count) {
      std::fprintf(stderr, "the intake refuses cases:\n%s", to_text(result).c_str());
      std::exit(1);
    }
    return result.per_second();
  }

  void take_in(const SampleCases& cases) {
    fired_before_ = steps_fired();
    IngestPlan intake = plan("due", options_.cases);
    intake.source = [&](std::uint64_t number, v1::LodgeCaseRequest* request) {
      cases.fill(number, request);
      set_time(request->mutable_agreed_time(), due_ms(number));
    };
    intake.on_result = [&](std::uint64_t number, const v1::IngestResult& result) {
      if (result.outcome() == v1::IngestResult::CREATED)
        number_of_case_.emplace(result.case_number(), number);
    };
    run_ingest({channels_[0]}, {intake});
    findings_.refused = options_.cases - number_of_case_.size();
  }

  LoadResult lodge_beside(const SampleCases& cases) {
    const double seconds =
        static_cast<double>(due_ms(options_.cases) - first_due_ms_ + kLodgeLeadMs) / 1000 +
        options_.tail_seconds;
    if (options_.lodge_rate <= 0) {
      sleep_until_ms(first_due_ms_ + static_cast<std::int64_t>(seconds * 1000) - kLodgeLeadMs);
      return {};
    }
    const auto steady_to_system =
        std::chrono::system_clock::now().time_since_epoch() - Clock::now().time_since_epoch();
    LodgePlan beside;
    beside.in_flight = 8192;
    beside.rate_per_second = options_.lodge_rate;
    beside.seconds = seconds;
    beside.source = [&](std::uint64_t number, v1::LodgeCaseRequest* request) {
      cases.fill(number, request);
    };
    beside.on_answer = [&](Clock::time_point intended, std::int64_t latency_us, bool good) {
      const auto sent = std::chrono::duration_cast<std::chrono::milliseconds>(
          intended.time_since_epoch() + steady_to_system);
      const std::lock_guard lock(mutex_);
      lodged_.push_back({sent.count(), good ? static_cast<double>(latency_us) / 1000 : kRefusedMs});
    };
    return run_lodges({channels_[1]}, beside);
  }

  std::uint64_t steps_fired() {
    grpc::ClientContext context;
    v1::GetStatisticsRequest request;
    request.set_tenant(kTenant);
    v1::Statistics statistics;
    require_ok(v1::Admin::NewStub(channels_[0])->GetStatistics(&context, request, &statistics),
               "GetStatistics");
    return statistics.steps_fired();
  }

  void wait_for_drain() {
    const auto give_up = Clock::now() + std::chrono::duration<double>(options_.drain_seconds_max);
    while (steps_fired() < fired_before_ + number_of_case_.size() && Clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  void check() {
    const auto stub = v1::Cases::NewStub(channels_[0]);
    v1::ListCasesRequest request;
    request.set_tenant(kTenant);
    request.set_service(kDueService);
    request.set_page_size(500);
    std::unordered_map<std::string, std::uint64_t> unseen = number_of_case_;
    do {
      grpc::ClientContext context;
      v1::ListCasesResponse page;
      require_ok(stub->ListCases(&context, request, &page), "ListCases");
      for (const v1::Case& listed : page.cases()) {
        const auto found = unseen.find(listed.case_number());
        if (found == unseen.end()) continue;  // of an earlier run
        check_case(*stub, listed, due_ms(found->second));
        unseen.erase(found);
      }
      request.set_page_token(page.next_page_token());
    } while (!unseen.empty() && !request.page_token().empty());
    findings_.lost += unseen.size();
  }

  void check_case(v1::Cases::Stub& stub, const v1::Case& listed, std::int64_t due) {
    v1::Case full = listed;
    if (full.escalations_size() != 1) {  // the list may be behind; the case itself is not
      grpc::ClientContext context;
      v1::GetCaseRequest request;
      request.set_case_number(listed.case_number());
      require_ok(stub.GetCase(&context, request, &full), "GetCase");
    }
    if (full.escalations_size() == 0) ++findings_.lost;
    if (full.escalations_size() > 1) ++findings_.twice;
    for (const v1::Escalation& escalation : full.escalations()) {
      const std::int64_t fired = ms_of(escalation.fired_time());
      if (fired < due || ms_of(escalation.due_time()) != due) ++findings_.early;
      findings_.lateness_us.add((fired - due) * 1000);
      findings_.last_fired_ms = std::max(findings_.last_fired_ms, fired);
    }
  }

  void report(const LoadResult& lodges) {
    // Lodges outside the storm would only dilute the percentile.
    std::vector<double> during;
    for (const Lodged& one : lodged_) {
      if (one.sent_ms >= first_due_ms_ && one.sent_ms <= findings_.last_fired_ms)
        during.push_back(one.latency_ms);
    }
    std::sort(during.begin(), during.end());
    const double p99 = during.empty() ? 0
                                      : during[static_cast<std::size_t>(std::ceil(
                                                   static_cast<double>(during.size()) * 0.99)) -
                                               1];
    const Histogram& late = findings_.lateness_us;
    const std::string text = absl::StrFormat(
        "{\"cases\":%d,\"lost\":%d,\"twice\":%d,\"early\":%d,\"refused\":%d,"
        "\"lateness_ms\":{\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f},\"drain_ms\":%d,"
        "\"lodges_during\":%d,\"lodge_p99_ms\":%.3f,\"lodge_max_ms\":%.3f,\"lodges\":%s}\n",
        options_.cases, findings_.lost, findings_.twice, findings_.early, findings_.refused,
        static_cast<double>(late.quantile_us(0.5)) / 1000,
        static_cast<double>(late.quantile_us(0.99)) / 1000,
        static_cast<double>(late.max_us()) / 1000, findings_.last_fired_ms - first_due_ms_,
        during.size(), p99, during.empty() ? 0 : during.back(), to_json(lodges));
    if (options_.json.empty() || options_.json == "-") {
      std::fputs(text.c_str(), stdout);
    } else if (std::FILE* file = std::fopen(options_.json.c_str(), "w")) {
      std::fputs(text.c_str(), file);
      std::fclose(file);
    }
  }

  const Options options_;
  const std::string run_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::int64_t first_due_ms_ = 0;
  std::uint64_t fired_before_ = 0;
  std::unordered_map<std::string, std::uint64_t> number_of_case_;
  std::mutex mutex_;  // guards lodged_ while lodges run
  std::vector<Lodged> lodged_;
  Findings findings_;
};

int run(int argc, char** argv) {
  CLI::App app{"storm: many deadlines at once, under load, checked one by one"};
  Options options;
  app.add_option("--address", options.address, "host:port of a casewheeld on the real clock");
  app.add_option("--catalogue", options.catalogue, "bench/catalogue.yaml");
  app.add_option("--cases", options.cases, "deadlines")->check(CLI::Range(1, 10'000'000));
  app.add_option("--due-rate", options.due_rate, "deadlines a second; 0: all within one second");
  app.add_option("--lodge-rate", options.lodge_rate, "lodges a second meanwhile; 0: none");
  app.add_option("--tail", options.tail_seconds,
                 "seconds the lodges go on after the last deadline");
  app.add_option("--drain-max", options.drain_seconds_max,
                 "seconds after which unfired steps are lost");
  app.add_option("--json", options.json, "file for the result; standard output otherwise");
  CLI11_PARSE(app, argc, argv);
  return Storm(options).run();
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
