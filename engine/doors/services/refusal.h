// How a refusal looks to clients of every door: google.rpc.Status with its details. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "google/rpc/status.pb.h"

namespace casewheel::doors {

// With ErrorInfo, and BadRequest and RetryInfo where there is something to say; the code is
// google.rpc's. Violations
// beyond `bytes_max` are counted in the last of those that fit, and not named.
google::rpc::Status refusal_of(const Rejection& rejection,
                               std::size_t bytes_max = std::string::npos);

// TOKEN of "Bearer TOKEN"; empty where the value is of another scheme.
std::string_view bearer_token(std::string_view authorization);

}  // namespace casewheel::doors
