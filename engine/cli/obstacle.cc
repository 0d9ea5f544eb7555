// What stands in the way of a connection, found by a handshake of our own after gRPC failed: see
// connection.h. One thread.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>

#include "engine/cli/connection.h"

namespace casewheel::cli {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kProbe{3};

// OpenSSL asks for a certificate of ours: the server wants to see one.
int certificate_wanted(SSL*, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return 1;
}

Obstacle of_certificate(long verdict, const std::string& host) {
  const std::string detail = std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {"TLS_NAME_MISMATCH",
              "憑證不屬於此位址 the server's certificate is not for " + host + detail};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return {"TLS_UNKNOWN_AUTHORITY",
              "不信任憑證的簽發者 the server's certificate was signed by an authority that is not "
              "trusted here; --tls-ca FILE names one" +
                  detail};
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {"TLS_CERTIFICATE_EXPIRED",
              "憑證不在有效期間 the server's certificate is not valid now" + detail};
    default:
      return {"TLS_CERTIFICATE_REFUSED",
              "憑證無效 the server's certificate cannot be accepted" + detail};
  }
}

struct Probe {
  boost::system::error_code connected = asio::error::timed_out;
  boost::system::error_code shaken = asio::error::would_block;
  boost::system::error_code answered = asio::error::would_block;
};

}  // namespace

Obstacle find_obstacle(const std::string& address, const TlsOptions& tls) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || address.find('/') != std::string::npos) return {};
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);

  std::string mistake;
  const std::shared_ptr<SSL_CTX> context = client_context(tls, &mistake);
  SSL* session = context ? SSL_new(context.get()) : nullptr;
  if (session == nullptr) return {};
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) != 1) {
    SSL_set1_host(session, host.c_str());
    SSL_set_tlsext_host_name(session, host.c_str());
  }
  bool wanted = false;
  SSL_set_cert_cb(session, certificate_wanted, &wanted);
  SSL_set_verify(session, tls.on ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(session, kHttp2, sizeof kHttp2);

  asio::io_context io;
  asio::ssl::stream<asio::ip::tcp::socket> stream(asio::ip::tcp::socket(io), session);
  boost::system::error_code unresolved;
  const auto found =
      asio::ip::tcp::resolver(io).resolve(host, address.substr(colon + 1), unresolved);
  if (unresolved || found.empty()) return {};
  Probe probe;
  char first = 0;
  asio::async_connect(
      stream.next_layer(), found,
      [&](const boost::system::error_code& connected, const asio::ip::tcp::endpoint&) {
        probe.connected = connected;
        if (connected) return;
        stream.async_handshake(
            asio::ssl::stream_base::client, [&](const boost::system::error_code& shaken) {
              probe.shaken = shaken;
              if (shaken) return;
              // In TLS 1.3 the client is done before the server has judged its certificate.
              stream.async_read_some(asio::buffer(&first, 1),
                                     [&](const boost::system::error_code& answered, std::size_t) {
                                       probe.answered = answered;
                                     });
            });
      });
  io.run_for(kProbe);
  ERR_clear_error();

  if (probe.connected) return {};
  if (!tls.on) {
    if (probe.shaken) return {};
    return {
        "TLS_REQUIRED",
        "引擎只接受加密連線 the server speaks TLS only: --tls-ca FILE, or --tls and the system's "
        "authorities"};
  }
  const boost::system::error_code& failed = probe.shaken ? probe.shaken : probe.answered;
  if (!failed || failed == asio::error::would_block) return {};
  if (const long verdict = SSL_get_verify_result(session); probe.shaken && verdict != X509_V_OK)
    return of_certificate(verdict, host);
  // The certificate of the server is in order. If it asked for ours, that is what it did not like; gRPC
  // then hangs up without a word.
  if (wanted) {
    return {
        "TLS_CLIENT_CERTIFICATE",
        (tls.certificate.empty()
             ? "需要用戶端憑證 the server asks for a client's certificate: --tls-cert, --tls-key"
             : "用戶端憑證未被接受 the server does not accept the certificate in --tls-cert") +
            std::string(" (") + failed.message() + ")"};
  }
  const int reason = failed.category() == asio::error::get_ssl_category()
                         ? ERR_GET_REASON(static_cast<unsigned long>(failed.value()))
                         : 0;
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG)
    return {"TLS_NOT_SPOKEN", std::string("引擎未加密 the server does not speak TLS") +
                                  (stays_on_this_machine(address) ? ": leave out --tls" : "")};
  return {"TLS_FAILED", "加密連線失敗 no TLS connection came about (" + failed.message() + ")"};
}

}  // namespace casewheel::cli
