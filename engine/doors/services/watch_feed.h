// One watcher's feed. It takes from the board only when the last message is on the wire, so a client
// that does not read costs one message here, and the board ends the watch when too much has gathered
// there.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/api/supervision.h"
#include "engine/doors/services/feed.h"

namespace casewheel::doors {

class WatchFeed final : public Feed {
 public:
  explicit WatchFeed(api::SupervisionApi& supervision)
      : supervision_(supervision), watcher_(std::make_shared<Bridge>(this)) {}
  ~WatchFeed() override;

  void start(Answers& answers, const api::Call& call,
             const google::protobuf::Message& request) override;
  void on_written(bool ok) override;
  void on_gone() override;
  void cut(const Rejection& reason) override;

 private:
  // Outlives the feed for as long as the board may still call.
  class Bridge final : public views::Watcher {
   public:
    explicit Bridge(WatchFeed* feed) : feed_(feed) {}
    void on_available() override {
      const std::scoped_lock lock(mutex_);
      if (feed_ != nullptr) feed_->pump();
    }
    void on_end(const Rejection& reason) override {
      const std::scoped_lock lock(mutex_);
      if (feed_ != nullptr) feed_->cut(reason);
    }
    void detach() {
      const std::scoped_lock lock(mutex_);
      feed_ = nullptr;
    }

   private:
    std::mutex mutex_;
    WatchFeed* feed_;
  };

  void end();
  void pump();

  api::SupervisionApi& supervision_;
  std::shared_ptr<Bridge> watcher_;
  Answers* answers_ = nullptr;  // from the start on
  std::mutex mutex_;
  std::shared_ptr<views::Watch> watch_;
  std::deque<views::WatchMessage> waiting_;
  v1::WatchDueResponse response_;
  std::optional<Rejection> reason_;  // of the end, where the client is there to hear it
  bool ending_ = false;
  bool writing_ = false;
  bool finished_ = false;
};

}  // namespace casewheel::doors
