// A whole engine in the test's process: memory store, real partition threads, board and api classes,
// without a door. Calls wait for their answer; partitions can be held at a commit, and the clock is
// the test's.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/api/administration.h"
#include "engine/api/calendars.h"
#include "engine/api/cases.h"
#include "engine/api/catalogue.h"
#include "engine/api/explaining.h"
#include "engine/api/intake.h"
#include "engine/api/reading.h"
#include "engine/api/supervision.h"
#include "engine/partition/verify.h"
#include "storage/memory/memory_store.h"

namespace casewheel::api {

inline constexpr TimeMs kStart = 1'770'000'000'000;  // 2026-02-02T10:40 in Taipei
inline constexpr std::chrono::seconds kPatience{30};

// hq (boss, supervisor) > line (lena, supervisor): hans handles, tess is an agent, feed an integrator.
inline constexpr const char* kCatalogue = R"(
tenants:
  - id: utility
    number: 31
    name: 公用事業
    time_zone: Asia/Taipei
    units:
      - {id: hq, name: 總公司, head: boss}
      - {id: line, name: 線路課, parent: hq, head: lena}
      - {id: crew, name: 班, parent: line, head: lena}
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: lena, name: 蓮娜, unit: line, roles: [supervisor]}
      - {id: hans, name: 漢斯, unit: crew, roles: [handler]}
      - {id: tess, name: 泰絲, unit: hq, roles: [agent]}
      - {id: feed, name: 介接, unit: hq, roles: [integrator]}
    services:
      - {id: lamp, name: 路燈, kind: fault_report, unit: line}
      - {id: gripe, name: 陳情, kind: complaint, unit: crew}
    policies:
      - id: all
        clocks:
          reply: {within: 72h, ladder: [{at: due, to: [unit_head]}]}
  - id: other
    number: 32
    name: 別家
    time_zone: Asia/Taipei
    units: [{id: hq, name: 總公司, head: olga}]
    staff: [{id: olga, name: 歐嘉, unit: hq, roles: [supervisor]}]
    services: [{id: ask, name: 詢問, kind: inquiry, unit: hq}]
    policies: []
)";

// The machine's two clocks, moved by the test.
class HandClock final : public ClockSource {
 public:
  TimeMs system_ms() override { return system_; }
  std::int64_t steady_ms() override { return steady_; }
  void pass(DurationMs duration) {
    steady_ += duration;
    system_ += duration;
  }
  void jump(DurationMs duration) { system_ += duration; }

 private:
  std::atomic<TimeMs> system_{kStart};
  std::atomic<std::int64_t> steady_{0};
};

// Stands between partitions and board; while held, a partition waits in its commit.
class Gate final : public partition::Listener {
 public:
  explicit Gate(partition::Listener& next) : next_(next) {}
  void on_load(const std::vector<partition::CaseChange>& slice) override { next_.on_load(slice); }
  void on_load(PartitionId partition, const stored::Call& call) override {
    next_.on_load(partition, call);
  }
  void on_loaded() override { next_.on_loaded(); }
  void on_commit(const partition::Publication& publication) override {
    {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !held_; });
      --waiting_;
    }
    next_.on_commit(publication);
  }
  void hold() {
    const std::scoped_lock lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::scoped_lock lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void wait_until_somebody_waits() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, kPatience, [&] { return waiting_ > 0; }));
  }

 private:
  partition::Listener& next_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int waiting_ = 0;
};

inline v1::LodgeCaseRequest lodge_request(const std::string& request_id,
                                          const std::string& service = "lamp") {
  v1::LodgeCaseRequest request;
  request.set_request_id(request_id);
  request.set_tenant("utility");
  request.set_service(service);
  request.set_channel(v1::CHANNEL_HOTLINE);
  request.set_subject("路燈不亮");
  return request;
}

class ApiTest : public ::testing::Test {
 protected:
  // Virtual clock and `partitions` partitions; reserve > 0 turns the check of free space on.
  void start(std::uint32_t partitions, bool virtual_clock = true, std::uint64_t reserve = 0) {
    auto store = std::make_unique<storage::MemoryStore>();
    store_ = store.get();
    partition::Engine::Options options;
    options.partitions = partitions;
    options.virtual_clock = virtual_clock;
    options.virtual_start = kStart;
    options.clock_source = &clock_;
    options.disk_reserve_bytes = reserve;
    options.answers = answers_.get_executor();
    options.listener = &gate_;
    options.fatal = [](const std::string& why) { ADD_FAILURE() << why; };
    engine_ = std::make_unique<partition::Engine>(std::move(store), std::move(options));
    const Status opened = engine_->open();
    ASSERT_TRUE(opened) << opened.message();
    services_ = std::make_unique<Services>(Services{*engine_, board_, pools_});
    cases_ = std::make_unique<CasesApi>(*services_);
    reading_ = std::make_unique<ReadingApi>(*services_);
    supervision_ = std::make_unique<SupervisionApi>(*services_);
    administration_ = std::make_unique<AdministrationApi>(*services_);
    catalogue_ = std::make_unique<CatalogueApi>(*services_);
    calendars_ = std::make_unique<CalendarsApi>(*services_);
    explaining_ = std::make_unique<ExplainingApi>(*services_);
    v1::ApplyCatalogueRequest request;
    request.set_yaml(kCatalogue);
    ASSERT_TRUE(
        wait<v1::ApplyCatalogueResponse>([&](auto done) { catalogue_->apply({}, request, done); }));
  }

