// The streams that are open, so that one is ended when whoever opened it may call no more: she signed out,
// her key was revoked, her token has run out. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "engine/access/caller.h"
#include "engine/base/result.h"

namespace casewheel::doors {

class OpenStreams {
 public:
  // Deleted when nobody holds it any more: neither the transport, nor who admits, nor this list while it looks.
  class Member {
   public:
    // Ends it with the reason as soon as what is on the wire allows. Any thread; called more than once.
    virtual void cut(const Rejection& reason) = 0;

   protected:
    Member() = default;
    virtual ~Member() = default;
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    void hold() { ++holders_; }
    void release() {
      if (--holders_ == 0) delete this;
    }

    std::shared_ptr<const access::Caller> caller_;  // set before it is added; null: nobody is asked

   private:
    friend class OpenStreams;
    std::atomic<int> holders_{2};  // the transport, until its last byte; and whoever admits
  };

  void add(Member& stream) {
    const std::scoped_lock lock(mutex_);
    streams_.insert(&stream);
  }
  void remove(Member& stream) {
    const std::scoped_lock lock(mutex_);
    streams_.erase(&stream);
  }

  // Cuts those for whose caller `over(caller)` gives a reason.
  template <typename Over>
  void cut_where(Over over) {
    std::vector<Member*> held;
    {
      const std::scoped_lock lock(mutex_);
      held.assign(streams_.begin(), streams_.end());
      for (Member* stream : held) stream->hold();
    }
    for (Member* stream : held) {
      if (const std::optional<Rejection> reason = over(stream->caller_.get())) stream->cut(*reason);
      stream->release();
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_set<Member*> streams_;
};

}  // namespace casewheel::doors
