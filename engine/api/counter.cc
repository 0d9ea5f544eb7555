#include "engine/api/counter.h"

#include <boost/asio/post.hpp>

#include "engine/api/account_text.h"
#include "engine/api/applicant_words.h"
#include "engine/api/lodging.h"
#include "engine/api/missing_notice.h"
#include "engine/api/service_guide.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/domain/lifecycle.h"
#include "engine/pages/receipt_page.h"

namespace casewheel::api {
namespace {

Rejection no_such_service(const std::string& id) {
  return Rejection::of(RejectionCode::kNotFound,
                       "no such service: " + std::string(first_bytes(id, limits::kIdChars)));
}

// The service a request names, for its caller.
template <typename Request>
Result<const stored::Service*> asked_service(const Counterside& side, const Request& request) {
  if (request.service().empty()) return Rejection::invalid("service", "is required");
  const stored::Service* service = find_service(side, request.service());
  if (service == nullptr) return no_such_service(request.service());
  return service;
}

pages::Names names_of(const char* zh, const char* en) { return {zh, en}; }

pages::Receipt receipt_of(const v1::Case& shown, const stored::CaseState& state,
                          const catalogue::TenantRules& rules, const std::string& public_url) {
  pages::Receipt receipt;
  receipt.enterprise = {rules.catalogue().name_zh(), rules.catalogue().name_en()};
  receipt.case_number = shown.case_number();
  receipt.complaint = shown.kind() == v1::KIND_COMPLAINT;
  receipt.time_zone = rules.catalogue().time_zone();
  receipt.received_ms = state.received_ms();
  receipt.applicant = shown.applicant().name();
  receipt.phone = shown.applicant().phone();
  receipt.contact = rules.catalogue().contact();
  for (const stored::Unit& unit : rules.catalogue().units()) {
    if (unit.id() == state.unit()) receipt.unit = {unit.name_zh(), unit.name_en()};
  }
  receipt.subject = shown.subject();
  const v1::CaseStatus status = shown.status();
  receipt.status = names_of(status_words(status).zh, status_words(status).en);
  receipt.next = names_of(next_words(status).zh, next_words(status).en);
  for (const stored::ClockState& clock : state.clocks()) {
    if (!domain::is_promise(clock.kind()) || clock.status() == stored::CANCELLED) continue;
    pages::Promise& promise = receipt.promises.emplace_back();
    promise.name = {clock_name_zh(clock.kind()), clock_name_en(clock.kind())};
    const bool stands = clock.status() == stored::RUNNING || clock.status() == stored::PAUSED;
    promise.due_ms = stands ? rules.due(clock) : clock.due_at_stop_ms();
    promise.provisional = stands && rules.provisional(clock);
  }
  receipt.missing.assign(shown.missing_documents().begin(), shown.missing_documents().end());
  const stored::Service* service = rules.service(state.service());
  if (service != nullptr) {
    receipt.service = {service->name_zh(), service->name_en()};
    for (int i = 0; i < service->steps_zh_size(); ++i)
      receipt.steps.push_back({service->steps_zh(i), service->steps_en(i)});
  }
  for (const stored::NotedFee& noted : state.fees()) {
    const stored::Fee* known =
        service == nullptr ? nullptr : domain::find_fee(*service, noted.fee());
    pages::Fee& fee = receipt.fees.emplace_back();
    fee.name = known == nullptr ? pages::Names{noted.fee(), noted.fee()}
                                : pages::Names{known->name_zh(), known->name_en()};
    fee.amount = noted.amount();
    fee.paid = noted.paid();
    fee.receipt = noted.receipt();
  }
  if (!public_url.empty()) receipt.link = public_url + "/track?case=" + shown.case_number();
  return receipt;
}

}  // namespace

void CounterApi::list_services(const Call& call, const v1::ListServicesRequest& request,
                               Done<v1::ListServicesResponse> done) {
  const Result<Counterside> side = counterside_of(call, services_, request.tenant());
  if (!side) return done(side.error());
  const stored::Catalogue& catalogue = side->rules->catalogue();
  v1::ListServicesResponse response;
  response.set_tenant(catalogue.tenant());
  response.set_enterprise_zh(catalogue.name_zh());
  response.set_enterprise_en(catalogue.name_en());
  response.set_contact(catalogue.contact());
  response.set_time_zone(catalogue.time_zone());
  const bool all = side->at_home && !request.offered_only();
  for (const stored::Service& service : catalogue.services()) {
    if (all || service.publicity() != stored::PUBLICITY_UNSPECIFIED)
      *response.add_services() = to_guide(service);
  }
  done(std::move(response));
}

void CounterApi::guide(const Call& call, const v1::GetServiceGuideRequest& request,
                       Done<v1::ServiceGuide> done) {
  const Result<Counterside> side = counterside_of(call, services_, request.tenant());
  if (!side) return done(side.error());
  const Result<const stored::Service*> service = asked_service(*side, request);
  if (!service) return done(service.error());
  v1::ServiceGuide guide = to_guide(**service);
  add_time_limits(**service, *side->rules, &guide);
  done(std::move(guide));
}

void CounterApi::check(const Call& call, const v1::CheckApplicationRequest& request,
                       Done<v1::CheckApplicationResponse> done) {
  const Result<Counterside> side = counterside_of(call, services_, request.tenant());
  if (!side) return done(side.error());
  const Result<const stored::Service*> service = asked_service(*side, request);
  if (!service) return done(service.error());
  const Result<domain::Answers> answers = answers_of(request.attributes());
  if (!answers) return done(answers.error());
  if (request.documents_size() > static_cast<int>(limits::kDocumentsPerRequest))
    return done(Rejection::invalid("documents", "lists more than 64 documents"));
  google::protobuf::RepeatedPtrField<std::string> brought;
  for (const std::string& document : request.documents()) {
    Result<std::string> clean =
        clean_text("documents", document, limits::kDocumentChars, TextKind::kLine);
    if (!clean) return done(clean.error());
    *brought.Add() = std::move(*clean);
  }
  done(check_application(**service, brought, *answers));
}

void CounterApi::receipt(const Call& call, const v1::GetReceiptRequest& request,
                         Done<v1::Receipt> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  boost::asio::post(
      services_.pools.reads(), [this, call, address = *address, done = std::move(done)] {
        const Result<partition::CaseRecord> record = read_case_for(call, services_, address);
        if (!record) return done(record.error());
        const auto registry = catalogue_for(services_.engine, *record);
        const catalogue::TenantRules& rules = *tenant_of(*registry, address.id);
        const v1::Case shown = to_case(address.partition, *record, rules);
        pages::Receipt page = receipt_of(shown, record->state, rules, services_.public_url);
        page.issued_ms = services_.engine.clock().read().now;
        const Result<domain::Who> who = who_is(call, rules);
        if (const stored::Staff* clerk = who ? rules.staff(who->id) : nullptr; clerk != nullptr)
          page.clerk = clerk->name();
        v1::Receipt receipt;
        receipt.set_html(pages::receipt_page(page));
        receipt.set_tracking_url(page.link);
        done(std::move(receipt));
      });
}

}  // namespace casewheel::api
