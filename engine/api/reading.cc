#include "engine/api/reading.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <unordered_set>

#include "engine/api/case_page.h"
#include "engine/api/history.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

struct CaseFilter {
  std::uint32_t statuses = 0;  // bits; 0: all
  std::uint32_t kinds = 0;
  std::unordered_set<std::string> units;
  std::string handler;
  std::string service;
  TimeMs received_from = 0;
  TimeMs received_until = kNever;
  std::shared_ptr<const domain::Territory> territory;  // null: everywhere

  bool matches(const stored::CaseState& state) const {
    return (territory == nullptr || territory->covers(state)) &&
           (statuses == 0 || (statuses >> state.status() & 1) != 0) &&
           (kinds == 0 || (kinds >> state.kind() & 1) != 0) &&
           (units.empty() || units.contains(state.unit())) &&
           (handler.empty() || handler == state.handler()) &&
           (service.empty() || service == state.service()) &&
           state.received_ms() >= received_from && state.received_ms() < received_until;
  }
};

}  // namespace

std::vector<std::string> units_of(const catalogue::TenantRules& rules, const std::string& unit,
                                  bool subtree) {
  if (!subtree) return {unit};
  std::vector<std::string> units = rules.known()->dissolved_below(*rules.unit_tree(), unit);
  const std::span<const std::string> below =
      rules.unit_tree()->units(rules.unit_tree()->below(unit));
  units.insert(units.end(), below.begin(), below.end());
  if (!rules.has_unit(unit)) units.push_back(unit);
  return units;
}

std::optional<Rejection> unknown_unit(const std::string& field, const catalogue::TenantRules& rules,
                                      const std::string& unit) {
  if (unit.empty() || rules.known()->has_unit(unit)) return std::nullopt;
  return Rejection::invalid(field, "no such unit in the catalogue: " + unit);
}

std::optional<Rejection> unknown_service(const std::string& field,
                                         const catalogue::TenantRules& rules,
                                         const std::string& service) {
  if (service.empty() || rules.known()->has_service(service)) return std::nullopt;
  return Rejection::invalid(field, "no such service in the catalogue: " + service);
}

std::optional<Rejection> unknown_staff(const std::string& field,
                                       const catalogue::TenantRules& rules,
                                       const std::string& staff) {
  if (staff.empty() || rules.known()->has_staff(staff)) return std::nullopt;
  return Rejection::invalid(field, "no such staff in the catalogue: " + staff);
}

v1::Case ReadingApi::shown(PartitionId partition, const partition::CaseRecord& record) const {
  const auto registry = catalogue_for(services_.engine, record);
  return to_case(partition, record, *tenant_of(*registry, CaseId{record.state.case_id()}));
}

void ReadingApi::get(const Call& call, const v1::GetCaseRequest& request, Done<v1::Case> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  boost::asio::post(
      services_.pools.reads(), [this, call, address = *address, done = std::move(done)] {
        const Result<partition::CaseRecord> read = read_case_for(call, services_, address);
        if (!read) return done(read.error());
        const partition::CaseRecord& record = *read;
        done(shown(address.partition, record));
      });
}

void ReadingApi::list(const Call& call, const v1::ListCasesRequest& request,
                      Done<v1::ListCasesResponse> done) {
  Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());
  CaseFilter filter;
  for (const int status : request.statuses()) {
    if (!v1::CaseStatus_IsValid(status) || status == 0)
      return done(Rejection::invalid("statuses", "holds an unknown status"));
    filter.statuses |= 1U << status;
  }
  for (const int kind : request.kinds()) {
    if (!v1::Kind_IsValid(kind) || kind == 0)
      return done(Rejection::invalid("kinds", "holds an unknown kind"));
    filter.kinds |= 1U << kind;
  }
  if (!request.unit().empty()) {
    if (auto unknown = unknown_unit("unit", *desk->rules, request.unit()))
      return done(*std::move(unknown));
    for (std::string& unit : units_of(*desk->rules, request.unit(), request.unit_subtree()))
      filter.units.insert(std::move(unit));
  }
  filter.territory = desk->who.territory;
  if (auto unknown = unknown_staff("handler", *desk->rules, request.handler()))
    return done(*std::move(unknown));
  if (auto unknown = unknown_service("service", *desk->rules, request.service()))
    return done(*std::move(unknown));
  filter.handler = request.handler();
  filter.service = request.service();
  const Result<TimeMs> from =
      time_of("received_from", request.has_received_from() ? &request.received_from() : nullptr);
  if (!from) return done(from.error());
  const Result<TimeMs> until =
      time_of("received_until", request.has_received_until() ? &request.received_until() : nullptr);
  if (!until) return done(until.error());
  filter.received_from = *from;
  if (*until != 0) filter.received_until = *until;

  const ListTokens tokens = ListTokens::of(services_, desk->rules->tenant_number(), request);
  Result<CasePlaces> places = tokens.read(request.page_token(), services_.engine.partitions());
  if (!places) return done(places.error());
  PageAsk ask;
  ask.tenant_number = desk->rules->tenant_number();
  ask.wanted = [filter = std::move(filter)](const stored::CaseState& state) {
    return filter.matches(state);
  };
  ask.size = static_cast<std::size_t>(*page_size);
  ask.rows_max = limits::kRowsPerPageMax;
  ask.places = *std::move(places);
  scan(services_, call, done, [this, ask = std::move(ask), tokens, done](Work& work) {
    const Result<CasePage> page =
        read_case_page(services_.engine.store(), services_.engine.partitions(), ask, work);
    if (!page) return done(page.error());
    v1::ListCasesResponse response;
    for (const FoundCase& found : page->cases)
      *response.add_cases() = shown(found.partition, found.record);
    if (!page->next.empty()) response.set_next_page_token(tokens.make(page->next));
    response.set_unreadable(page->unreadable);
    services_.engine.damage().passed_over += page->unreadable;
    done(std::move(response));
  });
}

