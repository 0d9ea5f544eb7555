// The Prometheus endpoint, with /healthz and /readyz beside it: reads the engine's figures when scraped. Names begin with casewheel_.
#pragma once

#include <memory>
#include <string>

#include "engine/api/call.h"
#include "engine/daemon/readiness.h"
#include "engine/daemon/scrape_listener.h"
#include "engine/doors/grpc/connections.h"
#include "engine/doors/http/metrics.h"

namespace casewheel::daemon {

class MetricsEndpoint {
 public:
  // Without `certificates` it speaks plaintext; with them, which outlive it, TLS alone. So do the
  // figures of `doors`.
  struct Doors {
    const doors::HttpMetrics& http;
    const doors::GrpcMetrics& grpc;
  };
  // `readiness` outlives it, too.
  MetricsEndpoint(api::Services services, Doors doors, const Readiness& readiness,
                  const doors::Certificates* certificates);
  ~MetricsEndpoint();
  Status start(const std::string& address) { return listener_.start(address); }
  int port() const { return listener_.port(); }

 private:
  class Source;
  std::unique_ptr<Source> source_;
  ScrapeListener listener_;
};

}  // namespace casewheel::daemon
