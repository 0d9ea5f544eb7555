#include "engine/doors/openapi/page.h"

#include "engine/doors/openapi/document.h"

namespace casewheel::doors {

Awaitable<PageAnswer> OpenApiPage::answer(Visit& visit) {
  namespace http = boost::beast::http;
  PageAnswer answer;
  if (visit.verb() != http::verb::get && visit.verb() != http::verb::head) {
    answer.reply.result(http::status::method_not_allowed);
    answer.reply.set(http::field::allow, "GET, HEAD");
    co_return answer;
  }
  if (document_.empty()) document_ = openapi_document(visit.premises().methods);
  answer.reply.set(http::field::content_type, "application/json");
  answer.reply.set(http::field::cache_control, "public, max-age=300");
  answer.reply.body() = document_;
  co_return answer;
}

}  // namespace casewheel::doors
