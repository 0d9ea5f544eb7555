// Where the documents of an OpenID Connect provider come from: over HTTPS, or out of a test's hands.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::access {

class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  // The document's bytes. Blocks; one thread calls it.
  virtual boost::system::result<std::string, Status> get(const std::string& url) = 0;
  // A get that runs ends soon, and later ones at once. Any thread.
  virtual void stop() = 0;
};

struct DocumentLimits {
  std::size_t bytes_max = 256 * 1024;
  DurationMs connect_ms_max = 5 * kSecondMs;
  DurationMs total_ms_max = 10 * kSecondMs;  // with name look-up, redirects and all
  int redirects_max = 3;
  std::string ca_file;  // PEM with the authorities to trust; empty: those of the machine
};

// By libcurl. Only URLs check_provider_url() lets through, and no redirect leaves the scheme, host and
// port that were asked for: whoever may change one page must not choose our keys. Goes through the
// proxy the environment names (https_proxy), except to loopback.
std::unique_ptr<DocumentSource> make_https_source(DocumentLimits limits);

// https, or http to a literal loopback address or "localhost" (for tests and side-cars); no user, no
// fragment. kInvalid says what is wrong.
Status check_provider_url(const std::string& url);

}  // namespace casewheel::access
