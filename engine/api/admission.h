// The one place every door asks before a handler runs: who calls, whether she may, and the line on the
// audit trail. Thread-safe; never blocks.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/rate.h"
#include "engine/api/audit.h"
#include "engine/api/call.h"
#include "engine/api/denials.h"
#include "engine/base/limits.h"

namespace casewheel::api {

// From the method's own descriptor. A method that names no right, or one that is in no table, ends the
// process when it starts.
Method method_of(const google::protobuf::MethodDescriptor& descriptor);

// How a caller shows who she is.
struct Credentials {
  std::string_view token;
  std::optional<Sha256> certificate;  // by TLS, where no token is shown
  // What the token is shown for: a session that is for anything else is nobody's.
  stored::SessionPurpose purpose = stored::SESSION_PURPOSE_UNSPECIFIED;
};

// Whose credentials they are.
struct Identified {
  std::shared_ptr<const access::Caller> caller;  // of kNobody where it is nobody's
  std::optional<Rejection> fault = {};  // why a token counts for nothing, where it is known
  bool waited = false;                  // the token was verified, which may have taken a while
};

class Admission {
 public:
  struct Limits {
    int calls_of_identity = limits::kCallsOfIdentity;  // a second
    int calls_of_address = limits::kCallsOfAddress;    // of callers nobody knows
  };
  Admission(Services services, Limits limits)
      : services_(services),
        trail_(std::make_shared<const AuditTrail>(services)),
        identities_(limits.calls_of_identity),
        addresses_(limits.calls_of_address) {}

  // From now on; what a name has used up is kept.
  void set_limits(Limits limits) const {
    identities_.set(limits.calls_of_identity);
    addresses_.set(limits.calls_of_address);
  }

  // Who shows these: `done(Identified)` is called at once, and without an allocation, for sessions,
  // keys and tokens of the provider seen before; for others see access::TokenCallers::find.
  // `from`: the caller's address. Where too many came from there that nobody knows, none is verified.
  template <typename Done>
  void identify(const Credentials& shown, const std::string& from, Done done) const {
    if (std::optional<Identified> who = known(shown, from)) return done(*std::move(who));
    services_.tokens->find(shown.token, now(),
                           [done = std::move(done)](TokenAnswer answer) mutable {
                             done(identified(std::move(answer)));
                           });
  }

  // What is refused without a look at the request, of which `bytes` have come: calls over the rate of
  // their identity or address, and whatever the caller may not do at all. So nobody has a body decoded
  // that leads to nothing; the line on the trail then says who and what, and not about whom.
  std::optional<Rejection> turn_away(const Call& call, const Identified& who,
                                     std::size_t bytes) const;

  // Completes `call` (whose method and from are set) by who calls, or says why not. Calls that need a
  // right get a line of the trail, with what `request` is about where there is one message; a refusal
  // is on the trail at once, and else whoever answers the call concludes its line (on_record).
  std::optional<Rejection> admit(Call* call, const Identified& who,
                                 const google::protobuf::Message* request) const;

  // Hands the call that was admitted on, to `done(Result<Call>)`: at once, or where it cannot be taken back
  // when the line that it was asked for is durable; then on one of the engine's answering threads.
  template <typename Done>
  void settle(Call call, Done done) const {
    if (call.line == nullptr || call.method->on_record != access::OnRecord::kBeforeDone)
      return done(std::move(call));
    const std::shared_ptr<TrailLine> line = call.line;
    line->write_asked(
        [call = std::move(call), done = std::move(done)](std::optional<Rejection> refusal) mutable {
          if (refusal) {
            call.line->conclude(*refusal);
            return done(std::move(*refusal));
          }
          done(std::move(call));
        });
  }

  // Why whoever was admitted may call no more: her session or key has ended, her token has run out.
  // `used`: she has just done something, so that her session is not idle. Null: nobody is asked.
  std::optional<Rejection> over(const access::Caller* caller, bool used) const;

  // Denials that are on the trail by their number alone, once their minute is over: to be called every
  // second or so.
  void write_denials() const;
  // At the end of the process: returns when they are durable, or after `patience_ms`.
  void store_all_denials(DurationMs patience_ms) const;

 private:
  using TokenAnswer = access::TokenCallers::Answer;

  // Nothing where the token has to be verified.
  std::optional<Identified> known(const Credentials& shown, const std::string& from) const;
  // Of sessions, once in a while: engine/access/book.h. Nobody waits for it.
  void record_uses() const;
  std::optional<Rejection> over_rate(const Call& call, const Identified& who) const;
  void count(const Rejection& refusal) const;
  void write(std::vector<stored::AuditRecord> lines) const;
  static Identified identified(TokenAnswer answer);
  TimeMs now() const { return services_.engine.clock().system_ms(); }

  Services services_;
  std::shared_ptr<const AuditTrail> trail_;
  mutable Denials denials_;
  mutable access::Rate identities_;
  mutable access::Rate addresses_;
};

}  // namespace casewheel::api
