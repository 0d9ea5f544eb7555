// A stream of requests with one answer, apart from what carries it. A door makes one a call, gives it the
// messages one at a time, and drops it when the call is over, however that came.
#pragma once

#include "engine/api/call.h"

namespace casewheel::doors {

template <typename Request, typename Response>
class Gathering {
 public:
  virtual ~Gathering() = default;
  // `done(true)`: the next may come, or finish(). Refused: the call ends with it.
  virtual void take(const api::Call& call, const Request& request, api::Done<bool> done) = 0;
  // All has come.
  virtual void finish(api::Done<Response> done) = 0;
};

}  // namespace casewheel::doors
