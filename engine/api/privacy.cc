#include "engine/api/privacy.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "engine/api/call_records.h"
#include "engine/api/former.h"
#include "engine/api/history.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"
#include "engine/api/plain_text.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

constexpr int kExportPageDefault = 10;
constexpr int kExportPageMax = 50;
// A page holds whole histories: it ends with the case that takes it over this.
constexpr std::size_t kExportPageBytes = 1 << 20;
// A number that rings all day has thousands; some 300 bytes each, more where they were handed on.
constexpr int kExportCallsMax = 1000;

std::optional<Rejection> check_reason(const std::string& reason) {
  if (is_blank(reason))
    return Rejection::invalid("reason", "is required: it goes on the audit trail");
  const Result<std::string> clean = plain_line("reason", reason, limits::kPrivacyReasonChars);
  if (!clean) return clean.error();
  return std::nullopt;
}

// All that is held on somebody is nobody's to give out or erase who sees a part of it.
std::optional<Rejection> check_whole_tenant(const Desk& desk) {
  if (!desk.who.territory) return std::nullopt;
  return Rejection::of(RejectionCode::kNotPermitted,
                       "takes the right for the whole tenant, not for some units or kinds of case");
}

// The desk of somebody who may do this with a whole tenant.
Result<Desk> privacy_desk(const Call& call, const Services& services, const std::string& tenant) {
  Result<Desk> desk = desk_of(call, services, "tenant", tenant);
  if (!desk) return desk.error();
  if (std::optional<Rejection> refusal = check_whole_tenant(*desk)) return std::move(*refusal);
  return desk;
}

v1::Case plain_case(partition::Engine& engine, PartitionId partition,
                    const partition::CaseRecord& record) {
  const auto registry = catalogue_for(engine, record);
  return to_case(partition, record, *tenant_of(*registry, CaseId{record.state.case_id()}),
                 Shown::kPlain);
}

// Where an export goes on: seven numbers of a token.
constexpr std::size_t kExportNumbers = 7;

}  // namespace

std::vector<std::uint64_t> PrivacyApi::numbers_of(const ExportPlace& place) {
  std::vector<std::uint64_t> numbers(kExportNumbers);
  numbers[0] = (place.calls_end ? 1U : 0U) | (place.cases_end ? 2U : 0U) | (place.call ? 4U : 0U) |
               (place.at_case ? 8U : 0U);
  if (place.call) {
    numbers[1] = place.call->begun_ms;
    numbers[2] = place.call->partition;
    for (std::size_t i = 0; i < place.call->id.size(); ++i)
      numbers[3 + i / 8] = numbers[3 + i / 8] << 8 | place.call->id[i];
  }
  if (place.at_case) {
    numbers[5] = place.at_case->id.value;
    numbers[6] = place.at_case->partition;
  }
  return numbers;
}

PrivacyApi::ExportPlace PrivacyApi::export_place(const std::vector<std::uint64_t>& numbers) {
  ExportPlace place;
  if (numbers.empty()) return place;
  place.calls_end = (numbers[0] & 1) != 0;
  place.cases_end = (numbers[0] & 2) != 0;
  if ((numbers[0] & 4) != 0) {
    PersonCall& call = place.call.emplace();
    call.begun_ms = numbers[1];
    call.partition = static_cast<PartitionId>(numbers[2]);
    for (std::size_t i = 0; i < call.id.size(); ++i)
      call.id[i] = static_cast<std::uint8_t>(numbers[3 + i / 8] >> (56 - 8 * (i % 8)));
  }
  if ((numbers[0] & 8) != 0)
    place.at_case = CaseAddress{static_cast<PartitionId>(numbers[6]), CaseId{numbers[5]}};
  return place;
}

