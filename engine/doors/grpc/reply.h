// How a handler's answer becomes a gRPC status: code, message and google.rpc.Status details. Any
// thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include "engine/api/admission.h"

namespace casewheel::doors {

::grpc::Status to_status(const Rejection& rejection);

// What the caller says of himself in the metadata, and where he calls from.
api::Call call_of(const ::grpc::CallbackServerContext& context);
// How the caller shows who she is: the token of "authorization: Bearer TOKEN", which lives as long as the
// context; without such metadata the certificate of her end of the connection, which TLS has checked.
api::Credentials credentials_of(const ::grpc::CallbackServerContext& context);

}  // namespace casewheel::doors
