#include "engine/api/public_cases.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <unordered_set>

#include "engine/api/applicant_words.h"
#include "engine/api/case_page.h"
#include "engine/api/merging.h"
#include "engine/api/page_token.h"
#include "engine/api/service_guide.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/domain/decide.h"
#include "engine/domain/lifecycle.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr int kServicesMax = 100;
// A quarter of what staff may have looked at: strangers ask more often.
constexpr int kRowsMax = limits::kRowsPerPageMax / 4;

struct PublicFilter {
  std::unordered_set<std::string> services;  // all of them listed
  TimeMs received_from = 0;
  TimeMs received_until = 0;
  TimeMs updated_from = 0;
  TimeMs updated_until = 0;
  v1::PublicStatus status = v1::PUBLIC_STATUS_UNSPECIFIED;

  static bool within(TimeMs time, TimeMs from, TimeMs until) {
    return time >= from && (until == 0 || time < until);
  }
  // What can be said of the case itself. Where it was merged, how it stands is asked of the case that
  // goes on: stands().
  bool matches(const stored::CaseState& state) const {
    return services.contains(state.service()) &&
           within(state.received_ms(), received_from, received_until) &&
           (state.status() == stored::MERGED || stands(state));
  }
  bool stands(const stored::CaseState& state) const {
    return status_fits(state) && within(state.updated_ms(), updated_from, updated_until);
  }
  bool status_fits(const stored::CaseState& state) const {
    return status == v1::PUBLIC_STATUS_UNSPECIFIED ||
           domain::is_open(state.status()) == (status == v1::PUBLIC_STATUS_OPEN);
  }
};

Result<PublicFilter> filter_of(const v1::ListPublicCasesRequest& request,
                               const catalogue::TenantRules& rules) {
  PublicFilter filter;
  if (request.services_size() > kServicesMax)
    return Rejection::invalid("services", "lists more than 100");
  if (!v1::PublicStatus_IsValid(request.status()))
    return Rejection::invalid("status", "is not a known value");
  filter.status = request.status();
  const auto asked = [&](const std::string& id) {
    return request.services().empty() ||
           std::find(request.services().begin(), request.services().end(), id) !=
               request.services().end();
  };
  for (const stored::Service& service : rules.catalogue().services()) {
    if (service.publicity() == stored::LISTED && asked(service.id()))
      filter.services.insert(service.id());
  }
  struct Bound {
    const char* field;
    const google::protobuf::Timestamp* given;
    TimeMs* out;
  };
  for (const Bound& bound :
       {Bound{"received_from", request.has_received_from() ? &request.received_from() : nullptr,
              &filter.received_from},
        Bound{"received_until", request.has_received_until() ? &request.received_until() : nullptr,
              &filter.received_until},
        Bound{"updated_from", request.has_updated_from() ? &request.updated_from() : nullptr,
              &filter.updated_from},
        Bound{"updated_until", request.has_updated_until() ? &request.updated_until() : nullptr,
              &filter.updated_until}}) {
    const Result<TimeMs> time = time_of(bound.field, bound.given);
    if (!time) return time.error();
    *bound.out = *time;
  }
  return filter;
}

// The earliest date promised to the applicant that still stands; kNever: there is none.
TimeMs expected(const stored::CaseState& state, const catalogue::TenantRules& rules) {
  TimeMs earliest = kNever;
  for (const stored::ClockState& clock : state.clocks()) {
    if (clock.status() == stored::RUNNING && domain::is_promise(clock.kind()))
      earliest = std::min(earliest, rules.due(clock));
  }
  return earliest;
}

// `main`: the case that goes on, the same where it was not merged.
v1::PublicCase to_public(PartitionId partition, const partition::CaseRecord& record,
                         const stored::CaseState& main, const catalogue::TenantRules& rules,
                         const stored::Service& service) {
  const stored::CaseState& state = record.state;
  v1::PublicCase out;
  out.set_case_number(format_case_number(partition, CaseId{state.case_id()}));
  out.set_tenant(rules.tenant());
  out.set_enterprise_zh(rules.catalogue().name_zh());
  out.set_enterprise_en(rules.catalogue().name_en());
  out.set_service(service.id());
  out.set_service_zh(service.name_zh());
  out.set_service_en(service.name_en());
  const bool open = domain::is_open(main.status());
  out.set_status(open ? v1::PUBLIC_STATUS_OPEN : v1::PUBLIC_STATUS_CLOSED);
  // The documents a case waits for are not the merged one's to bring.
  const bool anothers =
      state.status() == stored::MERGED && main.status() == stored::AWAITING_DOCUMENTS;
  const ApplicantWords words =
      status_words(static_cast<v1::CaseStatus>(anothers ? stored::IN_PROGRESS : main.status()));
  out.set_status_zh(words.zh);
  out.set_status_en(words.en);
  out.set_publicity(static_cast<v1::Publicity>(service.publicity()));
  set_time(out.mutable_received_time(), state.received_ms());
  set_time(out.mutable_update_time(), std::max(state.updated_ms(), main.updated_ms()));
  if (const TimeMs due = expected(main, rules); due != kNever)
    set_time(out.mutable_expect_time(), due);
  if (main.closed_ms() != 0) set_time(out.mutable_close_time(), main.closed_ms());
  // Both only rise.
  out.set_revision(state.revision() + (state.status() == stored::MERGED ? main.revision() : 0));
  if (service.publicity() != stored::LISTED) return out;
  v1::Case shown = to_case(partition, record, rules);
  out.set_subject(std::move(*shown.mutable_subject()));
  out.set_description(std::move(*shown.mutable_description()));
  if (shown.has_place()) *out.mutable_place() = std::move(*shown.mutable_place());
  *out.mutable_attributes() = std::move(*shown.mutable_attributes());
  out.set_media_url(std::move(*shown.mutable_media_url()));
  return out;
}