void PrivacyApi::reveal(const Call& call, const v1::RevealCaseRequest& request,
                        Done<v1::RevealedCase> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  if (std::optional<Rejection> refusal = check_reason(request.reason())) return done(*refusal);
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kHistoryPageDefault, limits::kHistoryPageMax);
  if (!page_size) return done(page_size.error());
  const ListTokens tokens = ListTokens::of(services_, address->id.tenant_number(), request);
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 1);
  if (!place) return done(place.error());
  const auto after = place->empty() ? 0u : static_cast<std::uint32_t>((*place)[0]);

  scan(services_, call, done,
       [this, call, address = *address, page_size = *page_size, after, tokens, done](Work& work) {
         const Result<partition::CaseRecord> record = read_case_for(call, services_, address);
         if (!record) return done(record.error());
         v1::RevealedCase out;
         *out.mutable_case_() = plain_case(services_.engine, address.partition, *record);
         const Result<std::uint32_t> last =
             read_history(services_.engine.log(), address, *record, after, page_size, Shown::kPlain,
                          out.mutable_history());
         if (!last) return done(last.error());
         work.look_at(static_cast<std::size_t>(out.history_size()));
         if (*last != 0) out.set_next_page_token(tokens.make({*last}));
         done(std::move(out));
       });
}

void PrivacyApi::export_person(const Call& call, const v1::ExportPersonRequest& request,
                               Done<v1::ExportPersonResponse> done) {
  const Result<Desk> desk = privacy_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  if (std::optional<Rejection> refusal = check_reason(request.reason())) return done(*refusal);
  const Result<int> page_size =
      page_size_of(request.page_size(), kExportPageDefault, kExportPageMax);
  if (!page_size) return done(page_size.error());
  const Result<PersonDigests> digests =
      person_digests_of(services_, desk->rules->tenant_number(), "person.", request.person());
  if (!digests) return done(digests.error());
  const ListTokens tokens = ListTokens::of(services_, desk->rules->tenant_number(), request);
  const Result<std::vector<std::uint64_t>> place =
      tokens.read(request.page_token(), kExportNumbers);
  if (!place) return done(place.error());
  work_long(
      services_, call, done,
      [this, digests = *digests, place = export_place(*place), tokens,
       tenant_number = desk->rules->tenant_number(), page_size = *page_size, done](Work& work) {
        ExportPlace at = place;
        const auto snapshot = services_.engine.store().snapshot();
        v1::ExportPersonResponse response;
        if (auto refusal = export_calls(*snapshot, digests, tenant_number, &at, &response))
          return done(*std::move(refusal));
        if (auto refusal =
                export_cases(*snapshot, digests, tenant_number, page_size, &at, &response, work))
          return done(*std::move(refusal));
        if (at.more()) response.set_next_page_token(tokens.make(numbers_of(at)));
        done(std::move(response));
      });
}

std::optional<Rejection> PrivacyApi::export_calls(const storage::Snapshot& snapshot,
                                                  const PersonDigests& digests,
                                                  std::uint8_t tenant_number, ExportPlace* at,
                                                  v1::ExportPersonResponse* response) {
  if (at->calls_end) return std::nullopt;
  std::uint32_t stretches = 0;
  const Result<std::vector<PersonCall>> known =
      calls_of_person(services_, snapshot, digests, &stretches);
  if (!known) return known.error();
  response->set_unreadable(response->unreadable() + stretches);
  auto next = at->call ? std::upper_bound(known->begin(), known->end(), *at->call, newer_call)
                       : known->begin();
  std::size_t bytes = 0;
  for (; next != known->end() && bytes < kExportPageBytes &&
         response->calls_size() + response->unreadable_calls_size() < kExportCallsMax;
       ++next) {
    at->call = *next;
    partition::CallRecord call;
    const Status status = partition::read_call(snapshot, next->partition, next->id, &call);
    // Erased since the page before.
    if (status.code() == Status::Code::kNotFound) continue;
    if (!status) {
      ++services_.engine.damage().passed_over;
      response->add_unreadable_calls(call_name(next->id));
      continue;
    }
    if (call.call.tenant_number() != tenant_number) continue;
    *response->add_calls() = to_call(call, Shown::kPlain);
    bytes += response->calls().rbegin()->ByteSizeLong();
  }
  at->calls_end = next == known->end();
  return std::nullopt;
}

