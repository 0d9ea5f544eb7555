// closure: many open cases that count by one calendar, then a typhoon closes three of 22 counties. How
// long the preview and the re-arming take, what lodges suffer meanwhile, and whether each date is the
// one that plain day-by-day arithmetic gives. Needs a casewheeld on the real clock; brings its own
// tenant and calendar. For run.py (`closure_*`).
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/catalogue_source.h"
#include "bench/ingest_load.h"
#include "bench/instants.h"
#include "bench/lodge_load.h"
#include "bench/sample_cases.h"
#include "casewheel/v1/calendars.grpc.pb.h"
#include "casewheel/v1/cases.grpc.pb.h"

namespace casewheel::bench {
namespace {

constexpr char kTenant[] = "closure";
constexpr std::array<const char*, 22> kCounties = {
    "臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "基隆市", "新竹市",
    "嘉義市", "新竹縣", "苗栗縣", "彰化縣", "南投縣", "雲林縣", "嘉義縣", "屏東縣",
    "宜蘭縣", "花蓮縣", "臺東縣", "澎湖縣", "金門縣", "連江縣"};
constexpr std::array<const char*, 3> kClosed = {"屏東縣", "花蓮縣", "臺東縣"};

constexpr char kCalendar[] = R"(
calendars:
  - id: closure-bench
    name: 效能量測
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
)";
constexpr char kCatalogue[] = R"(
tenants:
  - id: closure
    number: 91
    name: {zh: 效能量測, en: Closure}
    time_zone: Asia/Taipei
    calendar: closure-bench
    units:
      - {id: hq, name: 總管理處, head: s001}
    staff:
      - {id: s001, name: 王大明, unit: hq, roles: [supervisor]}
    services:
      - {id: days, name: 以日計, kind: application, unit: hq}
      - {id: hours, name: 以時計, kind: application, unit: hq}
      - {id: plain, name: 一般, kind: complaint, unit: hq}
    policies:
      - id: days
        match: {services: [days]}
        clocks:
          resolve: {within: {working_days: 10, rule: keep_wall_time}, ladder: [{at: due - 2 working days, to: [unit_head]}, {at: due, to: [unit_head]}]}
      - id: hours
        match: {services: [hours]}
        clocks:
          resolve: {within: {working: 60h}, ladder: [{at: due - 8h, to: [unit_head]}]}
      - id: plain
        match: {services: [plain]}
        clocks:
          reply: {within: 168h}
)";

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kTaipeiMs = 8 * kHourMs;  // no summer time since 1979
constexpr std::int64_t kReceivedAgoMsMax = 2 * kDayMs;
constexpr std::uint32_t kPageSize = 500;

struct Options {
  std::string address = "127.0.0.1:7400";
  std::string json;
  std::uint64_t cases = 500'000;
  double lodge_rate = 500;
  double calm_seconds = 10;
  double sweep_seconds_max = 300;
};

// The bench's own arithmetic, day by day on the wall clock of Taipei; `closed`: a day without hours.
class PlainDays {
 public:
  explicit PlainDays(std::optional<std::int64_t> closed) : closed_(closed) {}

  bool works(std::int64_t day) const { return weekday(day) <= 5 && day != closed_; }

  std::int64_t after_hours(std::int64_t start, std::int64_t left) const {
    const std::int64_t from = start + kTaipeiMs;
    for (std::int64_t day = from / kDayMs;; ++day) {
      if (!works(day)) continue;
      for (const auto& [open, close] : kSpans) {
        const std::int64_t begin = std::max(from, day * kDayMs + open);
        const std::int64_t end = day * kDayMs + close;
        if (end <= begin) continue;
        if (end - begin >= left) return begin + left - kTaipeiMs;
        left -= end - begin;
      }
    }
  }
  std::int64_t after_days(std::int64_t start, int days) const {
    const std::int64_t from = opening(start + kTaipeiMs);
    std::int64_t day = from / kDayMs;
    while (days > 0) {
      if (works(++day)) --days;
    }
    return day * kDayMs + from % kDayMs - kTaipeiMs;
  }

  static int weekday(std::int64_t day) { return static_cast<int>((day + 3) % 7) + 1; }

 private:
  static constexpr std::array<std::pair<std::int64_t, std::int64_t>, 2> kSpans = {
      {{8 * kHourMs, 12 * kHourMs}, {13 * kHourMs, 17 * kHourMs}}};

  std::int64_t opening(std::int64_t from) const {
    for (std::int64_t day = from / kDayMs;; ++day) {
      if (!works(day)) continue;
      for (const auto& [open, close] : kSpans) {
        if (from < day * kDayMs + close) return std::max(from, day * kDayMs + open);
      }
    }
  }

  std::optional<std::int64_t> closed_;
};

