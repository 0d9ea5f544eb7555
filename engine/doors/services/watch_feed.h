// The feed of a watch: it takes only when the last message is on the wire, so that a client that does not
// read costs one message here; what gathers meanwhile is the handler's to bound.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/api/watching.h"
#include "engine/doors/services/feed.h"

namespace casewheel::doors {

class WatchFeed final : public Feed {
 public:
  // The request is of the type the method is bound with.
  using Open = std::function<Result<std::shared_ptr<api::Watching>>(
      const api::Call&, const google::protobuf::Message& request, std::shared_ptr<views::Watcher>)>;

  explicit WatchFeed(Open open)
      : open_(std::move(open)), watcher_(std::make_shared<Bridge>(this)) {}
  ~WatchFeed() override;

  void start(Answers& answers, const api::Call& call,
             const google::protobuf::Message& request) override;
  void on_written(bool ok) override;
  void on_gone() override;
  void cut(const Rejection& reason) override;

 private:
  // Outlives the feed for as long as the handler may still call.
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

  const Open open_;
  std::shared_ptr<Bridge> watcher_;
  Answers* answers_ = nullptr;  // from the start on
  std::mutex mutex_;
  std::shared_ptr<api::Watching> watch_;
  std::shared_ptr<const google::protobuf::Message> message_;  // on its way
  std::optional<Rejection> reason_;  // of the end, where the client is there to hear it
  bool ending_ = false;
  bool writing_ = false;
  bool finished_ = false;
};

}  // namespace casewheel::doors
