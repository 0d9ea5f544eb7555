#include "engine/doors/cti/cti_page.h"

#include <memory>

#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/field_words.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {
namespace {

namespace http = boost::beast::http;

const ApiMethod kRecordCallEvent("/casewheel.v1.Calls/RecordCallEvent");

PageAnswer answered(unsigned status, const char* type, std::string body) {
  PageAnswer answer;
  answer.reply.result(status);
  answer.reply.set(http::field::content_type, type);
  answer.reply.body() = std::move(body);
  return answer;
}

PageAnswer refused(unsigned status, const Rejection& refusal) {
  PageAnswer answer = answered(status, "application/json", webhook_error(refusal));
  if (status == 401) answer.reply.set(http::field::www_authenticate, "Basic realm=\"cti\"");
  if (status == 405) answer.reply.set(http::field::allow, "POST");
  return answer;
}

PageAnswer refused(const Rejection& refusal) {
  return refused(http_status(refusal_of(refusal).code()), refusal);
}

// Names that the exchange knows the fields by, where the API has its own.
Rejection in_its_words(Rejection refusal) {
  for (FieldViolation& violation : refusal.fields) {
    if (violation.field == "exchange_call") violation.field = "callId";
    if (violation.field == "answered_by") violation.field = "answeringNumber";
    if (violation.field == "users") violation.field = "user";
  }
  return refusal;
}

// By which the exchange reaches this page again: with the token that it has shown in the head, which it will
// not show there of itself.
std::string url_of(const Visit& visit, const WebhookPlace& place, const std::string& shown,
                   bool secure) {
  const std::string_view host = field_of(visit.head(), "host");
  if (!names_host(host)) return {};
  if (field_of(visit.head(), "x-forwarded-proto") == "https") secure = true;
  std::string url =
      (secure ? "https://" : "http://") + std::string(host) + std::string(visit.path());
  if (place.token.empty() && !shown.empty()) url += "/" + percent_escaped(shown);
  return url;
}

}  // namespace

Awaitable<PageAnswer> CtiPage::answer(Visit& visit) {
  const std::optional<WebhookPlace> place = webhook_place(visit.path());
  if (!place) {
    co_return refused(
        404, Rejection::of(RejectionCode::kNotFound, "the address is /cti/v1/TENANT/TOKEN"));
  }
  if (visit.verb() != http::verb::post)
    co_return refused(405, Rejection::of(RejectionCode::kInvalidArgument, "must be POST"));
  const std::string type(field_of(visit.head(), "content-type"));
  if (!is_webhook_type(type)) {
    co_return refused(415, Rejection::invalid("content-type",
                                              "must be application/x-www-form-urlencoded, "
                                              "multipart/form-data or application/json"));
  }
  const Result<std::string> body = co_await visit.body(kWebhookBytesMax);
  if (!body) co_return refused(body.error());
  Result<std::optional<v1::RecordCallEventRequest>> event = read_webhook(type, *body);
  if (!event) co_return refused(event.error());
  const bool json = is_json_type(type);
  std::optional<std::string> token;
  if (!place->token.empty()) {
    token = place->token;
  } else if (std::string password = basic_password(field_of(visit.head(), "authorization"));
             !password.empty()) {
    token = std::move(password);
  }
  // Nothing to record, whoever sends it.
  if (!*event) {
    if (json) co_return answered(200, "application/json", "{}\n");
    co_return answered(200, "application/xml", webhook_xml(false, {}));
  }
  const auto request = std::make_shared<v1::RecordCallEventRequest>(**std::move(event));
  request->set_tenant(place->tenant);
  const bool is_new_call = request->event() == v1::RecordCallEventRequest::RING;
  const std::shared_ptr<const google::protobuf::Message> asked = request;
  const std::string shown = token.value_or("");
  const Result<AnyMessage> recorded = co_await visit.ask(kRecordCallEvent, asked, std::move(token));
  if (!recorded) co_return refused(in_its_words(recorded.error()));
  if (json) co_return answered(200, "application/json", "{}\n");
  const std::string url = url_of(visit, *place, shown, secure_);
  co_return answered(200, "application/xml", webhook_xml(is_new_call, url));
}

}  // namespace casewheel::doors
