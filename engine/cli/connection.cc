#include "engine/cli/connection.h"

#include <grpc/support/log.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ip/address.hpp>
#include <cstdlib>

#include "engine/cli/files.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

// OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

bool take_scheme(const std::string& scheme, std::string* address) {
  if (address->rfind(scheme, 0) != 0) return false;
  address->erase(0, scheme.size());
  if (!address->empty() && address->back() == '/') address->pop_back();
  return true;
}

}  // namespace

bool stays_on_this_machine(const std::string& address) {
  if (address.starts_with("unix:") || address.starts_with("unix-abstract:")) return true;
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return false;  // gRPC reads more than one colon as an address without a port
  }
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(host, error);
  return !error && ip.is_loopback();
}

std::string token_place(const std::string& address, const TlsOptions& tls) {
  return (tls.on ? "https://" : "http://") + address;
}

std::shared_ptr<SSL_CTX> client_context(const TlsOptions& tls, std::string* mistake) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  if (tls.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), tls.ca.c_str()) != 1) {
    *mistake = "--tls-ca: no certificate in PEM in " + tls.ca;
  }
  if (mistake->empty() && !tls.certificate.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) != 1) {
      *mistake = "--tls-cert: no certificate in PEM in " + tls.certificate;
    } else if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) != 1) {
      // Taken and compared in one step: only the error tells what was wrong.
      const bool other = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
      *mistake = other ? "--tls-key: " + tls.key + " is not the key of " + tls.certificate
                       : "--tls-key: no private key in PEM in " + tls.key +
                             " (one with a passphrase cannot be used)";
    }
  }
  ERR_clear_error();
  return mistake->empty() ? context : nullptr;
}

std::string settle_connection(std::string* address, TlsOptions* tls,
                              std::shared_ptr<grpc::ChannelCredentials>* credentials) {
  if (tls->certificate.empty() != tls->key.empty())
    return "--tls-cert and --tls-key go together: a certificate and its key";
  tls->on |= !tls->ca.empty() || !tls->certificate.empty();
  if (take_scheme("https://", address)) {
    tls->on = true;
  } else if (take_scheme("http://", address) && tls->on) {
    return "--address: http:// is plaintext, but TLS was asked for";
  }
  if (!tls->on) {
    if (tls->insecure || stays_on_this_machine(*address)) return "";
    return "--address：" + one_line(*address) +
           " 不在本機，未加密的連線會洩漏密碼與個資，未送出任何資料。請改用 --address https://" +
           one_line(*address) +
           "；憑證由機關自行簽發時，再加 --tls-ca 檔案 is not on this machine, and plaintext would "
           "give "
           "passwords and personal data away: nothing was sent. Write https:// before it, with "
           "--tls-ca FILE for an authority of your own; --insecure sends in plaintext all the same";
  }

  grpc::SslCredentialsOptions content;
  std::string mistake;
  if (!tls->ca.empty()) mistake = read_file(tls->ca, &content.pem_root_certs);
  if (mistake.empty() && !tls->certificate.empty()) {
    mistake = read_file(tls->certificate, &content.pem_cert_chain);
    if (mistake.empty()) mistake = read_file(tls->key, &content.pem_private_key);
  }
  if (!mistake.empty()) return "TLS: " + mistake;
  if (!client_context(*tls, &mistake)) return mistake;
  // gRPC writes each failed handshake to standard error, in words of its own: find_obstacle says it
  // better. Who looks into gRPC itself sets GRPC_VERBOSITY and sees all.
  if (std::getenv("GRPC_VERBOSITY") == nullptr)  // NOLINT(concurrency-mt-unsafe): one thread
    gpr_set_log_function([](gpr_log_func_args*) {});
  *credentials = grpc::SslCredentials(content);
  return "";
}

}  // namespace casewheel::cli
