#include "engine/doors/open311/open311_page.h"

#include <algorithm>
#include <utility>

#include "engine/access/secrets.h"
#include "engine/doors/http/field_words.h"
#include "engine/doors/http/multipart.h"
#include "engine/doors/open311/asking.h"
#include "engine/doors/open311/known_fields.h"
#include "engine/doors/open311/lodging_form.h"
#include "engine/doors/open311/service_documents.h"

namespace casewheel::doors {

using open311::as;
using open311::Element;
using open311::Error;
using open311::Errors;
using open311::key_of;
using open311::Resource;
using open311::Sent;
using open311::Tongue;
using open311::Wanted;
namespace http = boost::beast::http;

namespace {

const ApiMethod kListServices("/casewheel.v1.Counter/ListServices");
const ApiMethod kGetPublicCase("/casewheel.v1.PublicCases/GetPublicCase");
const ApiMethod kListPublicCases("/casewheel.v1.PublicCases/ListPublicCases");
const ApiMethod kLodgeCase("/casewheel.v1.Cases/LodgeCase");

// The standard's own fields, attributes and a description of 4,000 characters, escaped.
constexpr std::size_t kFormBytes = 256 * 1024;
constexpr std::size_t kFormFields = 300;
// Calls of the API one query may lead to; where they do not do, the answer says where to go on.
constexpr int kCallsMax = 8;
constexpr int kRowsOfCall = 500;

Tongue tongue_of(const Form& form, const Head& head) {
  const std::string& asked = form["locale"];
  const std::string_view language =
      asked.empty() ? field_of(head, "accept-language") : std::string_view(asked);
  return language.starts_with("en") ? Tongue::kEnglish : Tongue::kChinese;
}

// For what is everybody's nobody has to be known.
std::optional<std::string> nobody() { return std::string(); }

const v1::ServiceGuide* find_service(const v1::ListServicesResponse& services,
                                     const std::string& code) {
  const auto found = std::find_if(services.services().begin(), services.services().end(),
                                  [&](const auto& service) { return service.id() == code; });
  return found == services.services().end() ? nullptr : &*found;
}

Errors not_found(const std::string& what) { return {Error{404, what + " was not found"}}; }

std::string named_host(const Head& head) {
  const std::string_view host = field_of(head, "host");
  return names_host(host) ? "http://" + std::string(host) : std::string();
}

// The same query, going on behind what it gave; `dates`: those it stood for, where it named none.
std::string next_link(std::string_view path, const Form& form, const std::string& dates,
                      const std::string& token) {
  std::string link = "<" + std::string(path) + "?" + dates;
  for (const auto& [name, value] : form.fields()) {
    const bool date = name == "start_date" || name == "end_date";
    if (name != "page" && name != "page_token" && name != "api_key" && !(date && !dates.empty()))
      link += percent_escaped(name) + "=" + percent_escaped(value) + "&";
  }
  return link + "page_token=" + percent_escaped(token) + ">; rel=\"next\"";
}

PageAnswer answer_with(unsigned status, const Element& document, open311::Format format) {
  PageAnswer out;
  out.reply.result(status);
  out.reply.set(http::field::content_type, open311::content_type(format));
  out.reply.body() = open311::written(document, format);
  return out;
}

}  // namespace

Page::OtherSites Open311Page::other_sites(const Head& head) const {
  const bool reads = head.method() == http::verb::get || head.method() == http::verb::head;
  return reads ? OtherSites::kMayRead : OtherSites::kRefused;
}

Awaitable<PageAnswer> Open311Page::answer(Visit& visit) {
  const open311::Format format = open311::format_of(visit.path());
  Told<Asked> asked = co_await read(visit);
  if (!asked) {
    const Errors errors = asked.error();
    co_return answer_with(open311::status_of(errors), open311::to_document(errors), format);
  }
  const Told<Element> document = co_await tell(visit, *asked);
  if (!document) {
    const Errors errors = document.error();
    co_return answer_with(open311::status_of(errors), open311::to_document(errors), format);
  }
  PageAnswer out = answer_with(asked->status, *document, format);
  if (!asked->next.empty())
    out.reply.set(http::field::link,
                  next_link(visit.path(), asked->form, asked->dates, asked->next));
  if (asked->for_one_key) out.reply.set(http::field::cache_control, "no-store");
  if (!asked->shortened.empty())
    out.reply.set(http::field::warning, "199 - \"more was told of " + asked->shortened + "\"");
  co_return out;
}

Awaitable<Open311Page::Told<Open311Page::Asked>> Open311Page::read(Visit& visit) {
  Asked asked;
  const std::optional<open311::Route> route = open311::route_of(visit.path());
  if (!route) {
    co_return not_found("the resource, or its format (.xml and .json are known),");
  }
  asked.route = *route;
  const http::verb verb = visit.verb();
  asked.posts = verb == http::verb::post;
  const bool takes_posts =
      route->resource == Resource::kRequests || route->resource == Resource::kUpdates;
  if (!(verb == http::verb::get || verb == http::verb::head || (asked.posts && takes_posts))) {
    co_return Errors{Error{405, "the method is not allowed here"}};
  }
  if (asked.posts) {
    const std::string type(field_of(visit.head(), "content-type"));
    if (!is_form(type)) {
      co_return Errors{Error{415,
                             "send application/x-www-form-urlencoded; charset=utf-8, or "
                             "multipart/form-data"}};
    }
    const Result<std::string> body = co_await visit.body(kFormBytes);
    if (!body) co_return open311::errors_of(body.error());
    const Result<Form> sent = read_form(type, *body, kFormFields);
    if (!sent) co_return open311::errors_of(sent.error());
    asked.form = *sent;
  }
  // Some put the key and the jurisdiction into the URL.
  const Result<Form> query = Form::parse(visit.query(), kFormFields);
  if (!query) co_return open311::errors_of(query.error());
  for (const auto& [name, value] : query->fields()) asked.form.add(name, value);
  const Errors misnamed = open311::check_names(asked.form, route->resource, asked.posts);
  if (!misnamed.empty()) co_return misnamed;
  asked.manner.tongue = tongue_of(asked.form, visit.head());
  asked.manner.extensions = asked.form["extensions"] == "true";

  // A number tells its tenant.
  const std::string& jurisdiction = asked.form["jurisdiction_id"];
  const auto request = std::make_shared<v1::ListServicesRequest>();
  request->set_tenant(jurisdiction);
  request->set_offered_only(true);
  const Sent sent = request;
  const std::optional<std::string> token = asked.posts ? key_of(asked.form) : nobody();
  const Result<AnyMessage> services = co_await visit.ask(kListServices, sent, token);
  if (services) {
    asked.services = as<v1::ListServicesResponse>(*services);
    asked.manner.time_zone = asked.services.time_zone();
    co_return asked;
  }
  const bool needs_none =
      jurisdiction.empty() &&
      (route->resource == Resource::kDiscovery || route->resource == Resource::kRequest ||
       route->resource == Resource::kToken || !asked.form["service_request_id"].empty());
  if (!needs_none) co_return open311::errors_of(services.error());
  asked.manner.time_zone = "Asia/Taipei";
  co_return asked;
}

Awaitable<Open311Page::Told<Element>> Open311Page::tell(Visit& visit, Asked& asked) {
  switch (asked.route.resource) {
    case Resource::kDiscovery:
      co_return discovery(visit, asked);
    case Resource::kServices:
      co_return open311::services_document(asked.services, asked.manner.tongue);
    case Resource::kService:
      co_return co_await define(visit, asked);
    case Resource::kRequests:
      if (asked.posts) co_return co_await lodge(visit, asked);
      co_return co_await list(visit, asked);
    case Resource::kUpdates:
      if (asked.posts) co_return co_await update(visit, asked);
      co_return co_await list(visit, asked);
    case Resource::kRequest:
    case Resource::kToken:
      co_return co_await show(visit, asked);
  }
  co_return not_found("the resource");
}

Element Open311Page::discovery(Visit& visit, const Asked& asked) const {
  open311::Discovery told;
  told.url = (public_url_.empty() ? named_host(visit.head()) : public_url_) + "/open311/v2";
  told.contact = asked.services.contact();
  if (asked.services.tenant().empty())
    told.contact = "Several enterprises: add jurisdiction_id for the contact of one";
  told.trial = trial_;
  return open311::discovery_document(told, asked.manner.tongue);
}

Awaitable<Open311Page::Told<Element>> Open311Page::define(Visit&, const Asked& asked) {
  const v1::ServiceGuide* service = find_service(asked.services, asked.route.id);
  if (service == nullptr) co_return not_found("service_code");
  co_return open311::definition_document(*service, asked.manner.tongue);
}

Awaitable<Open311Page::Told<std::vector<v1::PublicCase>>> Open311Page::named_cases(
    Visit& visit, const Wanted& wanted, const std::string& jurisdiction) {
  std::vector<v1::PublicCase> found;
  for (const std::string& number : wanted.numbers) {
    const auto request = std::make_shared<v1::GetPublicCaseRequest>();
    request->set_case_number(number);
    const Sent sent = request;
    const std::optional<std::string> token = nobody();
    const Result<AnyMessage> answer = co_await visit.ask(kGetPublicCase, sent, token);
    if (answer) {
      const auto& shown = as<v1::PublicCase>(*answer);
      if (jurisdiction.empty() || jurisdiction == shown.tenant()) found.push_back(shown);
    } else if (answer.error().code != RejectionCode::kNotFound &&
               answer.error().code != RejectionCode::kInvalidArgument) {
      co_return open311::errors_of(answer.error());
    }
  }
  if (found.empty()) co_return not_found("service_request_id");
  co_return found;
}

Awaitable<Open311Page::Told<std::vector<v1::PublicCase>>> Open311Page::listed_cases(
    Visit& visit, Asked& asked, const Wanted& wanted) {
  std::vector<v1::PublicCase> found;
  for (const std::string& code : wanted.list.services()) {
    if (find_service(asked.services, code) == nullptr) co_return not_found("service_code " + code);
  }
  std::string position = wanted.list.page_token();
  const int needed = wanted.skip + wanted.rows;
  int seen = 0;
  for (int calls = 0; calls < kCallsMax && seen < needed; ++calls) {
    const auto request = std::make_shared<v1::ListPublicCasesRequest>(wanted.list);
    request->set_tenant(asked.services.tenant());
    request->set_page_size(std::min(kRowsOfCall, needed - seen));
    request->set_page_token(position);
    const Sent sent = request;
    const std::optional<std::string> token = nobody();
    const Result<AnyMessage> answer = co_await visit.ask(kListPublicCases, sent, token);
    if (!answer) co_return open311::errors_of(answer.error());
    const auto& page = as<v1::ListPublicCasesResponse>(*answer);
    for (const v1::PublicCase& shown : page.cases()) {
      if (seen++ >= wanted.skip) found.push_back(shown);
    }
    position = page.next_page_token();
    if (position.empty()) break;
  }
  asked.next = position;
  if (wanted.undated) asked.dates = open311::dates_of(wanted, asked.manner.time_zone);
  co_return found;
}

Awaitable<Open311Page::Told<Element>> Open311Page::list(Visit& visit, Asked& asked) {
  const bool updates = asked.route.resource == Resource::kUpdates;
  const TimeMs now = visit.premises().handlers.services.engine.clock().read().now;
  const Wanted wanted = open311::wanted_of(asked.form, updates, asked.manner.time_zone, now);
  if (!wanted.errors.empty()) co_return wanted.errors;
  if (updates && shows_key(visit, asked)) co_return co_await list_told(visit, asked, wanted);
  Told<std::vector<v1::PublicCase>> cases = std::vector<v1::PublicCase>();
  if (wanted.numbers.empty()) {
    cases = co_await listed_cases(visit, asked, wanted);
  } else {
    cases = co_await named_cases(visit, wanted, asked.form["jurisdiction_id"]);
  }
  if (!cases) co_return cases.error();
  Element out = Element::list(updates ? "service_request_updates" : "service_requests");
  for (const v1::PublicCase& shown : *cases) {
    out.add(updates ? open311::update_document(shown, asked.manner)
                    : open311::request_document(shown, asked.manner));
  }
  co_return out;
}

Awaitable<Open311Page::Told<Element>> Open311Page::show(Visit& visit, const Asked& asked) {
  Wanted wanted;
  wanted.numbers.push_back(asked.route.id);
  const std::string& jurisdiction = asked.form["jurisdiction_id"];
  const Told<std::vector<v1::PublicCase>> cases = co_await named_cases(visit, wanted, jurisdiction);
  if (!cases) {
    if (asked.route.resource == Resource::kToken && cases.error().front().code == 404)
      co_return not_found("token");
    co_return cases.error();
  }
  const v1::PublicCase& shown = cases->front();
  if (asked.route.resource == Resource::kRequest)
    co_return Element::list("service_requests", {open311::request_document(shown, asked.manner)});
  // Every request has its number at once: it is the token of itself.
  Element known =
      Element::members("request", {Element::of("service_request_id", shown.case_number()),
                                   Element::of("token", shown.case_number())});
  co_return Element::list("service_requests", {std::move(known)});
}

Awaitable<Open311Page::Told<Element>> Open311Page::lodge(Visit& visit, Asked& asked) {
  open311::LodgingForm lodging = open311::lodging_of(asked.form);
  v1::LodgeCaseRequest& request = lodging.request;
  const v1::ServiceGuide* service = find_service(asked.services, request.service());
  if (service == nullptr && !request.service().empty())
    lodging.errors.push_back({404, "service_code was not found"});
  if (!lodging.errors.empty()) co_return lodging.errors;
  open311::complete_subject(service->name_zh(), &request);
  request.set_tenant(asked.services.tenant());
  request.set_language(asked.manner.tongue == Tongue::kEnglish ? "en" : "zh-TW");
  const std::string_view key = field_of(visit.head(), "idempotency-key");
  request.set_request_id(key.empty() ? access::new_id() : std::string(key));
  const Sent sent = std::make_shared<v1::LodgeCaseRequest>(std::move(request));
  const std::optional<std::string> token = key_of(asked.form);
  const Result<AnyMessage> answer = co_await visit.ask(kLodgeCase, sent, token);
  if (!answer) co_return open311::errors_of(answer.error());
  const auto& lodged = as<v1::LodgeCaseResponse>(*answer);
  asked.status = lodged.duplicate() ? 200 : 201;
  co_return open311::lodged_document(lodged, asked.manner);
}

}  // namespace casewheel::doors
