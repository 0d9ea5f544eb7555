// The certificate that every listener shows, and the authority by which clients' certificates are
// judged: read from PEM files, tried before it is used, and read anew when the files change, so that
// a certificate is replaced without a restart. What does not fit together never replaces what does.
// current() may be called from any thread, look() from one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/base/result.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace casewheel::doors {

// As the operator names them with --tls-cert, --tls-key, --tls-client-ca, --tls-require-client-cert.
struct TlsFiles {
  std::string certificate;  // the server's own first, then the intermediate ones; empty: no TLS
  std::string key;          // without a passphrase; its owner's alone
  std::string client_ca;    // empty: clients are not asked for a certificate
  bool client_required = false;  // else a client may come without one
};

// One state of the files, found good. Never changed, so a handshake may hold on to it.
struct Certificate {
  std::string certificate, key, client_ca;  // PEM
  std::string serial;                       // of the server's own, in hex
  TimeMs valid_from = 0;
  TimeMs valid_to = 0;
  std::shared_ptr<ssl_ctx_st> context;  // for listeners that speak TLS through OpenSSL themselves
};

// What TLS 1.2 may be spoken with, in OpenSSL's words: forward secrecy and authenticated encryption
// only (RFC 9325, section 4.2). TLS 1.3 has nothing else.
extern const char* const kTls12Suites;

class Certificates {
 public:
  // The error names the option and the file.
  static Status open(TlsFiles files, std::unique_ptr<Certificates>* certificates);

  const TlsFiles& files() const { return files_; }
  std::shared_ptr<const Certificate> current() const;

  struct News {
    enum class Kind { kNone, kReplaced, kRefused };
    Kind kind = Kind::kNone;
    std::string text;  // which certificate is in force, or why the one in force stays
  };
  // Looks whether the files have changed; to be called every second or so. Changed files are judged
  // when two looks in a row saw the same, since certificate and key are replaced one after the other.
  News look();

  // Why clients may refuse the certificate in force (expired, not valid yet); empty when all is well.
  std::string concern() const;

 private:
  struct Seen {
    std::string certificate, key, client_ca;
    std::string unreadable;  // the error, when a file could not be read
    bool operator==(const Seen&) const = default;
  };

  explicit Certificates(TlsFiles files) : files_(std::move(files)) {}
  Seen read() const;
  Status take(const Seen& seen);

  const TlsFiles files_;
  Seen judged_;   // the latest state that was taken or refused
  Seen changed_;  // what the last look saw
  mutable std::mutex mutex_;
  std::shared_ptr<const Certificate> current_;
};

// "serial 0A1B, valid to 2027-01-05T01:00:00Z"
std::string describe(const Certificate& certificate);

}  // namespace casewheel::doors
