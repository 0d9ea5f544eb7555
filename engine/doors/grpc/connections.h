// The connections of the gRPC door: accepted here and then given to gRPC, so that they are bounded
// in all and by network, outlive a lack of descriptors, and are cut when they take more than they
// may. See limits.h for the bounds, Conduct and MemoryWatch for the rules.
//
// A connection's descriptor is gRPC's, which closes it; a second one of the same socket is kept
// here, to see how the connection stands and to end it. A thread of its own accepts and looks; others give
// connections to gRPC, which reads from one on the thread that gives it for as long as there is something
// to read: under a flood until the connection is cut. The rest is thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/doors/grpc/channel_figures.h"
#include "engine/doors/grpc/conduct.h"
#include "engine/doors/grpc/memory_watch.h"
#include "engine/doors/sockets/connection_counts.h"
#include "engine/doors/sockets/listening.h"
#include "engine/doors/sockets/networks.h"

namespace casewheel::doors {

// Any thread.
struct GrpcMetrics {
  std::atomic<std::uint64_t> connections{0};
  std::array<Counter, kCutReasons> cut{};  // cut or refused, by CutReason
  std::atomic<std::uint64_t> resident_bytes{0};
  std::atomic<std::uint64_t> memory_bound_bytes{0};
};

// Who may connect, and how many.
struct GrpcRules {
  Networks networks;             // served without a client certificate, beside loopback
  std::uint64_t memory_mib = 0;  // what the process may have; 0: what the machine gives it
};

class GrpcConnections {
 public:
  using Acceptor = ::grpc::experimental::ExternalConnectionAcceptor;

  GrpcConnections(GrpcRules rules, GrpcMetrics& metrics);
  ~GrpcConnections();

  Status listen(const std::string& address, int* port);
  // To be called once, when the server runs. `open` takes those who need not show a certificate;
  // `certified` all others, null where clients are asked for none.
  void serve(std::unique_ptr<Acceptor> open, std::unique_ptr<Acceptor> certified);
  // What the process may have, from now on, instead of that of the rules.
  void set_memory_limit(std::uint64_t memory_mib);
  // Takes no more connections.
  void close();
  // Cuts all there are, whatever they do.
  void cut_all();
  // Lets go of everything; before gRPC's server ends, whose figures are looked at until then.
  void end();

 private:
  struct Connection {
    int descriptor = -1;  // beside gRPC's
    std::string address;
    std::string peer;  // see peer_of
    std::uint64_t bytes = 0;
    std::uint64_t unread = 0;
    std::uint64_t bytes_looked_at = 0;
    std::int64_t silent_ms = 0;
    Conduct conduct = {};
  };
  using List = std::list<Connection>;

  // Where gRPC takes connections, one after the other, and the thread that gives them.
  struct Gate {
    std::unique_ptr<Acceptor> acceptor;
    std::atomic<std::size_t> waiting{0};
    boost::asio::thread_pool thread{1};
  };

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> watch();
  void take(boost::asio::ip::tcp::socket socket);
  Gate* gate_for(const std::string& address);
  bool make_room(const std::string& address);
  void look();
  void look_at(Connection& connection, std::int64_t now);
  bool read_state(Connection& connection) const;
  void cut(Connection& connection, CutReason reason);
  void cut_every_one(CutReason reason);
  List::iterator drop(List::iterator connection);
  void tell(CutReason reason, const std::string& address);

  const GrpcRules rules_;
  GrpcMetrics& metrics_;
  const std::size_t connections_max_;
  MemoryWatch memory_;
  bool pausing_ = false;  // at the last look
  ChannelReader reader_;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_{io_};
  SpareDescriptor spare_;
  Gate open_;
  Gate certified_;
  List connections_;
  ConnectionCounts counts_;
  std::array<std::int64_t, kCutReasons> told_ms_{};
  std::array<std::uint64_t, kCutReasons> untold_{};
  std::thread thread_;
};

}  // namespace casewheel::doors
