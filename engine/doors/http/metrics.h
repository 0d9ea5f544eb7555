// Figures of the HTTP door. Any thread.
#pragma once

#include "engine/base/metrics.h"
#include "engine/doors/http/connect_error.h"

namespace casewheel::doors {

// Requests answered, by the code of google.rpc.Code; 0 is OK.
struct HttpMetrics {
  std::array<Counter, kRpcCodes> by_code{};
};

}  // namespace casewheel::doors
