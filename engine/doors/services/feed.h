// A stream of answers, apart from what carries it: a Feed says what is sent and when, Answers is how its
// door sends it. A door makes one Feed a call and keeps it until nothing of the call is left.
#pragma once

#include <google/protobuf/message.h>

#include <optional>

#include "engine/api/call.h"

namespace casewheel::doors {

// The client's side of one call. Any thread; never calls back into the feed from within.
class Answers {
 public:
  // One at a time, and the message stays as it is until Feed::on_written.
  virtual void write(const google::protobuf::Message& message) = 0;
  // The last call, once, and not while a write is under way. Without a reason all is well.
  virtual void finish(const std::optional<Rejection>& reason) = 0;
  // Instead of finish, where the client has gone.
  virtual void abandon() = 0;
  // Why the stream has to end although its client is there.
  virtual std::optional<Rejection> over() const = 0;
  // Keeps this and the feed, beyond the end of the stream if need be, until release.
  virtual void hold() = 0;
  virtual void release() = 0;

 protected:
  ~Answers() = default;
};

class Feed {
 public:
  virtual ~Feed() = default;
  // Once, first; `request` is of the type the method is bound with; neither it nor the call outlasts this.
  virtual void start(Answers& answers, const api::Call& call,
                     const google::protobuf::Message& request) = 0;
  // The message is on its way; false: it will not arrive.
  virtual void on_written(bool ok) = 0;
  // The client has gone, which may be known after on_written(false) or without it.
  virtual void on_gone() = 0;
  // To end with the reason as soon as what is on the wire allows; may be called more than once.
  virtual void cut(const Rejection& reason) = 0;
};

}  // namespace casewheel::doors
