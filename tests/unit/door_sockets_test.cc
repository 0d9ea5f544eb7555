// Networks an operator names, counts by network, and accepting without a descriptor left.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "engine/doors/sockets/connection_counts.h"
#include "engine/doors/sockets/listening.h"
#include "engine/doors/sockets/networks.h"
#include "engine/doors/sockets/tcp_state.h"

namespace casewheel::doors {
namespace {

using boost::asio::ip::tcp;

TEST(Networks, ContainWhatTheyName) {
  const Networks networks({"10.0.0.7", "192.0.2.0/24", "fd00::/16", "rubbish"});
  for (const char* within :
       {"10.0.0.7", "192.0.2.0", "192.0.2.255", "fd00:1::9", "::ffff:192.0.2.9"})
    EXPECT_TRUE(networks.contain(std::string(within))) << within;
  for (const char* without : {"10.0.0.8", "192.0.3.1", "fe80::1", "127.0.0.1", "", "rubbish"})
    EXPECT_FALSE(networks.contain(std::string(without))) << without;
  EXPECT_FALSE(Networks().contain(std::string("127.0.0.1")));
}

TEST(Networks, AreTheOnesThatCanBeRead) {
  for (const char* good : {"10.0.0.7", "10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::7/128"})
    EXPECT_TRUE(Networks::names_some(good)) << good;
  for (const char* bad :
       {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0", "host", "::/129"})
    EXPECT_FALSE(Networks::names_some(bad)) << bad;
}

TEST(ConnectionCounts, AreOfNetworks) {
  ConnectionCounts counts;
  counts.add("192.0.2.1");
  counts.add("192.0.2.1");
  counts.add("192.0.2.2");
  counts.add("2001:db8::1");
  counts.add("2001:db8::ffff");
  EXPECT_EQ(counts.all(), 5u);
  EXPECT_EQ(counts.from_network_of("192.0.2.1"), 2u);
  EXPECT_EQ(counts.from_network_of("2001:db8::2"), 2u) << "a /64 is one customer's";
  counts.remove("2001:db8::1");
  counts.remove("2001:db8::ffff");
  EXPECT_EQ(counts.from_network_of("2001:db8::2"), 0u);
  EXPECT_EQ(counts.all(), 3u);
}

TEST(Listening, TellsItsPortAndWhyNot) {
  boost::asio::io_context io;
  tcp::acceptor first(io), second(io);
  int port = 0;
  ASSERT_FALSE(listen_on("127.0.0.1:0", &first, &port));
  EXPECT_GT(port, 0);
  EXPECT_EQ(listen_on("127.0.0.1:" + std::to_string(port), &second, &port),
            boost::asio::error::address_in_use);
  tcp::acceptor third(io);
  EXPECT_TRUE(listen_on("127.0.0.1", &third, &port));
}

TEST(TcpState, TellsWhatCameAndWhenItEnded) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io);
  int port = 0;
  ASSERT_FALSE(listen_on("127.0.0.1:0", &acceptor, &port));
  tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  boost::asio::write(client, boost::asio::buffer(std::string(1000, 'x')));
  char piece[1000];
  boost::asio::read(server, boost::asio::buffer(piece));
  auto state = tcp_state_of(server.native_handle());
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->open);
  EXPECT_EQ(state->bytes_received, 1000u);
  server.shutdown(tcp::socket::shutdown_both);
  client.close();
  state = tcp_state_of(server.native_handle());
  EXPECT_TRUE(!state || !state->open);
  EXPECT_FALSE(tcp_state_of(STDIN_FILENO));
}

TEST(SpareDescriptor, RefusesWhereThereIsNoOther) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io);
  int port = 0;
  ASSERT_FALSE(listen_on("127.0.0.1:0", &acceptor, &port));
  acceptor.non_blocking(true);
  SpareDescriptor spare;
  tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<int> taken;
  for (int one = ::dup(0); one >= 0 && taken.size() < 100'000; one = ::dup(0)) taken.push_back(one);
  boost::system::error_code error;
  tcp::socket none = acceptor.accept(error);
  EXPECT_TRUE(lacks_descriptors(error)) << error.message();
  spare.refuse_one(acceptor);
  char byte = 0;
  client.read_some(boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error == boost::asio::error::eof || error == boost::asio::error::connection_reset);
  for (const int one : taken) ::close(one);
}

}  // namespace
}  // namespace casewheel::doors
