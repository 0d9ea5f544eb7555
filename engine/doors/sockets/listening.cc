#include "engine/doors/sockets/listening.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

namespace casewheel::doors {

namespace asio = boost::asio;
using asio::ip::tcp;

boost::system::error_code listen_on(const std::string& address, tcp::acceptor* acceptor,
                                    int* port) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return asio::error::invalid_argument;
  std::string host = address.substr(0, colon);
  const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (v6) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  tcp::resolver resolver(acceptor->get_executor());
  const auto found =
      resolver.resolve(v6 ? tcp::v6() : tcp::v4(), host, address.substr(colon + 1),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) return error;
  const tcp::endpoint endpoint = *found.begin();
  if (acceptor->open(endpoint.protocol(), error)) return error;
  if (acceptor->set_option(tcp::acceptor::reuse_address(true), error)) return error;
  if (acceptor->bind(endpoint, error)) return error;
  if (acceptor->listen(tcp::acceptor::max_listen_connections, error)) return error;
  *port = acceptor->local_endpoint(error).port();
  return error;
}

std::string sentence_of(const boost::system::error_code& error) {
  if (error == asio::error::address_in_use)
    return "the port is in use: another program listens there, or another engine";
  if (error == asio::error::access_denied)
    return "this user may not listen there: ports below 1024 take the capability "
           "CAP_NET_BIND_SERVICE";
  if (error.value() == EADDRNOTAVAIL) return "this machine has no such address";
  return error.message();
}

std::string address_of(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  return error ? "" : endpoint.address().to_string();
}

void set_up_connection(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  const int idle_s = 60, every_s = 15, times = 4;
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

bool lacks_descriptors(const boost::system::error_code& error) {
  return error.category() == boost::system::system_category() &&
         (error.value() == EMFILE || error.value() == ENFILE);
}

SpareDescriptor::SpareDescriptor() { take(); }
SpareDescriptor::~SpareDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SpareDescriptor::take() { descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

void SpareDescriptor::refuse_one(tcp::acceptor& acceptor) {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  const int refused = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (refused >= 0) ::close(refused);
  take();
}

}  // namespace casewheel::doors
