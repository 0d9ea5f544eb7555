#include "engine/doors/tls/certificates.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>

namespace casewheel::doors {
namespace {

constexpr std::size_t kFileBytesMax =
    1024 * 1024;  // hundreds of certificates; a wrong file ends here

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using Bio = Owned<BIO, BIO_free>;
using X509Owned = Owned<X509, X509_free>;

Bio bio_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// The oldest error of this thread in OpenSSL's words, and none left behind.
std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "not accepted" : reason;
}

// OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Status mistake(const char* option, const std::string& file, const std::string& what) {
  return {Status::Code::kInvalid, std::string(option) + " " + file + ": " + what};
}

// Empty when all is well.
std::string read_pem(const char* option, const std::string& file, std::string* content) {
  const auto failed = [&](const std::string& what) {
    return mistake(option, file, what).message();
  };
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(file, error);  // a pipe is read but once
  if (error) return failed("cannot be read: " + error.message());
  if (!regular) return failed("is no regular file");
  const Owned<std::FILE, std::fclose> stream(std::fopen(file.c_str(), "rbe"));
  if (!stream) return failed("cannot be read: " + std::generic_category().message(errno));
  content->resize(kFileBytesMax + 1);
  content->resize(std::fread(content->data(), 1, content->size(), stream.get()));
  if (std::ferror(stream.get()) != 0) return failed("cannot be read");
  if (content->empty()) return failed("is empty");
  if (content->size() > kFileBytesMax) return failed("is larger than 1 MiB");
  return "";
}

// Empty where nobody but the engine's user can read the file, or the machine's administrator has given it to
// a group of the engine's (PostgreSQL's rule for its own key).
std::string open_to_others(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return "";  // read_pem says why
  const bool by_administrator = found.st_uid == 0 && ::geteuid() != 0;
  const mode_t refused = by_administrator ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
  if ((found.st_mode & refused) == 0) return "";
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(found.st_mode & 07777));
  return mistake("--tls-key", file,
                 "can be read by other users (mode " + std::string(mode) +
                     "): a private key must be its owner's alone, chmod 600 " + file)
      .message();
}

TimeMs ms_of(const ASN1_TIME* time) {
  std::tm calendar{};
  if (ASN1_TIME_to_tm(time, &calendar) != 1) return 0;
  return static_cast<TimeMs>(timegm(&calendar)) * kSecondMs;
}

TimeMs wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string utc(TimeMs time_ms) {
  const std::time_t seconds = time_ms / kSecondMs;
  std::tm calendar{};
  gmtime_r(&seconds, &calendar);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &calendar)};
}

std::string serial_of(const X509* certificate) {
  const Owned<BIGNUM, BN_free> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* hex = number ? BN_bn2hex(number.get()) : nullptr;
  std::string serial = hex == nullptr ? "?" : hex;
  OPENSSL_free(hex);
  return serial;
}

// Every certificate of the file goes to `each`, in order; false when the file holds something broken
// or none at all.
template <typename Each>
bool each_certificate(const std::string& pem, const Each& each) {
  const Bio bio = bio_of(pem);
  std::size_t found = 0;
  for (;;) {
    X509Owned certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) break;
    ++found;
    if (!each(std::move(certificate))) {
      ERR_clear_error();
      return false;
    }
  }
  // The end of the file is an error too: no further line begins a certificate.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return ended && found > 0;
}

// The settings of every listener that is not gRPC's, which has the same by GRPC_SSL_CIPHER_SUITES
// and its own defaults.
std::shared_ptr<SSL_CTX> modern_context() {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  CASEWHEEL_CHECK(context != nullptr, "OpenSSL gives no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  CASEWHEEL_CHECK(SSL_CTX_set_cipher_list(context.get(), kTls12Suites) == 1,
                  "OpenSSL knows none of the suites");
  // Sessions are not resumed: a certificate of a client that is no longer accepted is then refused by
  // the next handshake, and a scrape a minute gains nothing.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

}  // namespace

const char* const kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

Status Certificates::open(TlsFiles files, std::unique_ptr<Certificates>* certificates) {
  std::unique_ptr<Certificates> opened(new Certificates(std::move(files)));
  if (Status status = opened->take(opened->changed_ = opened->read()); !status) return status;
  *certificates = std::move(opened);
  return {};
}

