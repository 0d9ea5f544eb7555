// How a handler's answer becomes a gRPC status: code, message and google.rpc.Status details. Any
// thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include "engine/api/call.h"

namespace casewheel::doors {

::grpc::Status to_status(const Rejection& rejection);

// What the caller says of himself in the metadata.
api::Call call_of(const ::grpc::CallbackServerContext& context);

}  // namespace casewheel::doors
