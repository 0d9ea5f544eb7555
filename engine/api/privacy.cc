#include "engine/api/privacy.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <limits>

#include "engine/api/call_records.h"
#include "engine/api/history.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"
#include "engine/api/plain_text.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

constexpr int kExportPageDefault = 10;
constexpr int kExportPageMax = 50;
// A page holds whole histories: it ends with the case that takes it over this.
constexpr std::size_t kExportPageBytes = 1 << 20;

std::optional<Rejection> check_reason(const std::string& reason) {
  if (reason.empty())
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

}  // namespace

void PrivacyApi::reveal(const Call& call, const v1::RevealCaseRequest& request,
                        Done<v1::RevealedCase> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  if (std::optional<Rejection> refusal = check_reason(request.reason())) return done(*refusal);
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kHistoryPageDefault, limits::kHistoryPageMax);
  if (!page_size) return done(page_size.error());
  std::vector<std::uint64_t> position;
  if (!request.page_token().empty() && !parse_token(request.page_token(), 1, &position))
    return done(bad_token());
  const auto after = position.empty() ? 0u : static_cast<std::uint32_t>(position[0]);

  boost::asio::post(services_.readers, [this, call, address = *address, page_size = *page_size,
                                        after, done = std::move(done)] {
    const Result<partition::CaseRecord> record = read_case_for(call, services_, address);
    if (!record) return done(record.error());
    v1::RevealedCase out;
    *out.mutable_case_() = plain_case(services_.engine, address.partition, *record);
    const Result<std::uint32_t> last =
        read_history(services_.engine.log(), address, *record, after, page_size, Shown::kPlain,
                     out.mutable_history());
    if (!last) return done(last.error());
    if (*last != 0) out.set_next_page_token(make_token({*last}));
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
  std::vector<std::uint64_t> position;
  if (!request.page_token().empty() && !parse_token(request.page_token(), 2, &position))
    return done(bad_token());

  boost::asio::post(services_.readers, [this, digests = *digests, position, page_size = *page_size,
                                        done = std::move(done)] {
    const auto snapshot = services_.engine.store().snapshot();
    v1::ExportPersonResponse response;
    std::uint32_t stretches = 0;
    const Result<std::vector<CaseAddress>> known =
        cases_of_person(services_, *snapshot, digests, &stretches);
    if (!known) return done(known.error());
    auto at = known->begin();
    if (!position.empty()) {
      at = std::upper_bound(known->begin(), known->end(),
                            CaseAddress{static_cast<PartitionId>(position[1]), CaseId{position[0]}},
                            newer_case);
    }
    response.set_unreadable(stretches);
    if (position.empty()) {
      const auto calls = calls_of_person(services_, *snapshot, digests, &stretches);
      if (!calls) return done(calls.error());
      response.set_unreadable(response.unreadable() + stretches);
      for (const auto& [partition, id] : *calls) {
        partition::CallRecord call;
        if (!partition::read_call(*snapshot, partition, id, &call)) {
          ++services_.engine.damage().passed_over;
          response.add_unreadable_calls(call_name(id));
          continue;
        }
        *response.add_calls() = to_call(call, Shown::kPlain);
      }
    }
    for (; at != known->end() && response.cases_size() < page_size &&
           response.ByteSizeLong() < kExportPageBytes;
         ++at) {
      partition::CaseRecord record;
      const Status status = partition::read_case(*snapshot, at->partition, at->id, &record);
      if (!status) {
        ++services_.engine.damage().passed_over;
        response.add_unreadable_case_numbers(format_case_number(at->partition, at->id));
        continue;
      }
      v1::ExportPersonResponse::Held* held = response.add_cases();
      *held->mutable_case_() = plain_case(services_.engine, at->partition, record);
      const Result<std::uint32_t> last =
          read_history(services_.engine.log(), *at, record, 0, std::numeric_limits<int>::max(),
                       Shown::kPlain, held->mutable_history());
      if (!last) return done(last.error());
    }
    if (at != known->end())
      response.set_next_page_token(make_token({(at - 1)->id.value, (at - 1)->partition}));
    done(std::move(response));
  });
}

void PrivacyApi::erase_person(const Call& call, const v1::ErasePersonRequest& request,
                              Done<v1::ErasePersonResponse> done) {
  Result<Desk> desk = privacy_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  if (std::optional<Rejection> refusal = check_reason(request.reason())) return done(*refusal);
  if (request.has_person() == (!request.case_numbers().empty() || !request.calls().empty()))
    return done(
        Rejection::invalid("person", "either this, or case_numbers and calls, is required"));
  if (request.case_numbers_size() > limits::kErasedAtOnceMax)
    return done(Rejection::invalid("case_numbers", "lists more than 10,000 cases"));
  if (request.calls_size() > limits::kErasedAtOnceMax)
    return done(Rejection::invalid("calls", "lists more than 10,000 calls"));
  boost::asio::post(work_, [this, desk = std::move(*desk), request, done = std::move(done)] {
    done(erase_now(desk, request));
  });
}

void PrivacyApi::apply_retention(const Call& call, const v1::ApplyRetentionRequest& request,
                                 Done<v1::ApplyRetentionResponse> done) {
  Result<Desk> desk = privacy_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  std::vector<std::uint64_t> position = {0, 0};
  if (!request.page_token().empty()) {
    position.clear();
    if (!parse_token(request.page_token(), 2, &position) ||
        position[1] > services_.engine.partitions())  // behind the last: the calls are left
      return done(bad_token());
  }
  const CaseAddress after{static_cast<PartitionId>(position[1]), CaseId{position[0]}};
  boost::asio::post(work_, [this, desk = std::move(*desk), dry_run = request.dry_run(), after,
                            done = std::move(done)] { done(retain_now(desk, dry_run, after)); });
}

}  // namespace casewheel::api
