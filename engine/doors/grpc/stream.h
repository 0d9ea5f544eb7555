// What the reactors of all streams share. gRPC wants the reactor at once, but whether the caller is
// admitted may be known only when the provider of her token has answered: until begin() or refuse() the
// stream reads and writes nothing, and if she goes meanwhile she is not admitted at all.
//
// It is deleted when neither gRPC nor anybody else who holds it needs it: the destructor is where a
// stream lets go of what it used. Any thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <mutex>

#include "engine/doors/grpc/running_calls.h"

namespace casewheel::doors {

// `Reactor` is gRPC's, of a stream of answers or of one both ways.
template <typename Reactor>
class Stream : public Reactor {
 public:
  // The caller is admitted: `start()` makes the first move.
  template <typename Start>
  void begin(Start start) {
    bool gone = false;
    {
      const std::scoped_lock lock(beginning_);
      gone = gone_;
    }
    if (gone) return refuse(::grpc::Status::CANCELLED);
    start();
    {
      const std::scoped_lock lock(beginning_);
      begun_ = true;
      gone = gone_;
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
  void OnDone() noexcept final { release(); }

 protected:
  explicit Stream(RunningCalls& calls) : running_(calls) {}
  virtual ~Stream() = default;

  // The client has gone, after begin().
  virtual void on_cancel() = 0;

  void hold() { ++holders_; }
  void release() {
    if (--holders_ == 0) delete this;
  }

 private:
  RunningCalls::Running running_;
  std::atomic<int> holders_{2};  // gRPC, until OnDone; and whoever admits
  std::mutex beginning_;
  bool begun_ = false;
  bool gone_ = false;
};

}  // namespace casewheel::doors
