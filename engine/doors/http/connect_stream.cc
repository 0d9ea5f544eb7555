#include "engine/doors/http/connect_stream.h"

#include <boost/asio/dispatch.hpp>

#include "engine/doors/http/listener.h"

namespace casewheel::doors {

ConnectStream::ConnectStream(boost::asio::any_io_executor thread, const api::Admission& admission,
                             RunningCalls& calls, std::unique_ptr<Feed> feed)
    : running_(calls),
      thread_(thread),
      admission_(admission),
      wake_(thread),
      feed_(std::move(feed)) {}

void ConnectStream::start(const api::Call& call, const google::protobuf::Message& request) {
  caller_ = call.caller;
  feed_->start(*this, call, request);
}

void ConnectStream::sent(bool ok) {
  message_ = nullptr;
  feed_->on_written(ok);
}

void ConnectStream::leave() {
  if (left_) return;
  left_ = true;
  wake_.cancel();
  feed_->on_gone();
}

boost::asio::awaitable<void> ConnectStream::change(std::chrono::steady_clock::time_point deadline) {
  wake_.expires_at(deadline);
  co_await wake_.async_wait(kTold);
}

void ConnectStream::let_go() {
  release();  // as who admitted it
  release();
}

template <typename Change>
void ConnectStream::tell(Change change) {
  hold();
  boost::asio::dispatch(thread_, [this, change] {
    change();
    wake_.cancel();
    release();
  });
}

void ConnectStream::write(const google::protobuf::Message& message) {
  tell([this, &message] { message_ = &message; });
}

void ConnectStream::finish(const std::optional<Rejection>& reason) {
  tell([this, reason] {
    ended_ = true;
    reason_ = reason;
  });
}

}  // namespace casewheel::doors
