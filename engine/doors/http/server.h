// The HTTP door: the Connect protocol over HTTP/1.1, the same handlers as over gRPC, and pages, which
// speak conventions of their own, on one address. A
// thread of its own serves, which never waits. Thread-safe but for start and stop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/doors/http/metrics.h"
#include "engine/doors/http/page.h"
#include "engine/doors/services/handlers.h"
#include "engine/doors/tls/certificates.h"

namespace casewheel::doors {

class HttpServer {
 public:
  using Pages = std::vector<std::unique_ptr<Page>>;

  struct Setting {
    std::vector<std::string> origins;  // the web sites whose pages may call, as browsers name them
    std::vector<std::string> proxies;  // in front of it, as Proxies takes them
  };

  // `pages`: what is spoken beside Connect. Handlers and metrics outlive it.
  HttpServer(Handlers& handlers, Setting setting, Pages pages, HttpMetrics& metrics);
  ~HttpServer();

  // `address` as host:port; port 0 takes a free one. Without `certificates` it speaks plaintext; with
  // them, which outlive the server, TLS alone.
  Status start(const std::string& address, const Certificates* certificates = nullptr);
  int port() const { return port_; }
  // Ends the streams of callers who may call no more: to be called every second or so.
  void cut_streams();
  // Takes no new connection or request, and waits for the calls under way: their clients are there for
  // at most the given time.
  void stop(DurationMs grace_ms);

 private:
  class House;
  std::unique_ptr<House> house_;
  int port_ = 0;
};

}  // namespace casewheel::doors