Rejection no_public_case() { return Rejection::of(RejectionCode::kNotFound, "no such case"); }

}  // namespace

void PublicCasesApi::list(const Call& call, const v1::ListPublicCasesRequest& request,
                          Done<v1::ListPublicCasesResponse> done) {
  const Result<Counterside> side = counterside_of(call, services_, request.tenant());
  if (!side) return done(side.error());
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());
  Result<PublicFilter> filter = filter_of(request, *side->rules);
  if (!filter) return done(filter.error());
  const ListTokens tokens = ListTokens::of(services_, side->rules->tenant_number(), request);
  Result<CasePlaces> places = tokens.read(request.page_token(), services_.engine.partitions());
  if (!places) return done(places.error());
  if (filter->services.empty()) return done(v1::ListPublicCasesResponse());
  PageAsk ask;
  ask.tenant_number = side->rules->tenant_number();
  // What was received then cannot have been lodged before.
  if (filter->received_from != 0) ask.from_roc_date = side->rules->roc_date(filter->received_from);
  ask.wanted = [filter = *filter](const stored::CaseState& state) { return filter.matches(state); };
  ask.size = static_cast<std::size_t>(*page_size);
  ask.rows_max = kRowsMax;
  ask.places = *std::move(places);
  scan(services_, call, done,
       [this, ask = std::move(ask), filter = *std::move(filter), tokens, done](Work& work) {
         const Result<CasePage> page =
             read_case_page(services_.engine.store(), services_.engine.partitions(), ask, work);
         if (!page) return done(page.error());
         v1::ListPublicCasesResponse response;
         std::uint32_t unread = page->unreadable;
         for (const FoundCase& found : page->cases) {
           CaseAddress at{found.partition, CaseId{found.record.state.case_id()}};
           partition::CaseRecord main = found.record;
           const Status read = find_main_case(services_.engine.store(), &at, &main);
           if (storage::is_damage(read)) {
             ++unread;
             continue;
           }
           if (!read) return done(unreadable(read));
           if (!filter.stands(main.state)) continue;
           const auto registry = catalogue_for(services_.engine, main);
           const catalogue::TenantRules& rules = *tenant_of(*registry, at.id);
           const stored::Service* service = rules.service(found.record.state.service());
           // By the catalogue in force now it may be listed no more.
           if (service != nullptr && service->publicity() == stored::LISTED)
             *response.add_cases() =
                 to_public(found.partition, found.record, main.state, rules, *service);
         }
         if (!page->next.empty()) response.set_next_page_token(tokens.make(page->next));
         response.set_unreadable(unread);
         services_.engine.damage().passed_over += unread;
         done(std::move(response));
       });
}

void PublicCasesApi::get(const Call&, const v1::GetPublicCaseRequest& request,
                         Done<v1::PublicCase> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  boost::asio::post(services_.pools.reads(), [this, address = *address, done = std::move(done)] {
    const auto known = services_.engine.catalogue().get();
    if (tenant_of(*known, address.id) == nullptr ||
        address.partition >= services_.engine.partitions())
      return done(no_public_case());
    partition::CaseRecord record;
    const Status read =
        partition::read_case(services_.engine.store(), address.partition, address.id, &record);
    if (read.code() == Status::Code::kNotFound) return done(no_public_case());
    if (!read) return done(unreadable(read));
    CaseAddress at = address;
    partition::CaseRecord main = record;
    if (const Status found = find_main_case(services_.engine.store(), &at, &main); !found)
      return done(unreadable(found));
    const auto registry = catalogue_for(services_.engine, main);
    const catalogue::TenantRules& rules = *tenant_of(*registry, address.id);
    const stored::Service* service = rules.service(record.state.service());
    if (service == nullptr || service->publicity() == stored::PUBLICITY_UNSPECIFIED)
      return done(no_public_case());
    done(to_public(address.partition, record, main.state, rules, *service));
  });
}

}  // namespace casewheel::api
