// Work that reports as it goes, on a thread that may block: it waits for its client.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "engine/doors/services/feed.h"

namespace casewheel::doors {

template <typename Request, typename Response>
class WorkFeed final : public Feed {
 public:
  using Send = std::function<bool(const Response&)>;
  using Work = std::function<Result<bool>(const Request&, const Send&)>;

  WorkFeed(boost::asio::thread_pool& threads, Work work)
      : threads_(threads), work_(std::move(work)) {}

  void start(Answers& answers, const api::Call&,
             const google::protobuf::Message& request) override {
    answers.hold();
    boost::asio::post(threads_, [this, &answers, request = static_cast<const Request&>(request)] {
      const Result<bool> result = work_(
          request, [this, &answers](const Response& response) { return send(answers, response); });
      wait_for_write();
      answers.finish(result ? std::nullopt : std::optional(result.error()));
      answers.release();
    });
  }
  void on_written(bool ok) override {
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      gone_ |= !ok;
    }
    written_.notify_all();
  }
  void on_gone() override {
    const std::scoped_lock lock(mutex_);
    gone_ = true;
  }
  // What was begun is brought to its end.
  void cut(const Rejection&) override {}

 private:
  bool send(Answers& answers, const Response& response) {
    wait_for_write();
    {
      const std::scoped_lock lock(mutex_);
      if (gone_) return false;
      writing_ = true;
      response_ = response;
    }
    answers.write(response_);
    return true;
  }
  void wait_for_write() {
    std::unique_lock lock(mutex_);
    written_.wait(lock, [&] { return !writing_; });
  }

  boost::asio::thread_pool& threads_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable written_;
  Response response_;
  bool writing_ = false;
  bool gone_ = false;
};

}  // namespace casewheel::doors