// At least one, however much the calls take of the page.
std::optional<Rejection> PrivacyApi::export_cases(const storage::Snapshot& snapshot,
                                                  const PersonDigests& digests,
                                                  std::uint8_t tenant_number, int page_size,
                                                  ExportPlace* at,
                                                  v1::ExportPersonResponse* response, Work& work) {
  if (at->cases_end) return std::nullopt;
  std::uint32_t stretches = 0;
  const Result<std::vector<CaseAddress>> hers =
      cases_of_person(services_, snapshot, digests, &stretches);
  if (!hers) return hers.error();
  const Result<std::vector<CaseAddress>> former =
      cases_of_person(services_, snapshot, digests, &stretches, Standing::kFormer);
  if (!former) return former.error();
  response->set_unreadable(response->unreadable() + stretches);
  std::vector<CaseAddress> known;
  std::set_union(hers->begin(), hers->end(), former->begin(), former->end(),
                 std::back_inserter(known), newer_case);
  auto next = at->at_case ? std::upper_bound(known.begin(), known.end(), *at->at_case, newer_case)
                          : known.begin();
  int looked = 0;
  for (; next != known.end() && looked < page_size &&
         (looked == 0 || response->ByteSizeLong() < kExportPageBytes);
       ++next, ++looked) {
    if (!work.awaited()) return not_awaited();
    at->at_case = *next;
    if (next->id.tenant_number() != tenant_number) continue;
    partition::CaseRecord record;
    const Status status = partition::read_case(snapshot, next->partition, next->id, &record);
    if (!status) {
      ++services_.engine.damage().passed_over;
      response->add_unreadable_case_numbers(format_case_number(next->partition, next->id));
      continue;
    }
    const storage::Log& log = services_.engine.log();
    if (!std::binary_search(hers->begin(), hers->end(), *next, newer_case)) {
      add_former(log, *next, record, services_.engine.installation().secret, digests, response);
      work.look_at(static_cast<std::size_t>(record.state.journal_seqs_size()));
      continue;
    }
    v1::ExportPersonResponse::Held* held = response->add_cases();
    *held->mutable_case_() = plain_case(services_.engine, next->partition, record);
    const Result<std::uint32_t> last =
        read_history(log, *next, record, 0, std::numeric_limits<int>::max(), Shown::kPlain,
                     held->mutable_history(), latest_change_of_applicant(log, *next, record));
    if (!last) return last.error();
    work.look_at(static_cast<std::size_t>(held->history_size()));
  }
  at->cases_end = next == known.end();
  return std::nullopt;
}

void PrivacyApi::erase_person(const Call& call, const v1::ErasePersonRequest& request,
                              Done<v1::ErasePersonResponse> done) {
  Result<Desk> desk = privacy_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  if (std::optional<Rejection> refusal = check_reason(request.reason())) return done(*refusal);
  const bool is_list = !request.case_numbers().empty() || !request.calls().empty() ||
                       !request.former_case_numbers().empty();
  if (request.has_person() == is_list)
    return done(
        Rejection::invalid("person", "either this, or case_numbers and calls, is required"));
  if (request.former_case_numbers_size() > limits::kErasedAtOnceMax)
    return done(Rejection::invalid("former_case_numbers", "lists more than 10,000 cases"));
  if (request.case_numbers_size() > limits::kErasedAtOnceMax)
    return done(Rejection::invalid("case_numbers", "lists more than 10,000 cases"));
  if (request.calls_size() > limits::kErasedAtOnceMax)
    return done(Rejection::invalid("calls", "lists more than 10,000 calls"));
  work_long(services_, call, done, [this, desk = std::move(*desk), request, done](Work& work) {
    done(erase_now(desk, request, work));
  });
}

void PrivacyApi::apply_retention(const Call& call, const v1::ApplyRetentionRequest& request,
                                 Done<v1::ApplyRetentionResponse> done) {
  Result<Desk> desk = privacy_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  const ListTokens tokens = ListTokens::of(services_, desk->rules->tenant_number(), request);
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 2);
  if (!place) return done(place.error());
  CaseAddress after;
  if (!place->empty()) {
    after.id.value = (*place)[0];
    after.partition = static_cast<PartitionId>((*place)[1]);
  }
  work_long(services_, call, done,
            [this, desk = std::move(*desk), dry_run = request.dry_run(), after, tokens,
             done](Work& work) { done(retain_now(desk, dry_run, after, tokens, work)); });
}

}  // namespace casewheel::api
