// How a handler's answer becomes a gRPC status: code, message and google.rpc.Status details. Any
// thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include "engine/api/call.h"

namespace casewheel::doors {

::grpc::Status to_status(const Rejection& rejection);

// What the caller says of himself in the metadata, and where he calls from.
api::Call call_of(const ::grpc::CallbackServerContext& context);
// Of "authorization: Bearer TOKEN"; empty without. Lives as long as the context.
std::string_view token_of(const ::grpc::CallbackServerContext& context);

}  // namespace casewheel::doors
