#include "engine/doors/grpc/reply.h"

#include <grpc/grpc_security_constants.h>

#include "engine/access/certificate.h"
#include "engine/doors/grpc/limits.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {
namespace {

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
  const google::rpc::Status refusal = refusal_of(rejection, limits::kGrpcRefusalBytes);
  return {static_cast<::grpc::StatusCode>(refusal.code()), refusal.message(),
          refusal.SerializeAsString()};
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
  call.gone = [&context] { return context.IsCancelled(); };  // it lasts until the answer is given
  return call;
}

api::Credentials credentials_of(const ::grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found != metadata.end())
    return {bearer_token({found->second.data(), found->second.size()}), std::nullopt};
  return {{}, certificate_of(context)};
}

}  // namespace casewheel::doors
