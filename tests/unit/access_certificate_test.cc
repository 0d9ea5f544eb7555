// A certificate as it is registered is known again as TLS shows it; what is none, or too much, is refused.
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "engine/access/certificate.h"

namespace casewheel::access {
namespace {

struct Made {
  std::string pem, der;
};

// Self-signed, valid until an instant in seconds.
Made certificate(long serial, time_t until) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), 0);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), until);
  X509_set_pubkey(made.get(), key.get());
  EXPECT_NE(X509_sign(made.get(), key.get(), EVP_sha256()), 0);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(bio.get(), made.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  Made out{std::string(data, static_cast<std::size_t>(size)), {}};
  out.der.resize(static_cast<std::size_t>(i2d_X509(made.get(), nullptr)));
  auto* at = reinterpret_cast<unsigned char*>(out.der.data());
  i2d_X509(made.get(), &at);
  return out;
}

std::string why(const std::string& bytes) {
  const Result<ClientCertificate> read = read_certificate("certificate", bytes);
  return read ? "" : read.error().message;
}

TEST(Certificates, PemAndDerAreTheSame) {
  const Made made = certificate(7, 2'000'000'000);
  for (const std::string& form : {made.pem, made.der, "Bag attributes: none\n" + made.pem}) {
    const Result<ClientCertificate> read = read_certificate("certificate", form);
    ASSERT_TRUE(read) << why(form);
    EXPECT_EQ(read->digest, sha256(made.der));
    EXPECT_EQ(read->valid_to, 2'000'000'000'000);
  }
  EXPECT_EQ(digest_of_pem(made.pem), sha256(made.der));
  EXPECT_NE(digest_of_pem(certificate(8, 2'000'000'000).pem), sha256(made.der));
}

TEST(Certificates, WhatIsNoneIsRefusedByName) {
  const Made made = certificate(7, 2'000'000'000);
  for (const std::string& bytes :
       {std::string(), std::string("x"), made.der + "x", made.der.substr(1),
        made.der.substr(0, made.der.size() - 1), made.pem.substr(0, made.pem.size() / 2),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    EXPECT_EQ(why(bytes), "certificate: is no X.509 certificate in PEM or DER");
  }
  EXPECT_NE(why(made.pem + certificate(8, 2'000'000'000).pem).find("several"), std::string::npos);
  const std::string key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  EXPECT_NE(why(made.pem + key).find("private key"), std::string::npos);
  EXPECT_NE(why(std::string(kCertificateBytesMax + 1, 'x')).find("16384"), std::string::npos);
  EXPECT_FALSE(digest_of_pem(""));
  EXPECT_FALSE(digest_of_pem(key));
}

}  // namespace
}  // namespace casewheel::access
