// Sockets that listen, and what an acceptor does when the process has no descriptor left. One
// thread at a time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace casewheel::doors {

// `address` as host:port, an IPv6 host in brackets; port 0 takes a free one, which `port` tells.
boost::system::error_code listen_on(const std::string& address,
                                    boost::asio::ip::tcp::acceptor* acceptor, int* port);
// Why it could not, for an operator.
std::string sentence_of(const boost::system::error_code& error);

// The address at the other end, without the port; empty where the connection has gone.
std::string address_of(const boost::asio::ip::tcp::socket& socket);

// Sends without delay, and notices within two minutes, not hours, that the machine at the other end
// went away without a word.
void set_up_connection(boost::asio::ip::tcp::socket& socket);

// Whether accepting failed because the process or the machine has no descriptor left.
bool lacks_descriptors(const boost::system::error_code& error);

// A descriptor kept for the time when there is no other: without one, connections that wait in the
// queue could not even be refused, and their clients would wait until they give up.
class SpareDescriptor {
 public:
  SpareDescriptor();
  ~SpareDescriptor();
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  // Accepts one connection with it and closes that.
  void refuse_one(boost::asio::ip::tcp::acceptor& acceptor);

 private:
  void take();

  int descriptor_ = -1;
};

}  // namespace casewheel::doors
