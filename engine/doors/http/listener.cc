#include "engine/doors/http/listener.h"

#include <netinet/tcp.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "engine/access/rate.h"

namespace casewheel::doors {

namespace asio = boost::asio;
using asio::ip::tcp;

boost::system::error_code Listener::open(const std::string& address, int* port) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return asio::error::invalid_argument;
  std::string host = address.substr(0, colon);
  const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (v6) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  tcp::resolver resolver(io_);
  const auto found =
      resolver.resolve(v6 ? tcp::v6() : tcp::v4(), host, address.substr(colon + 1),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) return error;
  const tcp::endpoint endpoint = *found.begin();
  if (acceptor_.open(endpoint.protocol(), error)) return error;
  if (acceptor_.set_option(tcp::acceptor::reuse_address(true), error)) return error;
  if (acceptor_.bind(endpoint, error)) return error;
  if (acceptor_.listen(tcp::acceptor::max_listen_connections, error)) return error;
  *port = acceptor_.local_endpoint(error).port();
  return error;
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

Listener::Counted::Counted(std::shared_ptr<Counts> counts, std::string address)
    : counts_(std::move(counts)),
      address_(std::move(address)),
      network_(access::network_of(address_)) {
  ++counts_->connections;
  ++counts_->by_network[network_];
}

Listener::Counted::~Counted() {
  --counts_->connections;
  const auto of_network = counts_->by_network.find(network_);
  if (--of_network->second == 0) counts_->by_network.erase(of_network);
}

bool Listener::has_room(const std::string& address) const {
  if (counts_->connections >= limits_.connections) return false;
  const auto of_network = counts_->by_network.find(access::network_of(address));
  return of_network == counts_->by_network.end() || of_network->second < limits_.of_address ||
         (limits_.proxies != nullptr && limits_.proxies->trust(address));
}

std::string Listener::address_of(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  return error ? "" : endpoint.address().to_string();
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

// A client whose machine went away without a word is noticed within two minutes, not hours.
void Listener::notice_dead_peers(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  const int idle_s = 60, every_s = 15, times = 4;
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

}  // namespace casewheel::doors
