#include "engine/doors/pages/tracking_door.h"

#include <utility>

#include "casewheel/v1/counter.pb.h"
#include "casewheel/v1/tracking.pb.h"
#include "engine/access/tracking_code.h"
#include "engine/base/ids.h"
#include "engine/base/text.h"
#include "engine/doors/http/form.h"
#include "engine/pages/receipt_page.h"
#include "engine/pages/tracking_page.h"

namespace casewheel::doors {
namespace {

namespace v1 = ::casewheel::v1;
namespace http = boost::beast::http;

const ApiMethod kTrackCase("/casewheel.v1.Tracking/TrackCase");
const ApiMethod kGetReceipt("/casewheel.v1.Counter/GetReceipt");
using pages::Language;
using pages::TrackingFault;
using pages::TrackingForm;

constexpr std::size_t kFormBytes = 4 * 1024;
constexpr std::size_t kFormFields = 16;
constexpr std::size_t kTypedMax = 40;

// "zh-TW,zh;q=0.9,en;q=0.8": the first of the two that is named.
Language language_of(const Form& query, const Head& head) {
  const std::string& asked = query["lang"];
  if (!asked.empty()) return asked.starts_with("en") ? Language::kEnglish : Language::kChinese;
  const std::string_view accepted = field_of(head, "accept-language");
  const std::size_t zh = accepted.find("zh");
  const std::size_t en = accepted.find("en");
  return en < zh ? Language::kEnglish : Language::kChinese;
}

// Nothing but itself is loaded, it is in no frame, and nobody keeps or is told of it.
PageAnswer html(unsigned status, std::string body, const std::string& style_source,
                const char* form_action) {
  PageAnswer out;
  Reply& reply = out.reply;
  reply.result(status);
  reply.set(http::field::content_type, "text/html; charset=utf-8");
  reply.set(http::field::cache_control, "no-store");
  reply.set("Content-Security-Policy", "default-src 'none'; style-src " + style_source +
                                           "; form-action " + form_action +
                                           "; base-uri 'none'; frame-ancestors 'none'");
  reply.set("Referrer-Policy", "no-referrer");
  reply.set("X-Frame-Options", "DENY");
  reply.body() = std::move(body);
  return out;
}

PageAnswer html(unsigned status, std::string body) {
  PageAnswer out = html(status, std::move(body), pages::tracking_style_source(), "'self'");
  out.reply.set(http::field::vary, "Accept-Language");
  return out;
}

PageAnswer plain(unsigned status, const char* text) {
  PageAnswer out;
  out.reply.result(status);
  out.reply.set(http::field::content_type, "text/plain; charset=utf-8");
  out.reply.body() = text;
  return out;
}

PageAnswer not_allowed(const char* allowed) {
  PageAnswer out = plain(405, "405\n");
  out.reply.set(http::field::allow, allowed);
  return out;
}

// What cannot be right is told before it counts as a try.
TrackingFault fault_of(const std::string& number, const std::string& factor) {
  if (!parse_case_number(number)) return TrackingFault::kNoNumber;
  return factor.size() == 4 || factor.size() == 8 ? TrackingFault::kNone : TrackingFault::kNoFactor;
}

PageAnswer refused(TrackingForm form, const Rejection& rejection) {
  unsigned status = 503;
  form.fault = TrackingFault::kLater;
  if (rejection.code == RejectionCode::kUnauthenticated) {
    form.fault = TrackingFault::kDoesNotFit;
    status = 403;
  } else if (rejection.code == RejectionCode::kOverloaded) {
    form.fault = TrackingFault::kTooMany;
    form.wait_ms = rejection.retry_after_ms;
    status = 429;
  } else if (rejection.code == RejectionCode::kInvalidArgument) {
    form.fault = TrackingFault::kNoNumber;
    status = 400;
  }
  PageAnswer out = html(status, pages::tracking_form(form));
  if (status == 429)
    out.reply.set(http::field::retry_after, std::to_string((form.wait_ms + 999) / 1000));
  return out;
}

}  // namespace

Awaitable<PageAnswer> TrackingDoor::answer(Visit& visit) {
  const Result<Form> query = Form::parse(visit.query(), kFormFields);
  TrackingForm form;
  form.language = language_of(query ? *query : Form(), visit.head());
  const http::verb verb = visit.verb();
  if (verb == http::verb::get || verb == http::verb::head) {
    if (query) form.case_number = first_bytes((*query)["case"], kTypedMax);
    if (!parse_case_number(form.case_number)) form.case_number.clear();
    co_return html(200, pages::tracking_form(form));
  }
  if (verb != http::verb::post) co_return not_allowed("GET, HEAD, POST");
  const Result<std::string> body = co_await visit.body(kFormBytes);
  if (!body) co_return refused(form, body.error());
  const Result<Form> typed = Form::parse(*body, kFormFields);
  if (!typed) co_return refused(form, typed.error());
  form.case_number = first_bytes(access::typed_digits((*typed)["case"]), kTypedMax);
  const std::string factor = access::typed_digits((*typed)["factor"]);
  form.fault = fault_of(form.case_number, factor);
  if (form.fault != TrackingFault::kNone) co_return html(400, pages::tracking_form(form));
  const auto request = std::make_shared<v1::TrackCaseRequest>();
  request->set_case_number(form.case_number);
  if (factor.size() == 4) {
    request->set_phone_last_digits(factor);
  } else {
    request->set_code(factor);
  }
  const std::shared_ptr<const google::protobuf::Message> sent = request;
  const std::optional<std::string> nobody = std::string();
  const Result<AnyMessage> answer = co_await visit.ask(kTrackCase, sent, nobody);
  if (!answer) co_return refused(form, answer.error());
  const auto& tracked = static_cast<const v1::TrackedCase&>(**answer);
  co_return html(200, pages::tracking_answer(tracked, form.language));
}

Awaitable<PageAnswer> ReceiptDoor::answer(Visit& visit) {
  const http::verb verb = visit.verb();
  if (verb != http::verb::get && verb != http::verb::head) co_return not_allowed("GET, HEAD");
  const std::optional<std::string> number = unescaped(visit.path().substr(path().size()));
  const auto request = std::make_shared<v1::GetReceiptRequest>();
  request->set_case_number(std::string(first_bytes(number.value_or(""), kTypedMax)));
  const Result<AnyMessage> answer = co_await visit.ask(kGetReceipt, request);
  if (answer) {
    const auto& receipt = static_cast<const v1::Receipt&>(**answer);
    co_return html(200, receipt.html(), pages::receipt_style_source(), "'none'");
  }
  switch (answer.error().code) {
    case RejectionCode::kUnauthenticated:
      co_return plain(401, "請先登入 sign in first\n");
    case RejectionCode::kNotPermitted:
      co_return plain(403, "沒有權限 not permitted\n");
    case RejectionCode::kOverloaded:
      co_return plain(429, "請稍後再試 try again later\n");
    case RejectionCode::kInvalidArgument:
    case RejectionCode::kNotFound:
      co_return plain(404, "沒有這個案件 no such case\n");
    default:
      co_return plain(503, "目前無法提供 not available just now\n");
  }
}

}  // namespace casewheel::doors
