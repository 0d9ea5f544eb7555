// What the reactors of all streams share. gRPC wants the reactor at once, but whether the caller is
// admitted may be known only when the provider of her token has answered: until begin() or refuse() the
// stream reads and writes nothing, and if she goes meanwhile she is not admitted at all. And a stream may
// outlive what let its caller in: then it is cut.
//
// The destructor is where a stream lets go of what it used. Any thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <optional>

#include "engine/doors/grpc/doorway.h"

namespace casewheel::doors {

// `Reactor` is gRPC's, of a stream of answers or of one both ways.
template <typename Reactor>
class Stream : public Reactor, public OpenStreams::Member {
 public:
  // The caller is admitted: `start()` makes the first move.
  template <typename Start>
  void begin(const api::Call& call, Start start) {
    bool gone = false;
    {
      const std::scoped_lock lock(beginning_);
      gone = gone_;
    }
    if (gone) return refuse(::grpc::Status::CANCELLED);
    caller_ = call.caller;
    start();
    {
      const std::scoped_lock lock(beginning_);
      begun_ = true;
      gone = gone_;
      if (!done_) doorway_.streams().add(*this);
    }
    if (gone) on_cancel();  // while it started
    release();
  }
  // Instead of begin().
  void refuse(const ::grpc::Status& status) {
    this->Finish(status);
    release();
  }

  void OnCancel() noexcept final {
    {
      const std::scoped_lock lock(beginning_);
      gone_ = true;
      if (!begun_) return;
    }
    on_cancel();
  }
  void OnDone() noexcept final {
    {
      const std::scoped_lock lock(beginning_);
      done_ = true;
      if (begun_) doorway_.streams().remove(*this);
    }
    release();
  }

 protected:
  explicit Stream(Doorway& doorway) : doorway_(doorway), running_(doorway.calls()) {}

  // The client has gone, after begin().
  virtual void on_cancel() = 0;

  // Why the stream has to end although its client is there; `used`: the client has just sent something.
  std::optional<Rejection> over(bool used) const { return doorway_.over(caller_.get(), used); }

 private:
  Doorway& doorway_;
  RunningCalls::Running running_;
  std::mutex beginning_;
  bool begun_ = false;
  bool gone_ = false;
  bool done_ = false;
};

}  // namespace casewheel::doors
