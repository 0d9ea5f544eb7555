#include "engine/base/result.h"

#include <cstdio>
#include <cstdlib>

#include "engine/base/text.h"

namespace casewheel {

std::string shortened(std::string text) {
  constexpr std::size_t kRepeatedBytesMax = 1000;
  if (text.size() <= kRepeatedBytesMax) return text;
  return std::string(first_bytes(text, kRepeatedBytesMax)) + "…";
}

const char* rejection_name(RejectionCode code) {
  switch (code) {
    case RejectionCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case RejectionCode::kNotFound:
      return "NOT_FOUND";
    case RejectionCode::kConflict:
      return "REQUEST_ID_REUSED";
    case RejectionCode::kStaleEtag:
      return "STALE_ETAG";
    case RejectionCode::kWrongState:
      return "WRONG_STATE";
    case RejectionCode::kNotPermitted:
      return "NOT_PERMITTED";
    case RejectionCode::kOverloaded:
      return "OVERLOADED";
    case RejectionCode::kDiskFull:
      return "DISK_FULL";
    case RejectionCode::kUnavailable:
      return "UNAVAILABLE";
    case RejectionCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case RejectionCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    case RejectionCode::kDataLoss:
      return "DATA_LOSS";
  }
  return "UNKNOWN";
}

Rejection unreadable(const Status& status) {
  return Rejection::of(status.code() == Status::Code::kCorruption ? RejectionCode::kDataLoss
                                                                  : RejectionCode::kUnavailable,
                       "the store cannot be read: " + status.message());
}

void check_failed(const char* file, int line, const char* expression, const std::string& message) {
  std::fprintf(stderr, "casewheel: check failed at %s:%d: %s: %s\n", file, line, expression,
               message.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace casewheel
