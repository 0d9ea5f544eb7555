#include "engine/doors/http/origins.h"

#include <algorithm>

namespace casewheel::doors {

namespace http = boost::beast::http;

bool Origins::allows(const Head& head) const {
  const std::string_view origin = field_of(head, "origin");
  return origin.empty() || std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end();
}

bool Origins::asks_first(const Head& head) {
  return head.method() == http::verb::options && !field_of(head, "origin").empty() &&
         !field_of(head, "access-control-request-method").empty();
}

void Origins::tell_everybody(http::fields* answer) {
  answer->set(http::field::access_control_allow_origin, "*");
  answer->set(http::field::access_control_allow_methods, "GET, HEAD, POST");
  answer->set(http::field::access_control_allow_headers, "Content-Type");
  answer->set(http::field::access_control_max_age, "7200");
}

void Origins::tell(const Head& head, http::fields* answer) const {
  if (allowed_.empty()) return;
  answer->set(http::field::vary, "Origin");
  const std::string_view origin = field_of(head, "origin");
  if (origin.empty() || !allows(head)) return;
  answer->set(http::field::access_control_allow_origin, {origin.data(), origin.size()});
  if (!asks_first(head)) {
    answer->set(http::field::access_control_expose_headers,
                "Content-Encoding, Connect-Content-Encoding");
    return;
  }
  answer->set(http::field::access_control_allow_methods, "GET, POST");
  answer->set(http::field::access_control_allow_headers,
              "Authorization, Casewheel-Actor, Connect-Accept-Encoding, Connect-Content-Encoding, "
              "Connect-Protocol-Version, Connect-Timeout-Ms, Content-Encoding, Content-Type");
  answer->set(http::field::access_control_max_age, "7200");
}

}  // namespace casewheel::doors
