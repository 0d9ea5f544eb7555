#include "engine/api/admission.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <memory>

#include "casewheel/v1/rights.pb.h"
#include "engine/access/rights.h"
#include "engine/api/trail_words.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

// About as long as a provider takes to come back.
constexpr DurationMs kProviderRetryMs = 5 * kSecondMs;
constexpr PartitionId kSessionsPartition = 0;

const std::shared_ptr<const access::Caller>& nobody() {
  static const auto kNobody = std::make_shared<const access::Caller>();
  return kNobody;
}

Rejection too_many_of_address(DurationMs wait_ms) {
  return Rejection::of(RejectionCode::kOverloaded,
                       "too many calls a second from this address by callers nobody knows",
                       wait_ms);
}

// Why a caller who is believed may not be called so: the name is stored with all it does.
std::optional<Rejection> ill_named(const std::string& actor) {
  const Result<std::string> clean =
      clean_text("casewheel-actor", actor, limits::kIdChars, TextKind::kLine);
  if (!clean) return clean.error();
  return std::nullopt;
}

}  // namespace

Method method_of(const google::protobuf::MethodDescriptor& descriptor) {
  Method method;
  method.name = descriptor.service()->name() + "." + descriptor.name();
  method.right = descriptor.options().GetExtension(::casewheel::v1::right);
  const access::Right* right = access::find_right(method.right);
  CASEWHEEL_CHECK(access::is_everybodys(method.right) || right != nullptr,
                  method.name + " names no right that there is");
  if (right != nullptr) method.on_record = right->on_record;
  return method;
}

std::optional<Identified> Admission::known(const Credentials& shown,
                                           const std::string& from) const {
  if (services_.book == nullptr) return Identified{nobody()};
  if (shown.certificate) {
    std::shared_ptr<const access::Caller> caller =
        services_.book->find_certificate(bytes_of(*shown.certificate), now());
    return Identified{caller != nullptr ? std::move(caller) : nobody()};
  }
  const std::string_view token = shown.token;
  if (std::shared_ptr<const access::Caller> caller =
          services_.book->find(token, now(), shown.purpose)) {
    if (services_.book->uses_wait(now())) record_uses();
    return Identified{std::move(caller)};
  }
  if (shown.purpose != stored::SESSION_PURPOSE_UNSPECIFIED) return Identified{nobody()};
  if (services_.tokens == nullptr || !access::may_be_jws(token)) return Identified{nobody()};
  if (std::shared_ptr<const access::Caller> caller = services_.tokens->held(token, now()))
    return Identified{std::move(caller)};
  const DurationMs wait = addresses_.wait(access::network_of(from), machine_clock().steady_ms());
  if (wait > 0) return Identified{nobody(), too_many_of_address(wait)};
  return std::nullopt;
}

void Admission::record_uses() const {
  boost::asio::post(services_.pools.reads(), [services = services_] {
    stored::Event event;
    event.mutable_actor()->set_role(stored::ENGINE);
    *event.mutable_sessions_used() = services.book->uses_to_record();
    if (event.sessions_used().uses().empty()) return;
    partition::Request request;
    request.bytes = event.ByteSizeLong() + sizeof(partition::Request);
    request.done = [services, event](partition::Answer&& answer) {
      // Those that could not be are among the next.
      if (!answer.rejection) services.book->apply(event);
    };
    request.body = partition::RecordRequest{{event}};
    services.engine.submit(kSessionsPartition, partition::Class::kPeople, std::move(request));
  });
}

Identified Admission::identified(TokenAnswer answer) {
  if (answer) return {*std::move(answer), std::nullopt, true};
  const access::TokenRefusal& refusal = answer.error();
  const bool later = refusal.fault == access::TokenFault::kUnavailable;
  return {nobody(),
          Rejection::of(later ? RejectionCode::kUnavailable : RejectionCode::kUnauthenticated,
                        refusal.message, later ? kProviderRetryMs : 0),
          true};
}