std::shared_ptr<const Certificate> Certificates::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Certificates::Seen Certificates::read() const {
  Seen seen;
  seen.unreadable = read_pem("--tls-cert", files_.certificate, &seen.certificate);
  if (seen.unreadable.empty()) seen.unreadable = open_to_others(files_.key);
  if (seen.unreadable.empty()) seen.unreadable = read_pem("--tls-key", files_.key, &seen.key);
  if (seen.unreadable.empty() && !files_.client_ca.empty())
    seen.unreadable = read_pem("--tls-client-ca", files_.client_ca, &seen.client_ca);
  return seen;
}

Status Certificates::take(const Seen& seen) {
  judged_ = seen;
  if (!seen.unreadable.empty()) return {Status::Code::kInvalid, seen.unreadable};

  // A context is built as a listener would: what OpenSSL would refuse in a handshake, a key too short
  // as well, is refused here.
  ERR_clear_error();
  Certificate made;
  made.certificate = seen.certificate;
  made.key = seen.key;
  made.client_ca = seen.client_ca;
  const std::shared_ptr<SSL_CTX> context = modern_context();
  X509Owned own;
  std::string refused;
  const bool whole = each_certificate(seen.certificate, [&](X509Owned certificate) {
    const bool first = own == nullptr;
    const int taken = first ? SSL_CTX_use_certificate(context.get(), certificate.get())
                            : SSL_CTX_add1_chain_cert(context.get(), certificate.get());
    if (taken != 1) refused = openssl_reason();
    if (first) own = std::move(certificate);
    return taken == 1;
  });
  if (!whole) {
    return mistake("--tls-cert", files_.certificate,
                   refused.empty() ? "holds no certificate in PEM, or a broken one" : refused);
  }
  const Owned<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PrivateKey(bio_of(seen.key).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key) {
    return mistake("--tls-key", files_.key,
                   "holds no private key in PEM (one with a passphrase cannot be used)");
  }
  if (X509_check_private_key(own.get(), key.get()) != 1) {
    ERR_clear_error();
    return mistake("--tls-key", files_.key,
                   "is not the key of the certificate in --tls-cert " + files_.certificate);
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    return mistake("--tls-key", files_.key, openssl_reason());
  if (!files_.client_ca.empty()) {
    X509_STORE* authorities = SSL_CTX_get_cert_store(context.get());
    if (!each_certificate(seen.client_ca, [&](X509Owned certificate) {
          return X509_STORE_add_cert(authorities, certificate.get()) == 1 &&
                 SSL_CTX_add_client_CA(context.get(), certificate.get()) == 1;
        })) {
      return mistake("--tls-client-ca", files_.client_ca,
                     "holds no certificate in PEM, or a broken one");
    }
    SSL_CTX_set_verify(context.get(),
                       files_.client_required ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                              : SSL_VERIFY_PEER,
                       nullptr);
  }
  made.serial = serial_of(own.get());
  made.valid_from = ms_of(X509_get0_notBefore(own.get()));
  made.valid_to = ms_of(X509_get0_notAfter(own.get()));
  made.context = context;
  const std::lock_guard lock(mutex_);
  current_ = std::make_shared<const Certificate>(std::move(made));
  return {};
}

Certificates::News Certificates::look() {
  const Seen seen = read();
  const bool settled = seen == changed_;
  changed_ = seen;
  if (!settled || seen == judged_) return {};
  if (const Status status = take(seen); !status) {
    return {News::Kind::kRefused,
            status.message() + "; the certificate in force stays: " + describe(*current())};
  }
  return {News::Kind::kReplaced, describe(*current())};
}

std::string Certificates::concern() const {
  const std::shared_ptr<const Certificate> certificate = current();
  const TimeMs now = wall_ms();
  if (now > certificate->valid_to)
    return "the certificate in --tls-cert has expired: " + describe(*certificate);
  if (now < certificate->valid_from)
    return "the certificate in --tls-cert is not valid yet, but from " +
           utc(certificate->valid_from) + ": " + describe(*certificate);
  return "";
}

std::string describe(const Certificate& certificate) {
  return "serial " + certificate.serial + ", valid to " + utc(certificate.valid_to);
}

}  // namespace casewheel::doors
