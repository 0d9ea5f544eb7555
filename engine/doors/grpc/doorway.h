// What every call over gRPC passes: it is counted while it runs, and admitted before its handler does.
// Thread-safe.
#pragma once

#include <string_view>

#include "engine/api/admission.h"
#include "engine/doors/grpc/reply.h"
#include "engine/doors/grpc/running_calls.h"

namespace casewheel::doors {

class Doorway {
 public:
  // `admission` outlives it; null: everybody is admitted, as whoever he says he is.
  explicit Doorway(const api::Admission* admission) : admission_(admission) {}

  RunningCalls& calls() { return calls_; }
  // The call as its handler gets it, or why there is none. `request`: null of a stream of them.
  Result<api::Call> admit(const ::grpc::CallbackServerContext& context, const api::Method& method,
                          const google::protobuf::Message* request) const {
    api::Call call = call_of(context);
    call.method = &method;
    if (admission_ != nullptr) {
      std::optional<Rejection> refusal = admission_->admit(&call, token_of(context), request);
      if (refusal) return std::move(*refusal);
    }
    return call;
  }

 private:
  RunningCalls calls_;
  const api::Admission* admission_;
};

}  // namespace casewheel::doors
