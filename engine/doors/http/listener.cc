#include "engine/doors/http/listener.h"

#include <netinet/tcp.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "engine/access/rate.h"

namespace casewheel::doors {

boost::system::error_code Listener::open(const std::string& address, int* port) {
  return listen_on(address, &acceptor_, port);
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

std::unique_ptr<Connections::Place> Listener::place_for(const std::string& address) const {
  const bool stands_for_many = proxies_ != nullptr && proxies_->trust(address);
  return Connections::enter(connections_, access::network_of(address), stands_for_many);
}

// By the state of the connection, not by reading: what a client says ahead is none of its end.
bool is_connected(const PlainStream& stream) {
  if (!stream.socket().is_open()) return false;
  tcp_info info{};
  socklen_t size = sizeof info;
  auto& socket = const_cast<PlainStream&>(stream).socket();
  if (::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_state == TCP_ESTABLISHED;
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
