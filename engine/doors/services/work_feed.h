// Long work that reports as it goes and never waits for its client: what the client has not taken yet is
// overtaken by what comes after it. It stops soon after its client has gone.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/api/audit.h"
#include "engine/api/work.h"
#include "engine/doors/services/feed.h"

namespace casewheel::doors {

template <typename Request, typename Response>
class WorkFeed final : public Feed {
 public:
  using Send = std::function<bool(const Response&)>;
  // What it sends says how things stand, so that only the last of it has to arrive.
  using Work = std::function<Result<bool>(const Request&, const Send&)>;

  WorkFeed(FairThreads& threads, Work work) : threads_(threads), work_(std::move(work)) {}

  void start(Answers& answers, const api::Call& call,
             const google::protobuf::Message& request) override {
    answers_ = &answers;
    answers.hold();
    std::optional<Rejection> refusal = threads_.post(
        api::payer_of(call), [this, &answers, line = call.line, give_up = call.give_up,
                              request = static_cast<const Request&>(request)] {
          const Result<bool> result = has_gone() || std::chrono::steady_clock::now() >= give_up
                                          ? api::not_awaited()
                                          : do_work(request, give_up);
          conclude(answers, line, result ? std::nullopt : std::optional(result.error()));
        });
    if (refusal) conclude(answers, call.line, std::move(refusal));
  }
  void on_written(bool ok) override {
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    gone_ |= !ok;
    advance();
  }
  void on_gone() override {
    const std::scoped_lock lock(mutex_);
    gone_ = true;
  }
  // What was begun is brought to its end.
  void cut(const Rejection&) override {}

 private:
  // The answer ends when the call's line on the trail says how.
  void conclude(Answers& answers, const std::shared_ptr<api::TrailLine>& line,
                std::optional<Rejection> refusal) {
    api::conclude(line, refusal, [this, &answers, refusal](std::optional<Rejection> unwritten) {
      end(refusal ? refusal : std::move(unwritten));
      answers.release();
    });
  }
  Result<bool> do_work(const Request& request, std::chrono::steady_clock::time_point give_up) {
    return work_(request, [this, give_up](const Response& response) {
      return std::chrono::steady_clock::now() < give_up && send(response);
    });
  }
  bool has_gone() {
    const std::scoped_lock lock(mutex_);
    return gone_;
  }
  bool send(const Response& response) {
    const std::scoped_lock lock(mutex_);
    if (gone_) return false;
    next_ = response;
    advance();
    return true;
  }
  void end(std::optional<Rejection> reason) {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    reason_ = std::move(reason);
    advance();
  }
  // Under the lock.
  void advance() {
    if (writing_) return;
    if (next_ && !gone_) {
      written_ = *std::exchange(next_, std::nullopt);
      writing_ = true;
      answers_->write(written_);
    } else if (std::exchange(ended_, false)) {
      answers_->finish(reason_);
    }
  }

  FairThreads& threads_;
  const Work work_;
  Answers* answers_ = nullptr;
  std::mutex mutex_;
  std::optional<Response> next_;
  Response written_;
  bool writing_ = false;
  bool gone_ = false;
  bool ended_ = false;
  std::optional<Rejection> reason_;
};

}  // namespace casewheel::doors
