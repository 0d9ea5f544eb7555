// One stream of answers over Connect, between its feed, which calls from any thread, and the
// conversation that sends what it gives, on the door's own. Deleted when neither holds it any more.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "engine/api/admission.h"
#include "engine/doors/services/feed.h"
#include "engine/doors/services/open_streams.h"
#include "engine/doors/services/running_calls.h"

namespace casewheel::doors {

class ConnectStream final : public OpenStreams::Member, private Answers {
 public:
  ConnectStream(boost::asio::any_io_executor thread, const api::Admission& admission,
                RunningCalls& calls, std::unique_ptr<Feed> feed);

  // All of these on the door's thread.
  void start(const api::Call& call, const google::protobuf::Message& request);
  // To be sent, then told by sent(); null: there is none now.
  const google::protobuf::Message* message() const { return message_; }
  void sent(bool ok);
  // No message will follow, and the feed lets go; reason() is why, if all is not well.
  bool ended() const { return ended_; }
  const std::optional<Rejection>& reason() const { return reason_; }
  // The client reads no more: the feed will end.
  void leave();
  bool left() const { return left_; }
  // Waits until something of the above has changed, or it may have; not beyond the deadline.
  boost::asio::awaitable<void> change(std::chrono::steady_clock::time_point deadline);
  void wake() { wake_.cancel(); }
  // The conversation lets go of it.
  void let_go();

  void cut(const Rejection& reason) override { feed_->cut(reason); }

 private:
  ~ConnectStream() override = default;

  void write(const google::protobuf::Message& message) override;
  void finish(const std::optional<Rejection>& reason) override;
  void abandon() override { finish(std::nullopt); }
  std::optional<Rejection> over() const override { return admission_.over(caller_.get(), false); }
  void hold() override { OpenStreams::Member::hold(); }
  void release() override { OpenStreams::Member::release(); }

  // On the door's thread, which may be this one.
  template <typename Change>
  void tell(Change change);

  const RunningCalls::Running running_;  // ends last
  const boost::asio::any_io_executor thread_;
  const api::Admission& admission_;
  boost::asio::steady_timer wake_;
  const google::protobuf::Message* message_ = nullptr;
  std::optional<Rejection> reason_;
  bool ended_ = false;
  bool left_ = false;
  const std::unique_ptr<Feed> feed_;
};

}  // namespace casewheel::doors
