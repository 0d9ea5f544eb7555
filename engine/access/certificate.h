// Certificates of other systems (X.509), as an administrator registers them and as TLS shows them: known
// again by the SHA-256 of their DER form. Whether one is genuine is for TLS to check. Any thread.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace casewheel::access {

inline constexpr std::size_t kCertificateBytesMax = 16 * 1024;  // one with many names is some 4 KiB

struct ClientCertificate {
  Sha256 digest{};  // of the DER form: what browsers and openssl show as its SHA-256 fingerprint
  TimeMs valid_to = 0;  // its notAfter
};

// One certificate, in PEM or DER. Refused is what holds a private key, which is nobody else's business,
// and a chain: the one certificate has to be chosen by who registers it.
Result<ClientCertificate> read_certificate(std::string_view field, std::string_view bytes);

// The digest of one in PEM, as TLS has checked it; nothing where it is none.
std::optional<Sha256> digest_of_pem(std::string_view pem);

}  // namespace casewheel::access
