// The gRPC door: all services, health and reflection on one address. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "engine/api/access.h"
#include "engine/api/call.h"
#include "engine/doors/grpc/doorway.h"

namespace casewheel::doors {

class Certificates;

class GrpcServer {
 public:
  GrpcServer(api::Services services, api::AccessApi& access, api::Admission::Limits limits = {});
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
  struct Handlers;

  api::Services services_;
  boost::asio::thread_pool long_work_{1};
  const api::Admission admission_;
  Doorway doorway_;
  std::unique_ptr<Handlers> handlers_;
  std::shared_ptr<::grpc::ServerCredentials> credentials_;
  std::unique_ptr<::grpc::Server> server_;
  int port_ = 0;
};

}  // namespace casewheel::doors