void ReadingApi::find_by_person(const Call& call, const v1::FindCasesByPersonRequest& request,
                                Done<v1::FindCasesByPersonResponse> done) {
  Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());

  const Result<PersonDigests> digests =
      person_digests_of(services_, desk->rules->tenant_number(), "", request);
  if (!digests) return done(digests.error());
  const ListTokens tokens = ListTokens::of(services_, desk->rules->tenant_number(), request);
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 2);
  if (!place) return done(place.error());

  boost::asio::post(services_.pools.reads(), [this, call, desk = std::move(*desk),
                                              digests = *digests, position = *place, tokens,
                                              page_size = static_cast<std::size_t>(*page_size),
                                              done = std::move(done)] {
    Work work(call);
    const auto snapshot = services_.engine.store().snapshot();
    v1::FindCasesByPersonResponse response;
    std::uint32_t stretches = 0;
    const Result<std::vector<CaseAddress>> known =
        cases_of_person(services_, *snapshot, digests, &stretches);
    if (!known) return done(known.error());
    response.set_unreadable(stretches);
    const std::vector<CaseAddress>& addresses = *known;
    work.look_at(addresses.size());
    auto at = addresses.begin();
    if (!position.empty()) {
      at = std::upper_bound(addresses.begin(), addresses.end(),
                            CaseAddress{static_cast<PartitionId>(position[1]), CaseId{position[0]}},
                            newer_case);
    }
    std::optional<CaseAddress> last;  // looked at
    int looked = 0;
    for (; at != addresses.end() && response.cases_size() < static_cast<int>(page_size) &&
           looked < limits::kRowsPerPageMax;
         ++at, ++looked) {
      last = *at;
      work.look_at(1);
      if (at->id.tenant_number() != desk.rules->tenant_number()) continue;
      partition::CaseRecord record;
      const Status status = partition::read_case(*snapshot, at->partition, at->id, &record);
      if (!status) {
        ++services_.engine.damage().passed_over;
        // Nobody can tell which unit has it.
        if (!desk.who.territory)
          response.add_unreadable_case_numbers(format_case_number(at->partition, at->id));
        continue;
      }
      if (desk.who.territory && !desk.who.territory->covers(record.state)) continue;
      *response.add_cases() = shown(at->partition, record);
    }
    if (at != addresses.end() && last)
      response.set_next_page_token(tokens.make({last->id.value, last->partition}));
    done(std::move(response));
  });
}

void ReadingApi::history(const Call& call, const v1::ListCaseHistoryRequest& request,
                         Done<v1::ListCaseHistoryResponse> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kHistoryPageDefault, limits::kHistoryPageMax);
  if (!page_size) return done(page_size.error());
  const ListTokens tokens = ListTokens::of(services_, address->id.tenant_number(), request);
  // Revision of the last event given out.
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 1);
  if (!place) return done(place.error());

  scan(services_, call, done,
       [this, call, address = *address, page_size = *page_size,
        after = place->empty() ? 0u : static_cast<std::uint32_t>((*place)[0]), tokens,
        done](Work& work) {
         const Result<partition::CaseRecord> read = read_case_for(call, services_, address);
         if (!read) return done(read.error());
         v1::ListCaseHistoryResponse response;
         const Result<std::uint32_t> last =
             read_history(services_.engine.log(), address, *read, after, page_size, Shown::kMasked,
                          response.mutable_entries());
         if (!last) return done(last.error());
         work.look_at(static_cast<std::size_t>(response.entries_size()));
         if (*last != 0) response.set_next_page_token(tokens.make({*last}));
         done(std::move(response));
       });
}

}  // namespace casewheel::api