std::optional<Rejection> Admission::over_rate(const Call& call, const Identified& who) const {
  const std::int64_t steady = machine_clock().steady_ms();
  const bool known = who.caller != nobody();
  const DurationMs wait = known ? identities_.take(who.caller->id, steady)
                                : addresses_.take(access::network_of(call.from), steady);
  if (wait == 0) return std::nullopt;
  if (!known) return too_many_of_address(wait);
  return Rejection::of(RejectionCode::kOverloaded,
                       "too many calls of " + who.caller->id + " a second", wait);
}

std::optional<Rejection> Admission::turn_away(const Call& call, const Identified& who,
                                              std::size_t bytes) const {
  if (services_.book == nullptr) return ill_named(call.actor);
  std::optional<Rejection> refusal = over_rate(call, who);
  if (!refusal && who.caller != nobody()) {
    refusal = access::admit(*who.caller, call.method->right, *services_.engine.catalogue().get());
    if (refusal) {
      Call refused = call;
      refused.caller = who.caller;
      stored::AuditRecord record = AuditTrail::record_of(refused);
      record.set_outcome(stored::DENIED);
      write(denials_.take(std::move(record), machine_clock().steady_ms()));
    }
  } else if (!refusal) {
    if (call.method->right != access::kPublic) {
      refusal = who.fault ? who.fault
                          : access::admit(*who.caller, call.method->right,
                                          *services_.engine.catalogue().get());
    } else if (bytes > limits::kUnauthenticatedBytes) {
      refusal = Rejection::invalid("request", "is longer than " +
                                                  std::to_string(limits::kUnauthenticatedBytes) +
                                                  " bytes, all that is read of who is not known");
    }
  }
  if (refusal) count(*refusal);
  return refusal;
}

void Admission::count(const Rejection& refusal) const {
  if (services_.refusals == nullptr) return;
  if (refusal.code == RejectionCode::kUnauthenticated) ++services_.refusals->unauthenticated;
  if (refusal.code == RejectionCode::kNotPermitted) ++services_.refusals->denied;
  if (refusal.code == RejectionCode::kOverloaded) ++services_.refusals->rate;
}

std::optional<Rejection> Admission::over(const access::Caller* caller, bool used) const {
  if (caller == nullptr || services_.book == nullptr ||
      services_.book->stands(*caller, now(), used))
    return std::nullopt;
  return Rejection::of(RejectionCode::kUnauthenticated,
                       "the session, key or token this was opened with is not valid any more");
}

void Admission::write(std::vector<stored::AuditRecord> lines) const {
  for (stored::AuditRecord& line : lines) trail_->write(std::move(line));
}

void Admission::write_denials() const { write(denials_.over(machine_clock().steady_ms())); }

void Admission::store_all_denials(DurationMs patience_ms) const {
  const auto answered = std::make_shared<std::promise<void>>();
  std::future<void> all = answered->get_future();
  // Kept by every line that is under way: the last one to be answered lets it go.
  std::shared_ptr<void> waiting(nullptr, [answered](void*) { answered->set_value(); });
  for (stored::AuditRecord& line : denials_.all())
    trail_->write_first(std::move(line), [waiting](const std::optional<Rejection>&) {});
  waiting.reset();
  all.wait_for(std::chrono::milliseconds(patience_ms));
}

std::optional<Rejection> Admission::admit(Call* call, const Identified& who,
                                          const google::protobuf::Message* request) const {
  if (services_.book == nullptr) return std::nullopt;
  call->actor.clear();  // what she says of herself counts for nothing
  call->caller = who.caller;
  call->rate = who.caller != nobody() ? &identities_ : &addresses_;
  std::optional<Rejection> refusal =
      access::admit(*call->caller, call->method->right, *services_.engine.catalogue().get());
  const bool needs_right = !access::is_everybodys(call->method->right);
  if (refusal) count(*refusal);
  // Whoever holds no token at all could fill the trail; the doors' own figures count those.
  if ((needs_right && !refusal) || (refusal && call->caller != nobody())) {
    stored::AuditRecord record = AuditTrail::record_of(*call);
    if (request != nullptr) describe(services_, *request, &record);
    if (refusal) {
      record.set_outcome(stored::DENIED);
      write(denials_.take(std::move(record), machine_clock().steady_ms()));
    } else {
      call->line = std::make_shared<TrailLine>(trail_, std::move(record), call->method->on_record);
    }
  }
  return refusal;
}

}  // namespace casewheel::api
