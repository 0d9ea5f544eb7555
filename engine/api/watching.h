// A stream of answers as a handler gives it: pulled by whoever sends them, at the pace of the client.
// Thread-safe; letting go of it ends it.
#pragma once

#include <google/protobuf/message.h>

#include <memory>

#include "engine/views/watch.h"

namespace casewheel::api {

class Watching {
 public:
  virtual ~Watching() = default;
  // The next message; null: there is none now, and the watcher is told once when there is.
  virtual std::shared_ptr<const google::protobuf::Message> take() = 0;
};

}  // namespace casewheel::api
