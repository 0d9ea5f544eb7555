// GET /metrics over HTTP or HTTPS, what Prometheus scrapes; and /healthz and /readyz, what tells whether the
// process lives and whether it serves. Not prometheus-cpp's own exposer: Debian's
// civetweb loads libssl.so at run time and asks it for functions that OpenSSL 3 no longer has, so it
// cannot speak TLS. A thread of its own serves; start it and end it from one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/doors/tls/certificates.h"

namespace casewheel::daemon {

class ScrapeListener {
 public:
  // `text` is called on the listener's thread, once a scrape; `why_not`, why the engine does not serve,
  // once a question after that; empty: it does. Without `certificates` it speaks plaintext; with them,
  // which outlive it, TLS alone.
  ScrapeListener(std::function<std::string()> text, std::function<std::string()> why_not,
                 const doors::Certificates* certificates);
  ~ScrapeListener();  // cuts what is open

  // `address` as host:port; port 0 takes a free one.
  Status start(const std::string& address);
  int port() const { return port_; }

 private:
  class Server;
  std::unique_ptr<Server> server_;
  int port_ = 0;
};

}  // namespace casewheel::daemon
