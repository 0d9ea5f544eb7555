// The gRPC door: all services, health and reflection on one address. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/doors/grpc/connections.h"
#include "engine/doors/grpc/doorway.h"
#include "engine/doors/services/handlers.h"

namespace casewheel::doors {

class Certificates;

class GrpcServer {
 public:
  // `handlers` and `metrics` outlive it.
  GrpcServer(Handlers& handlers, GrpcRules rules, GrpcMetrics& metrics);
  ~GrpcServer();

  // `address` as host:port; port 0 takes a free one. Without `certificates` it speaks plaintext; with
  // them, which outlive the server, TLS alone. Beyond loopback and the networks of the rules only clients
  // with a certificate are served.
  Status start(const std::string& address, const Certificates* certificates = nullptr);
  int port() const { return port_; }
  // Ends the streams of callers who may call no more: to be called every second or so.
  void cut_streams() { doorway_.cut_streams(); }
  // What the process may have, from now on; 0: what the machine gives it.
  void set_memory_limit(std::uint64_t memory_mib) { connections_.set_memory_limit(memory_mib); }
  // Refuses new calls and waits for those under way, at most the given time; idle clients are not
  // waited for. Then connections are cut: gRPC waits for what it has taken, however much that is.
  void stop(DurationMs grace_ms);

 private:
  struct Table;

  Doorway doorway_;
  std::unique_ptr<Table> table_;
  GrpcConnections connections_;
  std::vector<std::shared_ptr<::grpc::ServerCredentials>> credentials_;
  std::unique_ptr<::grpc::Server> server_;
  int port_ = 0;
};

}  // namespace casewheel::doors
