// See lodge_load.h. Each slot is one call at a time: its callback, on a library thread, books the
// answer and sends the slot's next call (closed loop) or gives the slot back (open loop).
#include "bench/lodge_load.h"

#include <grpcpp/alarm.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "casewheel/v1/cases.grpc.pb.h"

namespace casewheel::bench {
namespace {

constexpr auto kCallTimeout = std::chrono::seconds(60);
constexpr std::int64_t kRetryWithoutHintMs = 10;

Clock::duration seconds_as_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class LodgeRun {
 public:
  LodgeRun(const std::vector<std::shared_ptr<grpc::Channel>>& channels, const LodgePlan& plan)
      : plan_(plan), slots_(static_cast<std::size_t>(plan.in_flight)) {
    for (const auto& channel : channels) stubs_.push_back(v1::Cases::NewStub(channel));
    for (std::size_t i = 0; i < slots_.size(); ++i)
      slots_[i].stub = stubs_[i % stubs_.size()].get();
  }

  LoadResult run() {
    measure_from_ = Clock::now() + seconds_as_duration(plan_.warm_up_seconds);
    measure_until_ = plan_.seconds > 0 ? measure_from_ + seconds_as_duration(plan_.seconds)
                                       : Clock::time_point::max();
    open_loop() ? run_open() : run_closed();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return unanswered_ == 0; });
    const Clock::time_point end =
        plan_.seconds > 0 ? std::min(measure_until_, last_end()) : last_answer_;
    result_.seconds = std::max(0.0, std::chrono::duration<double>(end - measure_from_).count());
    return std::move(result_);
  }

 private:
  struct Slot {
    v1::Cases::Stub* stub = nullptr;
    std::optional<grpc::ClientContext> context;
    std::optional<grpc::Alarm> alarm;
    v1::LodgeCaseRequest request;
    v1::LodgeCaseResponse response;
    Clock::time_point intended;
  };

  bool open_loop() const { return plan_.rate_per_second > 0; }

  // With a count and a time, the time ends early when the count is used up.
  Clock::time_point last_end() const { return used_up_ ? last_answer_ : measure_until_; }

  void run_closed() {
    {
      const std::lock_guard lock(mutex_);
      unanswered_ = slots_.size();
    }
    for (Slot& slot : slots_) start_next(slot);
  }

  void run_open() {
    for (Slot& slot : slots_) free_.push_back(&slot);
    const Clock::time_point start = Clock::now();
    for (std::uint64_t i = 0; plan_.count == 0 || i < plan_.count; ++i) {
      const Clock::time_point intended =
          start + seconds_as_duration(static_cast<double>(i) / plan_.rate_per_second);
      if (intended >= measure_until_) return;
      std::this_thread::sleep_until(intended);
      Slot* slot = nullptr;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !free_.empty(); });
        slot = free_.back();
        free_.pop_back();
        ++unanswered_;
      }
      slot->intended = intended;
      plan_.source(plan_.first_number + i, &slot->request);
      send(*slot);
    }
    const std::lock_guard lock(mutex_);
    used_up_ = true;
  }

  // Closed loop: the slot's next call, or its end.
  void start_next(Slot& slot) {
    const Clock::time_point now = Clock::now();
    const std::uint64_t number = next_number_.fetch_add(1, std::memory_order_relaxed);
    const bool used_up = plan_.count > 0 && number >= plan_.count;
    if (now >= measure_until_ || used_up) {
      const std::lock_guard lock(mutex_);
      used_up_ = used_up_ || used_up;
      --unanswered_;
      changed_.notify_all();
      return;
    }
    slot.intended = now;
    plan_.source(plan_.first_number + number, &slot.request);
    send(slot);
  }

  void send(Slot& slot) {
    slot.context.emplace();
    slot.context->set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    show_token(*slot.context, plan_.token);
    slot.stub->async()->LodgeCase(
        &*slot.context, &slot.request, &slot.response,
        [this, &slot](const grpc::Status& status) { answered(slot, status); });
  }

  void answered(Slot& slot, const grpc::Status& status) {
    const Clock::time_point now = Clock::now();
    const std::int64_t latency_us = microseconds_between(slot.intended, now);
    if (plan_.on_answer) plan_.on_answer(slot.intended, latency_us, status.ok());
    book(slot, status, now, latency_us);
    if (open_loop()) {
      const std::lock_guard lock(mutex_);
      free_.push_back(&slot);
      --unanswered_;
      changed_.notify_all();
      return;
    }
    if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED && now < measure_until_) {
      const auto delay = std::chrono::milliseconds(retry_delay_ms(status, kRetryWithoutHintMs));
      slot.alarm.emplace();
      slot.alarm->Set(std::chrono::system_clock::now() + delay,
                      [this, &slot](bool) { send(slot); });
      return;
    }
    start_next(slot);
  }

  void book(const Slot& slot, const grpc::Status& status, Clock::time_point now,
            std::int64_t latency_us) {
    // The open loop owes an answer to every call it sent in the measured time; the closed loop is
    // counted by what came back in it.
    const Clock::time_point counts_at = open_loop() ? slot.intended : now;
    const bool counts = counts_at >= measure_from_ && counts_at < measure_until_;
    const std::size_t bytes = counts && status.ok() ? slot.response.ByteSizeLong() : 0;
    const std::lock_guard lock(mutex_);
    last_answer_ = now;
    if (!status.ok()) {
      ++result_.errors[code_name(status)];
    } else if (counts) {
      ++result_.answered;
      result_.duplicates += slot.response.duplicate() ? 1 : 0;
      result_.response_bytes += bytes;
      result_.latency.add(latency_us);
    }
  }

  const LodgePlan& plan_;
  std::vector<std::unique_ptr<v1::Cases::Stub>> stubs_;
  std::vector<Slot> slots_;
  Clock::time_point measure_from_;
  Clock::time_point measure_until_;
  std::atomic<std::uint64_t> next_number_{0};

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Slot*> free_;
  std::size_t unanswered_ = 0;  // closed loop: slots still going
  bool used_up_ = false;
  Clock::time_point last_answer_;
  LoadResult result_;
};

}  // namespace

LoadResult run_lodges(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                      const LodgePlan& plan) {
  return LodgeRun(channels, plan).run();
}

std::vector<std::shared_ptr<grpc::Channel>> connect(const std::string& target, int count,
                                                    const std::string& tls_ca) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!tls_ca.empty()) {
    std::ifstream file(tls_ca);
    grpc::SslCredentialsOptions believed;
    believed.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
    credentials = grpc::SslCredentials(believed);
  }
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("casewheel.bench.channel",
                     i);  // channels of equal arguments would share a connection
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    channels.push_back(grpc::CreateCustomChannel(target, credentials, arguments));
    if (!channels.back()->WaitForConnected(std::chrono::system_clock::now() +
                                           std::chrono::seconds(10)))
      return {};
  }
  return channels;
}

void show_token(grpc::ClientContext& context, const std::string& token) {
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
}

}  // namespace casewheel::bench
