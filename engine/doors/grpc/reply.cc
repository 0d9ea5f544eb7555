#include "engine/doors/grpc/reply.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>

#include "engine/access/certificate.h"
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
    case RejectionCode::kUnauthenticated:
      return ::grpc::StatusCode::UNAUTHENTICATED;
    case RejectionCode::kDataLoss:
      return ::grpc::StatusCode::DATA_LOSS;
  }
  return ::grpc::StatusCode::UNKNOWN;
}

// Of gRPC's "ipv4:127.0.0.1:50312" and "ipv6:%5B::1%5D:50312".
std::string host_of(std::string peer) {
  if (const std::size_t colon = peer.find(':'); colon != std::string::npos)
    peer.erase(0, colon + 1);
  if (const std::size_t port = peer.rfind(':'); port != std::string::npos) peer.resize(port);
  for (const char* bracket : {"%5B", "%5D", "[", "]"}) {
    if (const std::size_t at = peer.find(bracket); at != std::string::npos)
      peer.erase(at, std::string_view(bracket).size());
  }
  return peer;
}

// Decoding and hashing a certificate costs more than comparing it: a thread that serves one connection
// for a while does so once.
std::optional<Sha256> certificate_of(const ::grpc::CallbackServerContext& context) {
  const std::shared_ptr<const ::grpc::AuthContext> peer = context.auth_context();
  if (peer == nullptr) return std::nullopt;
  // There is none that no authority has signed: see tls_credentials.
  const std::vector<::grpc::string_ref> shown =
      peer->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (shown.size() != 1) return std::nullopt;
  const std::string_view pem(shown.front().data(), shown.front().size());
  struct Last {
    std::string pem;
    std::optional<Sha256> digest;
  };
  thread_local Last last;
  if (last.pem != pem) last = {std::string(pem), access::digest_of_pem(pem)};
  return last.digest;
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
  call.from = host_of(context.peer());
  const auto left = context.deadline() - std::chrono::system_clock::now();
  if (left < std::chrono::hours(24)) {  // gRPC gives the end of time where the caller set none
    call.give_up = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(left);
  }
  return call;
}

api::Credentials credentials_of(const ::grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found != metadata.end())
    return {bearer_token({found->second.data(), found->second.size()}), std::nullopt};
  return {{}, certificate_of(context)};
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
