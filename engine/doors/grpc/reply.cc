#include "engine/doors/grpc/reply.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

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
    case RejectionCode::kDataLoss:
      return ::grpc::StatusCode::DATA_LOSS;
  }
  return ::grpc::StatusCode::UNKNOWN;
}

}  // namespace

::grpc::Status to_status(const Rejection& rejection) {
  google::rpc::Status details;
  details.set_code(code_of(rejection.code));
  details.set_message(rejection.message);
  google::rpc::ErrorInfo info;
  info.set_reason(rejection_name(rejection.code));
  info.set_domain("casewheel");
  details.add_details()->PackFrom(info);
  if (!rejection.fields.empty()) {
    google::rpc::BadRequest bad;
    for (const FieldViolation& violation : rejection.fields) {
      auto* field = bad.add_field_violations();
      field->set_field(violation.field);
      field->set_description(violation.description);
    }
    details.add_details()->PackFrom(bad);
  }
  if (rejection.retry_after_ms > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(rejection.retry_after_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<std::int32_t>(rejection.retry_after_ms % 1000 * 1'000'000));
    details.add_details()->PackFrom(retry);
  }
  return {code_of(rejection.code), rejection.message, details.SerializeAsString()};
}

api::Call call_of(const ::grpc::CallbackServerContext& context) {
  api::Call call;
  const auto actor = context.client_metadata().find("casewheel-actor");
  if (actor != context.client_metadata().end())
    call.actor.assign(actor->second.data(), actor->second.size());
  const auto left = context.deadline() - std::chrono::system_clock::now();
  if (left < std::chrono::hours(24)) {  // gRPC gives the end of time where the caller set none
    call.give_up = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(left);
  }
  return call;
}

}  // namespace casewheel::doors
