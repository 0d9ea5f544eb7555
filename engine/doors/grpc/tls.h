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

// Whether a handshake needs a certificate of the client, which is asked for in any case where there is an
// authority to judge it by.
enum class ClientCertificate { kAsConfigured, kRequired };

// gRPC swaps the certificate without a lock, which is safe since one thread hands over the connections. The
// server keeps only what is inside of them: whoever starts it holds the credentials, and `certificates`,
// until it has ended.
std::shared_ptr<::grpc::ServerCredentials> tls_credentials(const Certificates& certificates,
                                                           ClientCertificate client);

}  // namespace casewheel::doors
