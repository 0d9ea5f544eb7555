// How the command line reaches the engine: the address as typed, plaintext or TLS, whom it believes
// and what it shows of itself. One thread.
#pragma once

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace casewheel::cli {

struct TlsOptions {
  bool on = false;          // asked for, or told by the address or one of the files
  std::string ca;           // PEM file of the authority of the server; empty: the system's
  std::string certificate;  // PEM files, the caller's own; both or neither
  std::string key;
  bool insecure = false;  // plaintext may go beyond this machine; TLS is not weakened by it
};

// True of an address that no network lies before: 127.0.0.0/8, [::1], localhost, a socket of this machine.
// A name that only resolves to one is not, since whoever answers for names could change that.
bool stays_on_this_machine(const std::string& address);

// Takes "https://" or "http://" off the address and sees whether all of it fits together, the files'
// content too. Plaintext to another machine is a mistake unless `insecure` is set: passwords, keys and
// personal data would be read on the way, and whoever answers in the engine's place would be believed.
// `credentials` stays null for plaintext. Gives the mistake, or nothing when all is well.
std::string settle_connection(std::string* address, TlsOptions* tls,
                              std::shared_ptr<grpc::ChannelCredentials>* credentials);

// What tokens are kept under: the address with its scheme, so that a session of TLS is never shown in
// plaintext. `address` as settled.
std::string token_place(const std::string& address, const TlsOptions& tls);

// A client's context of OpenSSL with the same files; null with the mistake when one cannot be used.
std::shared_ptr<ssl_ctx_st> client_context(const TlsOptions& tls, std::string* mistake);

// What stood in the way of a connection, as far as a handshake of our own tells: gRPC says only that
// none came about. Both empty when nothing was found.
struct Obstacle {
  std::string reason;   // for scripts, e.g. "TLS_UNKNOWN_AUTHORITY"
  std::string message;  // for people
};
// Tries the address for a few seconds at most. `address` as settled.
Obstacle find_obstacle(const std::string& address, const TlsOptions& tls);

}  // namespace casewheel::cli
