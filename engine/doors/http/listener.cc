#include "engine/doors/http/listener.h"

#include <openssl/x509.h>

namespace casewheel::doors {

boost::system::error_code Listener::open(const std::string& address, int* port) {
  return listen_on(address, &acceptor_, port);
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

bool Listener::has_room(const std::string& address) const {
  if (counts_->all() >= limits_.connections) return false;
  return counts_->from_network_of(address) < limits_.of_address ||
         (limits_.proxies != nullptr && limits_.proxies->trust(address));
}

std::optional<Sha256> Listener::certificate_of(SSL* session) {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(session),
                                                          X509_free);
  if (shown == nullptr || SSL_get_verify_result(session) != X509_V_OK) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_X509(shown.get(), &der);
  if (size <= 0) return std::nullopt;
  const Sha256 digest =
      sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return digest;
}

}  // namespace casewheel::doors
