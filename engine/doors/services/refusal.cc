#include "engine/doors/services/refusal.h"

#include <grpcpp/support/status_code_enum.h>

#include <algorithm>

#include "engine/base/text.h"
#include "google/rpc/error_details.pb.h"

namespace casewheel::doors {
namespace {

::grpc::StatusCode code_of(RejectionCode code) {
  switch (code) {
    case RejectionCode::kInvalidArgument:
      return ::grpc::StatusCode::INVALID_ARGUMENT;
    case RejectionCode::kNotFound:
      return ::grpc::StatusCode::NOT_FOUND;
    case RejectionCode::kConflict:
      return ::grpc::StatusCode::ALREADY_EXISTS;
    case RejectionCode::kStaleEtag:
      return ::grpc::StatusCode::ABORTED;
    case RejectionCode::kWrongState:
      return ::grpc::StatusCode::FAILED_PRECONDITION;
    case RejectionCode::kNotPermitted:
      return ::grpc::StatusCode::PERMISSION_DENIED;
    case RejectionCode::kOverloaded:
      return ::grpc::StatusCode::RESOURCE_EXHAUSTED;
    case RejectionCode::kDiskFull:
      return ::grpc::StatusCode::RESOURCE_EXHAUSTED;
    case RejectionCode::kUnavailable:
      return ::grpc::StatusCode::UNAVAILABLE;
    case RejectionCode::kFailedPrecondition:
      return ::grpc::StatusCode::FAILED_PRECONDITION;
    case RejectionCode::kUnauthenticated:
      return ::grpc::StatusCode::UNAUTHENTICATED;
    case RejectionCode::kDataLoss:
      return ::grpc::StatusCode::DATA_LOSS;
  }
  return ::grpc::StatusCode::UNKNOWN;
}

google::rpc::BadRequest violations_of(const Rejection& rejection, std::size_t bytes_max) {
  constexpr std::size_t kRoomForCount = 200;  // and for what is around
  google::rpc::BadRequest bad;
  std::size_t bytes = kRoomForCount;
  for (const FieldViolation& violation : rejection.fields) {
    google::rpc::BadRequest::FieldViolation field;
    field.set_field(valid_utf8(shortened(violation.field)));
    field.set_description(valid_utf8(shortened(violation.description)));
    bytes += field.ByteSizeLong() + 4;
    if (bytes > bytes_max) {
      const std::size_t left =
          rejection.fields.size() - static_cast<std::size_t>(bad.field_violations_size());
      bad.add_field_violations()->set_description("and " + std::to_string(left) +
                                                  " more that there is no room to name");
      break;
    }
    *bad.add_field_violations() = std::move(field);
  }
  return bad;
}

}  // namespace

google::rpc::Status refusal_of(const Rejection& rejection, std::size_t bytes_max) {
  google::rpc::Status details;
  details.set_code(code_of(rejection.code));
  details.set_message(valid_utf8(shortened(rejection.message)));
  google::rpc::ErrorInfo info;
  info.set_reason(rejection_name(rejection.code));
  info.set_domain("casewheel");
  details.add_details()->PackFrom(info);
  if (!rejection.fields.empty()) {
    details.add_details()->PackFrom(violations_of(rejection, bytes_max - details.ByteSizeLong()));
  }
  if (rejection.retry_after_ms > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(rejection.retry_after_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<std::int32_t>(rejection.retry_after_ms % 1000 * 1'000'000));
    details.add_details()->PackFrom(retry);
  }
  return details;
}

std::string_view bearer_token(std::string_view value) {
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer = value.size() > kScheme.size() &&
                      std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char a, char b) {
                        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
                      });
  return bearer ? value.substr(kScheme.size()) : std::string_view();
}

}  // namespace casewheel::doors
