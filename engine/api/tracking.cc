#include "engine/api/tracking.h"

#include <boost/asio/post.hpp>

#include "engine/access/secrets.h"
#include "engine/access/tracking_code.h"
#include "engine/api/lodging.h"
#include "engine/api/tracked_case.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

// Many applicants may come from one address: an office's, or that of the enterprise's own web site. Of IPv6
// it is the network: whoever has one has all its addresses.
constexpr int kFreeFailuresOfAddress = 50;
constexpr std::string_view kDecoyPhone = "0900000000";

Rejection does_not_fit() {
  return Rejection::of(RejectionCode::kUnauthenticated,
                       "案號或驗證資料不符 the case number or what was given with it does not fit");
}

Rejection too_many(DurationMs wait_ms) {
  return Rejection::of(RejectionCode::kOverloaded,
                       "嘗試次數過多，請稍後再試 too many attempts: try again later", wait_ms);
}

std::string decoy_row() {
  partition::CaseRecord record;
  stored::PersonalData personal;
  personal.mutable_applicant()->set_phone(std::string(kDecoyPhone));
  record.state.set_sealed(partition::Sealer().seal(record.key, 1, personal.SerializeAsString()));
  return partition::encode_case(record);
}

// Compares as long for what there is as for what is missing.
bool fits(const std::string& shown, const std::string& kept) {
  const std::string other(shown.size(), '-');
  const bool there = kept.size() == shown.size();
  return access::same_secret(shown, there ? kept : other) && there;
}

// The domain refuses a code that was used or has run out since it was looked at; what else keeps it
// from being spent is the engine's state.
bool is_of_the_code(const Rejection& rejection) {
  return rejection.code == RejectionCode::kWrongState || rejection.code == RejectionCode::kNotFound;
}

}  // namespace

TrackingApi::TrackingApi(Services services)
    : services_(services),
      trail_(services),
      cases_({}),
      addresses_({.free_failures = kFreeFailuresOfAddress}),
      decoy_(decoy_row()) {}

void TrackingApi::track(const Call& call, const v1::TrackCaseRequest& request,
                        Done<v1::TrackedCase> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  Look look{call, *address, request.has_code(), {}, std::move(done)};
  if (request.factor_case() == v1::TrackCaseRequest::FACTOR_NOT_SET)
    return look.done(Rejection::invalid("factor", "is required: phone_last_digits or code"));
  look.shown = access::typed_digits(look.by_code ? request.code() : request.phone_last_digits());
  if (look.by_code && look.shown.size() != access::kTrackingCodeDigits)
    return look.done(Rejection::invalid("code", "must be 8 digits"));
  if (!look.by_code && look.shown.size() != access::kPhoneLastDigits)
    return look.done(Rejection::invalid("phone_last_digits", "must be 4 digits"));
  // Counted before it is known how it ends: of many made at once none is free.
  const DurationMs case_wait = cases_.wait(look.number(), now());
  if (case_wait > 0)
    return look.done(too_many(std::max(case_wait, addresses_.wait(look.network(), now()))));
  if (const DurationMs wait = addresses_.attempt(look.network(), now()); wait > 0)
    return look.done(too_many(wait));
  if (const DurationMs wait = cases_.attempt(look.number(), now()); wait > 0) {
    addresses_.forgive(look.network());
    return look.done(too_many(wait));
  }
  // What he was told is read from the journal: a scan. A code is spent by being looked at, so that it must
  // not be refused in between.
  if (look.by_code) {
    boost::asio::post(services_.pools.reads(), [this, look = std::move(look)] { compare(look); });
    return;
  }
  std::optional<Rejection> refusal =
      services_.pools.scans().post(payer_of(look.call), [this, look] { compare(look); });
  if (refusal) fail(look, *refusal);
}

Status TrackingApi::find(CaseAddress address, partition::CaseRecord* record, std::string* phone,
                         bool* known) const {
  const bool routed = address.partition < services_.engine.partitions() &&
                      tenant_of(*services_.engine.catalogue().get(), address.id) != nullptr;
  const Status read = partition::read_case(services_.engine.store(), routed ? address.partition : 0,
                                           address.id, record);
  if (!read && read.code() != Status::Code::kNotFound) return read;
  stored::PersonalData personal;
  *known = routed && read && unseal(*record, &personal);
  if (!*known) {
    CASEWHEEL_CHECK(partition::decode_case(decoy_, record) && unseal(*record, &personal),
                    "the decoy cannot be read");
  }
  *phone = personal.applicant().phone();
  return {};
}

void TrackingApi::compare(const Look& look) {
  partition::CaseRecord record;
  std::string phone;
  bool known = false;
  if (const Status found = find(look.address, &record, &phone, &known); !found)
    return fail(look, unreadable(found));
  bool right = false;
  if (look.by_code) {
    const stored::TrackingCode& code = record.state.tracking_code();
    const std::string digest =
        access::tracking_digest(services_.engine.installation().secret, look.address, look.shown);
    right = fits(digest, code.digest()) && known &&
            code.expires_ms() > services_.engine.clock().read().now;
  } else {
    const std::string kept = access::last_digits(phone.empty() ? kDecoyPhone : phone);
    right = fits(look.shown, kept) && known && !phone.empty();
  }
  if (!right) return refuse(look);
  look.by_code ? spend(look) : answer(look);
}

