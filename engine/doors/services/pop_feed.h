// One agent's screen as a stream. It asks what to show next only when the last message is on the wire, so
// that a client that does not read costs the calls that wait for it and nothing else.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "engine/api/calls.h"
#include "engine/doors/services/feed.h"

namespace casewheel::doors {

class PopFeed final : public Feed {
 public:
  explicit PopFeed(api::CallsApi& calls) : link_(std::make_shared<Link>(this)), calls_(calls) {}
  ~PopFeed() override;

  void start(Answers& answers, const api::Call& call,
             const google::protobuf::Message& request) override;
  void on_written(bool ok) override;
  void on_gone() override;
  void cut(const Rejection& reason) override;

 private:
  // Outlives the feed for as long as the desk, or a reader that fetches a call, may still call.
  class Link final : public views::Watcher {
   public:
    explicit Link(PopFeed* feed) : feed_(feed) {}
    void on_available() override {
      const std::scoped_lock lock(mutex_);
      if (feed_ != nullptr) feed_->pump();
    }
    void on_end(const Rejection& reason) override {
      const std::scoped_lock lock(mutex_);
      if (feed_ != nullptr) feed_->cut(reason);
    }
    void on_fetched(Result<v1::ScreenPop> pop) {
      const std::scoped_lock lock(mutex_);
      if (feed_ != nullptr) feed_->show(std::move(pop));
    }
    void detach() {
      const std::scoped_lock lock(mutex_);
      feed_ = nullptr;
    }

   private:
    std::mutex mutex_;
    PopFeed* feed_;
  };

  void pump();
  void show(Result<v1::ScreenPop> pop);
  void end();

  const std::shared_ptr<Link> link_;
  api::CallsApi& calls_;
  std::mutex mutex_;
  Answers* answers_ = nullptr;  // from the start on
  std::optional<api::CallsApi::Screen> screen_;
  v1::ScreenPop response_;
  std::optional<Rejection> reason_;  // of the end, where the client is there to hear it
  bool busy_ = false;                // a message is fetched or written
  bool writing_ = false;
  bool ending_ = false;
  bool finished_ = false;
};

}  // namespace casewheel::doors
