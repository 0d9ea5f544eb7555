// See ingest_load.h. One reactor a stream; its callbacks run on library threads and meet in mutex_.
#include "bench/ingest_load.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "casewheel/v1/intake.grpc.pb.h"

namespace casewheel::bench {
namespace {

Clock::time_point after(Clock::time_point from, double seconds) {
  return from + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class IngestRun : public grpc::ClientBidiReactor<v1::IngestRequest, v1::IngestResponse> {
 public:
  IngestRun(const std::shared_ptr<grpc::Channel>& channel, const IngestPlan& plan)
      : plan_(plan), stub_(v1::Intake::NewStub(channel)) {
    measure_from_ = after(Clock::now(), plan.warm_up_seconds);
    measure_until_ =
        plan.seconds > 0 ? after(measure_from_, plan.seconds) : Clock::time_point::max();
    show_token(context_, plan.token);
    stub_->async()->Ingest(&context_, this);
    request_.mutable_open()->set_tenant(plan.tenant);
    request_.mutable_open()->set_source(plan.feed);
    StartWrite(&request_);
    StartRead(&response_);
    StartCall();
  }

  LoadResult wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
    const Clock::time_point end = std::min(measure_until_, last_answer_);
    result_.seconds = std::max(0.0, std::chrono::duration<double>(end - measure_from_).count());
    return std::move(result_);
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      broken_ = broken_ || !ok;
    }
    write_more();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      broken_ = true;  // the server's end of the stream: OnDone follows
      return;
    }
    if (response_.has_opened()) {
      const std::lock_guard lock(mutex_);
      window_ = std::min<std::size_t>(static_cast<std::size_t>(plan_.window),
                                      std::max(1u, response_.opened().window()));
      position_ = response_.opened().resume_after();
    } else {
      book(response_.result());
    }
    StartRead(&response_);
    write_more();
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    if (!status.ok()) ++result_.errors["STREAM_" + code_name(status)];
    if (!sent_.empty()) result_.errors["UNANSWERED"] += sent_.size();
    done_ = true;
    changed_.notify_all();
  }

 private:
  struct Sent {
    std::uint64_t number;
    Clock::time_point first;  // when it was first sent
  };

  // Sends the next item if the window, the plan and the stream allow one; ends the stream when all
  // is sent and answered.
  void write_more() {
    grpc::WriteOptions options;
    bool end = false;
    {
      const std::lock_guard lock(mutex_);
      if (writing_ || broken_ || ended_ || held_ || window_ == 0) return;
      const bool more = promised_ || have_more();
      end = !more && sent_.empty();
      if (end) {
        ended_ = true;
      } else if (!more || sent_.size() >= window_) {
        return;
      } else {
        prepare_item();
        writing_ = true;
        // An item may wait in the library for its successor, which must then come.
        promised_ = sent_.size() < window_ && have_more();
        if (promised_) options.set_buffer_hint();
      }
    }
    if (end) {
      StartWritesDone();
    } else {
      StartWrite(&request_, options);
    }
  }

  bool have_more() const {
    if (Clock::now() >= measure_until_) return false;
    return !again_.empty() || plan_.count == 0 || number_ < plan_.count;
  }

  void prepare_item() {
    Sent sent{plan_.first_number + number_, Clock::now()};
    if (again_.empty()) {
      ++number_;
    } else {
      sent = again_.front();
      again_.pop_front();
    }
    v1::IngestItem& item = *request_.mutable_item();
    item.set_position(++position_);
    plan_.source(sent.number, item.mutable_lodge());
    item.mutable_lodge()->clear_tenant();
    sent_.emplace(position_, sent);
  }

  void book(const v1::IngestResult& answer) {
    const Clock::time_point now = Clock::now();
    std::unique_lock lock(mutex_);
    const auto found = sent_.find(answer.position());
    if (found == sent_.end()) {
      ++result_.errors["UNKNOWN_POSITION"];
      return;
    }
    const Sent sent = found->second;
    sent_.erase(found);
    last_answer_ = now;
    if (answer.outcome() == v1::IngestResult::OVERLOADED) {
      ++result_.errors["OVERLOADED"];
      again_.push_back(sent);
      hold(std::max(1u, answer.retry_after_ms()));
      return;
    }
    const bool duplicate = answer.outcome() == v1::IngestResult::DUPLICATE;
    if (answer.outcome() != v1::IngestResult::CREATED && !duplicate) {
      ++result_.errors[v1::IngestResult::Outcome_Name(answer.outcome()) + "_" + answer.reason()];
    } else if (now >= measure_from_ && now < measure_until_) {
      ++result_.answered;
      result_.duplicates += duplicate ? 1 : 0;
      result_.response_bytes += answer.ByteSizeLong();
      result_.latency.add(microseconds_between(sent.first, now));
    }
    lock.unlock();  // reads come one at a time, so on_result does too
    if (plan_.on_result) plan_.on_result(sent.number, answer);
  }

  // One alarm at a time: refusals come in bunches.
  void hold(std::uint32_t milliseconds) {
    if (held_) return;
    held_ = true;
    alarm_.emplace();
    alarm_->Set(std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds),
                [this](bool fired) {
                  if (!fired) return;
                  {
                    const std::lock_guard lock(mutex_);
                    held_ = false;
                  }
                  write_more();
                });
  }

  const IngestPlan& plan_;
  std::unique_ptr<v1::Intake::Stub> stub_;
  grpc::ClientContext context_;
  v1::IngestRequest request_;  // belongs to whoever set writing_
  v1::IngestResponse response_;
  Clock::time_point measure_from_;
  Clock::time_point measure_until_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::optional<grpc::Alarm> alarm_;
  std::size_t window_ = 0;  // 0 until the server has opened the stream
  std::uint64_t number_ = 0;
  std::uint64_t position_ = 0;
  std::unordered_map<std::uint64_t, Sent> sent_;  // unanswered, by position
  std::deque<Sent> again_;
  Clock::time_point last_answer_;
  bool writing_ = true;    // Open is on its way
  bool promised_ = false;  // the last item waits in the library for the next one
  bool held_ = false;      // until alarm_
  bool broken_ = false;
  bool ended_ = false;
  bool done_ = false;
  LoadResult result_;
};

}  // namespace

LoadResult run_ingest(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                      const std::vector<IngestPlan>& plans) {
  std::vector<std::unique_ptr<IngestRun>> runs;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    runs.push_back(std::make_unique<IngestRun>(channels[i % channels.size()], plans[i]));
  }
  LoadResult result;
  for (const auto& run : runs) result.merge(run->wait());
  return result;
}

}  // namespace casewheel::bench
