// How a refusal looks to clients of every door: google.rpc.Status with its details. Any thread.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "google/rpc/status.pb.h"

namespace casewheel::doors {

// With ErrorInfo, and BadRequest and RetryInfo where there is something to say; the code is google.rpc's.
google::rpc::Status refusal_of(const Rejection& rejection);

// TOKEN of "Bearer TOKEN"; empty where the value is of another scheme.
std::string_view bearer_token(std::string_view authorization);

}  // namespace casewheel::doors
