#include "engine/access/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>

namespace casewheel::access {
namespace {

constexpr std::string_view kPemMark = "-----BEGIN ";

// The first block of PEM that follows: its name and bytes. False at the end.
bool next_block(BIO* bio, std::string* name, std::string* der) {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  const bool found = PEM_read_bio(bio, &label, &header, &data, &size) == 1;
  if (found) {
    *name = label;
    der->assign(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_free(data);
  ERR_clear_error();
  return found;
}

std::unique_ptr<BIO, decltype(&BIO_free)> reader_of(std::string_view bytes) {
  return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free};
}

bool is_certificate(std::string_view name) {
  return name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD;
}

// The DER form of the one certificate there is, or what is wrong.
Result<std::string> only_certificate(std::string_view field, std::string_view pem) {
  const auto bio = reader_of(pem);
  std::string name, block, certificate;
  while (next_block(bio.get(), &name, &block)) {
    if (!is_certificate(name)) continue;
    if (!certificate.empty())
      return Rejection::invalid(std::string(field),
                                "holds several certificates: send the system's own alone");
    certificate = std::move(block);
  }
  return certificate;
}

}  // namespace

Result<ClientCertificate> read_certificate(std::string_view field, std::string_view bytes) {
  const std::string name(field);
  if (bytes.size() > kCertificateBytesMax) {
    return Rejection::invalid(name,
                              "is longer than " + std::to_string(kCertificateBytesMax) + " bytes");
  }
  if (bytes.find("PRIVATE KEY-----") != std::string_view::npos)
    return Rejection::invalid(name, "holds a private key: send the certificate alone");
  std::string der(bytes);
  if (bytes.find(kPemMark) != std::string_view::npos) {
    Result<std::string> only = only_certificate(field, bytes);
    if (!only) return only.error();
    der = *std::move(only);
  }
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
  ERR_clear_error();
  std::tm calendar{};
  if (certificate == nullptr || at != end ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &calendar) != 1)
    return Rejection::invalid(name, "is no X.509 certificate in PEM or DER");
  return ClientCertificate{sha256(der), static_cast<TimeMs>(timegm(&calendar)) * kSecondMs};
}

std::optional<Sha256> digest_of_pem(std::string_view pem) {
  std::string name, der;
  if (!next_block(reader_of(pem).get(), &name, &der) || !is_certificate(name)) return std::nullopt;
  return sha256(der);
}

}  // namespace casewheel::access
