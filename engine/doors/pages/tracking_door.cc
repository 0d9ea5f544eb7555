#include "engine/doors/pages/tracking_door.h"

#include <utility>
#include <vector>

#include "casewheel/v1/access.pb.h"
#include "casewheel/v1/counter.pb.h"
#include "casewheel/v1/tracking.pb.h"
#include "engine/access/book.h"
#include "engine/access/tracking_code.h"
#include "engine/base/ids.h"
#include "engine/base/text.h"
#include "engine/doors/http/form.h"
#include "engine/doors/http/multipart.h"
#include "engine/pages/frame.h"
#include "engine/pages/index_page.h"
#include "engine/pages/receipt_page.h"
#include "engine/pages/sign_in_page.h"
#include "engine/pages/tracking_page.h"

namespace casewheel::doors {
namespace {

namespace v1 = ::casewheel::v1;
namespace http = boost::beast::http;

const ApiMethod kTrackCase("/casewheel.v1.Tracking/TrackCase");
const ApiMethod kSignIn("/casewheel.v1.Access/SignIn");
const ApiMethod kSignOut("/casewheel.v1.Access/SignOut");
const ApiMethod kGetReceipt("/casewheel.v1.Counter/GetReceipt");
using pages::Language;
using pages::SignInFault;
using pages::SignInForm;
using pages::TrackingFault;
using pages::TrackingForm;

constexpr std::size_t kFormBytes = 4 * 1024;
constexpr std::size_t kFormFields = 16;
constexpr std::size_t kTypedMax = 40;
constexpr std::size_t kNameMax = 100;
// Its name over TLS: browsers then let no page that came without TLS set it.
constexpr std::string_view kSecureCookie = "__Secure-casewheel_receipts";
constexpr std::string_view kCookie = "casewheel_receipts";

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
  PageAnswer out = html(status, std::move(body), pages::frame_style_source(), "'self'");
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

// The form that was sent, in either encoding.
Awaitable<Result<Form>> form_of(Visit& visit) {
  const std::string type(field_of(visit.head(), "content-type"));
  const Result<std::string> body = co_await visit.body(kFormBytes);
  if (!body) co_return body.error();
  co_return read_form(type, *body, kFormFields);
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
  const Result<Form> typed = co_await form_of(visit);
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

Awaitable<PageAnswer> IndexDoor::answer(Visit& visit) {
  const http::verb verb = visit.verb();
  if (verb != http::verb::get && verb != http::verb::head) co_return not_allowed("GET, HEAD");
  const Result<Form> query = Form::parse(visit.query(), kFormFields);
  co_return html(200, pages::index_page(language_of(query ? *query : Form(), visit.head())));
}

namespace {

// The tokens in every cookie of that name, in the order of the browser: it sends one that another
// site of the domain has set beside the one of this page.
std::vector<std::string> tokens_in_cookies(const Head& head, std::string_view name) {
  std::vector<std::string> tokens;
  std::string_view cookies = field_of(head, "cookie");
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view one = cookies.substr(0, end);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('='))
      tokens.emplace_back(one.substr(name.size() + 1));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (cookies.starts_with(' ')) cookies.remove_prefix(1);
  }
  return tokens;
}

// Whether the form was sent from a page of this very site; a client that is no browser does not say.
bool from_here(const Head& head) {
  if (const std::string_view site = field_of(head, "sec-fetch-site"); !site.empty())
    return site == "same-origin" || site == "none";
  const std::string_view origin = field_of(head, "origin");
  const std::size_t host = origin.find("//");
  return origin.empty() ||
         (host != origin.npos && origin.substr(host + 2) == field_of(head, "host"));
}

PageAnswer sign_in_form(unsigned status, const SignInForm& form) {
  PageAnswer out = html(status, pages::sign_in_page(form));
  // So that the browser says from which site the form comes.
  out.reply.set("Referrer-Policy", "same-origin");
  return out;
}

SignInFault fault_of(const Rejection& rejection) {
  switch (rejection.code) {
    case RejectionCode::kUnauthenticated:
    case RejectionCode::kInvalidArgument:
      return SignInFault::kDoesNotFit;
    case RejectionCode::kOverloaded:
      return SignInFault::kTooMany;
    default:
      return SignInFault::kLater;
  }
}

unsigned status_of(SignInFault fault) {
  if (fault == SignInFault::kTooMany) return 429;
  return fault == SignInFault::kLater ? 503 : 403;
}

// The page is asked for again, as whoever is signed in now.
PageAnswer back_to(const std::string& path) {
  PageAnswer out = plain(303, "");
  out.reply.set(http::field::location, path);
  out.reply.set(http::field::cache_control, "no-store");
  return out;
}

PageAnswer refused_receipt(RejectionCode code) {
  switch (code) {
    case RejectionCode::kUnauthenticated:
      return plain(401, "請先登入 sign in first\n");
    case RejectionCode::kNotPermitted:
      return plain(403, "沒有權限 not permitted\n");
    case RejectionCode::kOverloaded:
      return plain(429, "請稍後再試 try again later\n");
    case RejectionCode::kInvalidArgument:
    case RejectionCode::kNotFound:
      return plain(404, "沒有這個案件 no such case\n");
    default:
      return plain(503, "目前無法提供 not available just now\n");
  }
}

}  // namespace

std::string_view ReceiptDoor::cookie_name() const { return secure_ ? kSecureCookie : kCookie; }

std::string ReceiptDoor::cookie(const std::string& token) const {
  return std::string(cookie_name()) + "=" + token + "; Path=/receipts/; HttpOnly; SameSite=Strict" +
         (secure_ ? "; Secure" : "") + (token.empty() ? "; Max-Age=0" : "");
}

std::vector<std::string> ReceiptDoor::sessions(Visit& visit) const {
  const api::Services& services = visit.premises().handlers.services;
  if (services.book == nullptr || !field_of(visit.head(), "authorization").empty()) return {};
  std::vector<std::string> tokens = tokens_in_cookies(visit.head(), cookie_name());
  const TimeMs now = services.engine.clock().system_ms();
  std::erase_if(tokens, [&](const std::string& token) {
    return services.book->find(token, now, api::stored::RECEIPTS) == nullptr;
  });
  return tokens;
}

Awaitable<PageAnswer> ReceiptDoor::sign_in(Visit& visit, const Form& typed, std::string path) {
  SignInForm form;
  const Result<Form> query = Form::parse(visit.query(), kFormFields);
  form.language = language_of(query ? *query : Form(), visit.head());
  form.path = path;
  form.name = first_bytes(typed["name"], kNameMax);
  const auto request = std::make_shared<v1::SignInRequest>();
  request->set_name(form.name);
  request->set_password(typed["password"]);
  request->set_purpose(v1::SESSION_PURPOSE_RECEIPTS);
  const std::shared_ptr<const google::protobuf::Message> sent = request;
  const std::optional<std::string> nobody = std::string();
  const Result<AnyMessage> answer = co_await visit.ask(kSignIn, sent, nobody);
  if (!answer) {
    form.fault = fault_of(answer.error());
    co_return sign_in_form(status_of(form.fault), form);
  }
  const auto& signed_in = static_cast<const v1::SignInResponse&>(**answer);
  if (signed_in.must_change_password()) {
    form.fault = SignInFault::kMustChangePassword;
    co_return sign_in_form(403, form);
  }
  PageAnswer out = back_to(path);
  out.reply.set(http::field::set_cookie, cookie(signed_in.token()));
  co_return out;
}

Awaitable<PageAnswer> ReceiptDoor::sign_out(Visit& visit, std::string path) {
  for (const std::string& session : sessions(visit)) {
    const std::shared_ptr<const google::protobuf::Message> sent =
        std::make_shared<v1::SignOutRequest>();
    const std::optional<std::string> token = session;
    const Result<AnyMessage> ended = co_await visit.ask(kSignOut, sent, token, TokenOf::kReceipts);
    // One that has just ended by itself is what was asked for.
    if (!ended && ended.error().code != RejectionCode::kUnauthenticated)
      co_return plain(503, "目前無法登出，請稍後再試 cannot sign out just now: try again later\n");
  }
  PageAnswer out = back_to(path);
  out.reply.set(http::field::set_cookie, cookie(""));
  co_return out;
}

Awaitable<PageAnswer> ReceiptDoor::posted(Visit& visit, const std::string& number) {
  // Where it leads afterwards is made of the number alone, as read.
  const std::optional<CaseAddress> address = parse_case_number(number);
  if (!address) co_return plain(404, "沒有這個案件 no such case\n");
  if (!from_here(visit.head())) co_return plain(403, "403\n");
  std::string path = "/receipts/" + format_case_number(address->partition, address->id);
  const Result<Form> typed = co_await form_of(visit);
  if (!typed) {
    SignInForm form;
    const Result<Form> query = Form::parse(visit.query(), kFormFields);
    form.language = language_of(query ? *query : Form(), visit.head());
    form.path = path;
    form.fault = SignInFault::kLater;
    co_return sign_in_form(400, form);
  }
  if (typed->says(pages::kSignOutField)) co_return co_await sign_out(visit, std::move(path));
  co_return co_await sign_in(visit, *typed, std::move(path));
}

Awaitable<PageAnswer> ReceiptDoor::answer(Visit& visit) {
  const http::verb verb = visit.verb();
  const std::optional<std::string> number = unescaped(visit.path().substr(path().size()));
  const auto request = std::make_shared<v1::GetReceiptRequest>();
  request->set_case_number(std::string(first_bytes(number.value_or(""), kTypedMax)));
  if (verb == http::verb::post) co_return co_await posted(visit, request->case_number());
  if (verb != http::verb::get && verb != http::verb::head) co_return not_allowed("GET, HEAD, POST");
  const std::shared_ptr<const google::protobuf::Message> sent = request;
  const std::vector<std::string> sessions_shown = sessions(visit);
  const bool by_cookie = !sessions_shown.empty();
  Result<AnyMessage> answer = AnyMessage();
  const std::optional<std::string> as_the_head_says;
  if (!by_cookie) answer = co_await visit.ask(kGetReceipt, sent, as_the_head_says);
  for (const std::string& session : sessions_shown) {
    const std::optional<std::string> token = session;
    answer = co_await visit.ask(kGetReceipt, sent, token, TokenOf::kReceipts);
    if (answer) break;
  }
  const std::optional<CaseAddress> address = parse_case_number(request->case_number());
  if (answer) {
    const auto& receipt = static_cast<const v1::Receipt&>(**answer);
    if (!by_cookie) co_return html(200, receipt.html(), pages::receipt_style_source(), "'none'");
    const std::string own = "/receipts/" + format_case_number(address->partition, address->id);
    PageAnswer out = html(200, pages::with_sign_out(receipt.html(), own),
                          pages::receipt_style_source(), "'self'");
    // So that the browser says from which site the button was pressed.
    out.reply.set("Referrer-Policy", "same-origin");
    co_return out;
  }
  const RejectionCode code = answer.error().code;
  // Who comes with a browser may sign in, or as somebody else; other clients read the status.
  if (address && (code == RejectionCode::kUnauthenticated ||
                  (code == RejectionCode::kNotPermitted && by_cookie))) {
    SignInForm form;
    const Result<Form> query = Form::parse(visit.query(), kFormFields);
    form.language = language_of(query ? *query : Form(), visit.head());
    form.path = "/receipts/" + format_case_number(address->partition, address->id);
    if (code == RejectionCode::kNotPermitted) form.fault = SignInFault::kNotPermitted;
    co_return sign_in_form(code == RejectionCode::kNotPermitted ? 403 : 401, form);
  }
  co_return refused_receipt(code);
}

}  // namespace casewheel::doors
