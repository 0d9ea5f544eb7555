// How a handler's answer becomes a gRPC status: code, message and google.rpc.Status details. Any
// thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include "engine/api/call.h"

namespace casewheel::doors {

::grpc::Status to_status(const Rejection& rejection);

// What the caller says of himself in the metadata.
api::Call call_of(const ::grpc::CallbackServerContext& context);

// Runs a unary handler: `start` gets the call and what to answer through.
template <typename Response, typename Start>
::grpc::ServerUnaryReactor* unary(::grpc::CallbackServerContext* context, Response* response,
                                  Start start) {
  ::grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  start(call_of(*context), api::Done<Response>([reactor, response](Result<Response> result) {
          if (!result) return reactor->Finish(to_status(result.error()));
          *response = std::move(*result);
          reactor->Finish(::grpc::Status::OK);
        }));
  return reactor;
}

}  // namespace casewheel::doors