std::string date_text(std::int64_t day) {
  const std::time_t seconds = static_cast<std::time_t>(day * 86'400);
  std::tm date{};
  gmtime_r(&seconds, &date);
  return absl::StrFormat("%04d-%02d-%02d", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

struct Findings {
  std::uint64_t previewed = 0;  // cases the preview says would move
  std::uint64_t moved = 0;      // cases whose date is another than without the closure
  std::uint64_t checked = 0;
  std::uint64_t wrong = 0;
  double preview_s = 0;
  double rearm_s = 0;
  double calm_p99_ms = 0;
  double lodge_p99_ms = 0;
  std::size_t lodges_during = 0;
};

class ClosureRun {
 public:
  explicit ClosureRun(const Options& options) : options_(options), run_(unique_run_name()) {
    channels_ = connect(options.address, 2);
    if (channels_.empty()) {
      std::fprintf(stderr, "%s does not answer\n", options.address.c_str());
      std::exit(1);
    }
    calendars_ = v1::Calendars::NewStub(channels_[0]);
    grpc::ClientContext context;
    v1::ApplyCalendarRequest request;
    request.set_request_id(run_ + "-calendar");
    request.set_yaml(kCalendar);
    request.set_reason("效能量測");
    v1::ApplyCalendarResponse response;
    require_ok(calendars_->ApplyCalendar(&context, request, &response), "ApplyCalendar");
    apply_catalogue(channels_[0], kCatalogue);
    // The second working day from now: before every date that was promised.
    const PlainDays open(std::nullopt);
    closed_day_ = (now_ms() + kTaipeiMs) / kDayMs;
    for (int days = 2; days > 0;) {
      if (open.works(++closed_day_)) --days;
    }
  }

  int run() {
    take_in();
    const SampleCases plain({{kTenant, "plain", v1::KIND_COMPLAINT}}, 2, run_ + "-plain", 1024);
    findings_.calm_p99_ms = lodge_p99(plain, [this] { sleep_for(options_.calm_seconds); });
    preview();
    findings_.lodge_p99_ms = lodge_p99(plain, [this] { close_and_wait(); });
    findings_.lodges_during = lodges_in_window_;
    check("days");
    check("hours");
    report();
    const bool whole = findings_.checked == options_.cases &&
                       findings_.previewed == findings_.moved && findings_.moved > 0;
    if (!whole) std::fprintf(stderr, "not every case was found, or the preview said otherwise\n");
    return whole ? 0 : 1;
  }

 private:
  static void sleep_for(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }

  void take_in() {
    const SampleCases cases({{kTenant, "days", v1::KIND_APPLICATION}}, 1, run_ + "-open", 1024);
    const std::int64_t now = now_ms();
    IngestPlan intake;
    intake.tenant = kTenant;
    intake.feed = absl::StrCat("closure-", run_);
    intake.count = options_.cases;
    intake.source = [&](std::uint64_t number, v1::LodgeCaseRequest* request) {
      cases.fill(number, request);
      if (number % 2 == 1) request->set_service("hours");
      request->set_county(kCounties[number / 2 % kCounties.size()]);
      // Spread, so that the dates are not all alike.
      const auto ago = static_cast<std::int64_t>(number * 7919 % kReceivedAgoMsMax) + 1;
      request->mutable_received_time()->set_seconds((now - ago) / 1000);
    };
    const LoadResult result = run_ingest({channels_[0]}, {intake});
    if (result.answered < options_.cases) {
      std::fprintf(stderr, "the intake refuses cases:\n%s", to_text(result).c_str());
      std::exit(1);
    }
  }

  // Lodges leave at a steady rate while `meanwhile` goes on; only those of its time count.
  template <typename Meanwhile>
  double lodge_p99(const SampleCases& cases, Meanwhile meanwhile) {
    std::mutex mutex;
    std::vector<std::pair<Clock::time_point, double>> lodged;
    std::atomic<bool> ended{false};
    Clock::time_point begin, end;
    std::thread beside([&] {
      while (!ended) {
        LodgePlan plan;
        plan.in_flight = 8192;
        plan.rate_per_second = options_.lodge_rate;
        plan.seconds = 1;  // piece by piece: how long it takes is not known beforehand
        plan.first_number = next_number_;
        next_number_ += static_cast<std::uint64_t>(options_.lodge_rate) + 10;
        plan.source = [&](std::uint64_t number, v1::LodgeCaseRequest* request) {
          cases.fill(number, request);
        };
        plan.on_answer = [&](Clock::time_point intended, std::int64_t latency_us, bool good) {
          const std::lock_guard lock(mutex);
          lodged.emplace_back(intended, good ? static_cast<double>(latency_us) / 1000 : 60'000.0);
        };
        run_lodges({channels_[1]}, plan);
      }
    });
    sleep_for(2);
    begin = Clock::now();
    meanwhile();
    end = Clock::now();
    ended = true;
    beside.join();
    std::vector<double> during;
    for (const auto& [sent, latency_ms] : lodged) {
      if (sent >= begin && sent <= end) during.push_back(latency_ms);
    }
    lodges_in_window_ = during.size();
    if (during.empty()) return 0;
    std::sort(during.begin(), during.end());
    return during[static_cast<std::size_t>(std::ceil(static_cast<double>(during.size()) * 0.99)) -
                  1];
  }

  v1::DeclareClosureRequest closure(bool validate_only) const {
    v1::DeclareClosureRequest request;
    request.set_request_id(run_ + (validate_only ? "-preview" : "-closure"));
    request.set_calendar("closure-bench");
    for (const char* county : kClosed) request.add_counties(county);
    request.add_dates(date_text(closed_day_));
    request.set_reason("颱風");
    request.set_validate_only(validate_only);
    return request;
  }

  void preview() {
    grpc::ClientContext context;
    v1::ApplyCalendarResponse response;
    const auto begin = Clock::now();
    require_ok(calendars_->DeclareClosure(&context, closure(true), &response), "DeclareClosure");
    findings_.preview_s = std::chrono::duration<double>(Clock::now() - begin).count();
    findings_.previewed = response.preview().cases_moved();
  }

  void close_and_wait() {
    const auto begin = Clock::now();
    grpc::ClientContext context;
    v1::ApplyCalendarResponse response;
    require_ok(calendars_->DeclareClosure(&context, closure(false), &response), "DeclareClosure");
    const auto give_up = begin + std::chrono::duration<double>(options_.sweep_seconds_max);
    for (;;) {
      grpc::ClientContext asking;
      v1::Sweep sweep;
      require_ok(calendars_->GetSweep(&asking, {}, &sweep), "GetSweep");
      if (sweep.partitions_done() == sweep.partitions()) break;
      if (Clock::now() > give_up) {
        std::fprintf(stderr, "the sweep has not ended after %.0f s\n", options_.sweep_seconds_max);
        std::exit(1);
      }
      sleep_for(0.02);
    }
    findings_.rearm_s = std::chrono::duration<double>(Clock::now() - begin).count();
  }

  void check(const std::string& service) {
    const auto stub = v1::Cases::NewStub(channels_[0]);
    const PlainDays open(std::nullopt);
    const PlainDays closed(closed_day_);
    v1::ListCasesRequest request;
    request.set_tenant(kTenant);
    request.set_service(service);
    request.set_page_size(kPageSize);
    do {
      grpc::ClientContext context;
      v1::ListCasesResponse page;
      require_ok(stub->ListCases(&context, request, &page), "ListCases");
      for (const v1::Case& one : page.cases()) {
        ++findings_.checked;
        const bool hit = std::find(kClosed.begin(), kClosed.end(), one.county()) != kClosed.end();
        const v1::Clock& clock = one.clocks(0);
        const auto due_by = [&](const PlainDays& days) {
          const std::int64_t start = ms_of(clock.start_time());
          return service == "days" ? days.after_days(start, 10)
                                   : days.after_hours(start, 60 * kHourMs);
        };
        const std::int64_t due = due_by(hit ? closed : open);
        if (ms_of(clock.due_time()) != due) ++findings_.wrong;
        if (due != due_by(open)) ++findings_.moved;
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
  }

  void report() const {
    const std::string text = absl::StrFormat(
        "{\"cases\":%d,\"checked\":%d,\"moved\":%d,\"previewed\":%d,\"wrong\":%d,"
        "\"preview_s\":%.3f,\"rearm_s\":%.3f,\"calm_p99_ms\":%.3f,\"lodge_p99_ms\":%.3f,"
        "\"lodges_during\":%d}\n",
        options_.cases, findings_.checked, findings_.moved, findings_.previewed, findings_.wrong,
        findings_.preview_s, findings_.rearm_s, findings_.calm_p99_ms, findings_.lodge_p99_ms,
        findings_.lodges_during);
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
  std::unique_ptr<v1::Calendars::Stub> calendars_;
  std::int64_t closed_day_ = 0;  // days since 1970-01-01
  std::uint64_t next_number_ = 0;
  std::size_t lodges_in_window_ = 0;
  Findings findings_;
};

int run(int argc, char** argv) {
  CLI::App app{"closure: a typhoon over many open cases, timed and checked date by date"};
  Options options;
  app.add_option("--address", options.address, "host:port of a casewheeld on the real clock");
  app.add_option("--cases", options.cases, "open cases")->check(CLI::Range(100, 10'000'000));
  app.add_option("--lodge-rate", options.lodge_rate, "lodges a second meanwhile");
  app.add_option("--calm", options.calm_seconds, "seconds of the calm to compare with");
  app.add_option("--sweep-max", options.sweep_seconds_max,
                 "seconds after which the sweep has failed");
  app.add_option("--json", options.json, "file for the result; standard output otherwise");
  CLI11_PARSE(app, argc, argv);
  return ClosureRun(options).run();
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