  void TearDown() override {
    gate_.release();
    if (engine_ && proves_ && !HasFailure()) prove();
    board_.close();
    if (engine_) engine_->stop();
    pools_.join_long_work();
    answers_.join();
    pools_.join();
    views_.join();
  }

  // The journal adds up to the rows, after every test.
  void prove() {
    store_->set_free_bytes(~std::uint64_t{0});
    partition::VerifyReport report;
    const Status status = partition::verify(
        *store_, [](auto, auto) { return true; }, &report);
    ASSERT_TRUE(status) << status.message();
    for (const std::string& problem : report.problems) ADD_FAILURE() << problem;
  }

  // Makes the call and waits for its answer.
  template <typename T, typename Make>
  static Result<T> wait(Make make) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    auto future = promise->get_future();
    make(Done<T>([promise](Result<T> result) { promise->set_value(std::move(result)); }));
    if (future.wait_for(kPatience) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return Rejection::of(RejectionCode::kUnavailable, "no answer");
    }
    return future.get();
  }
  static bool eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  Result<v1::LodgeCaseResponse> lodge(const v1::LodgeCaseRequest& request, const Call& call = {}) {
    return wait<v1::LodgeCaseResponse>([&](auto done) { cases_->lodge(call, request, done); });
  }
  std::string lodged(const v1::LodgeCaseRequest& request) {
    const auto response = lodge(request);
    EXPECT_TRUE(response.has_value()) << (response ? "" : response.error().message);
    return response ? response->case_number() : "";
  }
  template <typename Request>
  Result<v1::Case> act(const Request& request, const Call& call = {}) {
    return wait<v1::Case>([&](auto done) { cases_->act(call, request, done); });
  }
  Result<v1::Case> merge(const v1::MergeCaseRequest& request, const Call& call = {}) {
    return wait<v1::Case>([&](auto done) { cases_->merge(call, request, done); });
  }
  Result<v1::Case> get(const std::string& number, const Call& call = {}) {
    v1::GetCaseRequest request;
    request.set_case_number(number);
    return wait<v1::Case>([&](auto done) { reading_->get(call, request, done); });
  }
  Result<v1::ListCasesResponse> list(const v1::ListCasesRequest& request) {
    return wait<v1::ListCasesResponse>([&](auto done) { reading_->list({}, request, done); });
  }
  Result<v1::FindCasesByPersonResponse> find(const v1::FindCasesByPersonRequest& request) {
    return wait<v1::FindCasesByPersonResponse>(
        [&](auto done) { reading_->find_by_person({}, request, done); });
  }
  Result<v1::ListCaseHistoryResponse> history(const v1::ListCaseHistoryRequest& request) {
    return wait<v1::ListCaseHistoryResponse>(
        [&](auto done) { reading_->history({}, request, done); });
  }
  Result<v1::ClockInfo> advance(DurationMs by) {
    v1::AdvanceClockRequest request;
    request.mutable_by()->set_seconds(by / 1000);
    request.mutable_by()->set_nanos(static_cast<int>(by % 1000) * 1'000'000);
    return wait<v1::ClockInfo>(
        [&](auto done) { administration_->advance_clock({}, request, done); });
  }
  template <typename Request>
  static Request on(const std::string& case_number) {
    Request request;
    request.set_case_number(case_number);
    return request;
  }
  v1::AddNoteRequest note(const std::string& case_number, const std::string& text = "記一筆") {
    auto request = on<v1::AddNoteRequest>(case_number);
    request.set_text(text);
    return request;
  }

  // The only field a refusal names; its code and message when it names none.
  template <typename T>
  static std::string field_of(const Result<T>& result) {
    if (result) return "(accepted)";
    if (result.error().fields.size() == 1) return result.error().fields[0].field;
    std::string all = rejection_name(result.error().code);
    for (const auto& field : result.error().fields) all += " " + field.field;
    return all;
  }

  bool proves_ = true;  // false where a test wrote rows of its own
  HandClock clock_;
  boost::asio::thread_pool answers_{1};
  Pools pools_{Pools::Sizes{}};
  boost::asio::thread_pool views_{1};
  views::Board board_{views_.get_executor()};
  Gate gate_{board_};
  storage::MemoryStore* store_ = nullptr;
  std::unique_ptr<partition::Engine> engine_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<CasesApi> cases_;
  std::unique_ptr<ReadingApi> reading_;
  std::unique_ptr<SupervisionApi> supervision_;
  std::unique_ptr<AdministrationApi> administration_;
  std::unique_ptr<CatalogueApi> catalogue_;
  std::unique_ptr<CalendarsApi> calendars_;
  std::unique_ptr<ExplainingApi> explaining_;
};

}  // namespace casewheel::api
