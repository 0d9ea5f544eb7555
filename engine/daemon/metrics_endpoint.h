// The Prometheus endpoint: reads the engine's figures when scraped. Names begin with casewheel_.
#pragma once

#include <prometheus/exposer.h>

#include <memory>
#include <string>

#include "engine/api/call.h"

namespace casewheel::daemon {

class MetricsEndpoint {
 public:
  explicit MetricsEndpoint(api::Services services);
  ~MetricsEndpoint();
  Status start(const std::string& address);
  int port() const { return port_; }

 private:
  class Source;
  std::shared_ptr<Source> source_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  int port_ = 0;
};

}  // namespace casewheel::daemon
