// The gRPC door: all services, health and reflection on one address. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "engine/doors/grpc/doorway.h"
#include "engine/doors/services/handlers.h"

namespace casewheel::doors {

class Certificates;

class GrpcServer {
 public:
  explicit GrpcServer(Handlers& handlers);
  ~GrpcServer();

  // `address` as host:port; port 0 takes a free one. Without `certificates` it speaks plaintext; with
  // them, which outlive the server, TLS alone, and the host is an IP address in digits.
  Status start(const std::string& address, const Certificates* certificates = nullptr);
  int port() const { return port_; }
  // Ends the streams of callers who may call no more: to be called every second or so.
  void cut_streams() { doorway_.cut_streams(); }
  // Refuses new calls and waits for those under way, at most the given time; idle clients are not
  // waited for.
  void stop(DurationMs grace_ms);

 private:
  struct Table;

  Doorway doorway_;
  std::unique_ptr<Table> table_;
  std::shared_ptr<::grpc::ServerCredentials> credentials_;
  std::unique_ptr<::grpc::Server> server_;
  int port_ = 0;
};

}  // namespace casewheel::doors
