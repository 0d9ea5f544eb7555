#include "engine/doors/pages/health_door.h"

namespace casewheel::doors {

Awaitable<PageAnswer> HealthDoor::answer(Visit& visit) {
  namespace http = boost::beast::http;
  PageAnswer answer;
  if (visit.verb() != http::verb::get && visit.verb() != http::verb::head) {
    answer.reply.result(http::status::method_not_allowed);
    answer.reply.set(http::field::allow, "GET, HEAD");
    co_return answer;
  }
  const bool well = why_not_().empty();
  answer.reply.result(well ? http::status::ok : http::status::service_unavailable);
  answer.reply.set(http::field::content_type, "text/plain; charset=utf-8");
  answer.reply.set(http::field::cache_control, "no-store");
  answer.reply.body() = well ? "ok\n" : "not ready\n";
  co_return answer;
}

}  // namespace casewheel::doors