// The partition decides: of two who show one code at once, one gets the answer.
void TrackingApi::spend(const Look& look) {
  domain::Command command;
  command.action = domain::UseTrackingCode{
      access::tracking_digest(services_.engine.installation().secret, look.address, look.shown)};
  command.who = {stored::APPLICANT, "", domain::role_bit(stored::APPLICANT)};
  command.received_ms = services_.engine.clock().read().now;
  partition::Request out;
  out.body = partition::ActRequest{look.address.id.tenant_number(), look.address.id, std::nullopt,
                                   std::move(command)};
  out.bytes = sizeof(partition::Request);
  out.give_up = look.call.give_up;
  out.done = [this, look](partition::Answer&& answered) {
    if (answered.rejection)
      return is_of_the_code(*answered.rejection) ? refuse(look) : fail(look, *answered.rejection);
    boost::asio::post(services_.pools.reads(), [this, look] { answer(look); });
  };
  services_.engine.submit(look.address.partition, partition::Class::kPeople, std::move(out));
}

void TrackingApi::answer(const Look& look) {
  partition::CaseRecord record;
  const Status read = partition::read_case(services_.engine.store(), look.address.partition,
                                           look.address.id, &record);
  if (!read) return fail(look, unreadable(read));
  charge(look.call, static_cast<std::size_t>(
                        std::min(record.state.journal_seqs_size(), limits::kTrackedEntriesMax)));
  Result<v1::TrackedCase> tracked = tracked_case(services_.engine, look.address, record);
  if (!tracked) return fail(look, tracked.error());
  cases_.succeeded(look.number());
  addresses_.forgive(look.network());
  put_on_trail(look, stored::DONE);
  look.done(std::move(tracked));
}

void TrackingApi::refuse(const Look& look) {
  put_on_trail(look, stored::FAILED);
  look.done(does_not_fit());
}

void TrackingApi::fail(const Look& look, const Rejection& why) {
  cases_.forgive(look.number());
  addresses_.forgive(look.network());
  look.done(why);
}

void TrackingApi::put_on_trail(const Look& look, stored::AuditOutcome outcome) const {
  stored::AuditRecord line = AuditTrail::record_of(look.call);
  line.set_subject(look.number());
  line.set_outcome(outcome);
  trail_.write(std::move(line));
}

void TrackingApi::issue_code(const Call& call, const v1::IssueTrackingCodeRequest& request,
                             Done<v1::IssueTrackingCodeResponse> done) {
  if (request.valid_minutes() < 0 || request.valid_minutes() > limits::kTrackingMinutesMax)
    return done(Rejection::invalid("valid_minutes", "must lie between 0 and 10,080, 7 days"));
  const Result<RequestDigests> digests = request_digests(request.request_id(), request);
  if (!digests) return done(digests.error());
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  partition::Engine& engine = services_.engine;
  const auto registry = engine.catalogue().get();
  const catalogue::TenantRules* rules = tenant_of(*registry, address->id);
  if (rules == nullptr || !sees_tenant(call, *rules) || address->partition >= engine.partitions())
    return done(Rejection::of(RejectionCode::kNotFound, "no such case"));
  const Result<domain::Who> who = who_is(call, *rules);
  if (!who) return done(who.error());

  const std::string code = access::new_tracking_code();
  const std::string digest = access::tracking_digest(engine.installation().secret, *address, code);
  const int minutes =
      request.valid_minutes() == 0 ? limits::kTrackingMinutesDefault : request.valid_minutes();
  domain::Command command;
  command.action = domain::IssueTrackingCode{digest, minutes * kMinuteMs};
  command.who = *who;
  command.request_digest = digests->request;
  command.body_digest = digests->body;
  command.received_ms = engine.clock().read().now;
  partition::Request out;
  out.body =
      partition::ActRequest{rules->tenant_number(), address->id, std::nullopt, std::move(command)};
  out.bytes = request.ByteSizeLong() + sizeof(partition::Request);
  out.give_up = call.give_up;
  out.done = [code, digest, done = std::move(done)](partition::Answer&& answer) {
    if (answer.rejection) return done(std::move(*answer.rejection));
    const stored::TrackingCode& kept = answer.record->state.tracking_code();
    // Issued by an earlier call of that request_id, or replaced by one that came at the same time.
    if (answer.duplicate || kept.digest() != digest) {
      return done(Rejection::of(RejectionCode::kConflict,
                                "a code is shown once: issue another under a new request_id"));
    }
    v1::IssueTrackingCodeResponse response;
    response.set_code(code);
    set_time(response.mutable_expire_time(), kept.expires_ms());
    done(std::move(response));
  };
  engine.submit(address->partition, partition::Class::kPeople, std::move(out));
}

}  // namespace casewheel::api
