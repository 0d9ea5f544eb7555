// TLS for the gRPC door. The certificate in force is asked for at every handshake, so a new one
// holds for the next connection and those that stand go on.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "engine/doors/tls/certificates.h"

namespace casewheel::doors {

// gRPC takes its suites from the environment, once: this leaves none but the modern ones, whatever
// was set. Before any other thread runs.
void pin_tls_suites();

// For one address, as an IP address in digits: gRPC swaps the certificate without a lock, which is
// safe as long as one socket accepts, and a name may stand for two. The server keeps only what is inside
// of them: whoever starts it holds the credentials, and `certificates`, until it has ended.
std::shared_ptr<::grpc::ServerCredentials> tls_credentials(const Certificates& certificates);

}  // namespace casewheel::doors
