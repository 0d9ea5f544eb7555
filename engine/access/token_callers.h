// Whom the OpenID Connect provider vouches for: a bearer token becomes a caller, with the grants and the
// entry of the catalogue its claims name. Tokens that were verified are remembered by their digest, so
// that a caller pays for one signature and not for one a call. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string_view>

#include "engine/access/caller.h"
#include "engine/access/oidc.h"

namespace casewheel::access {

// Tokens remembered at once, at some 2 KB each; one that was forgotten is verified again.
inline constexpr std::size_t kTokensHeldMax = 10'000;

// "ROLE", "ROLE@TENANT" or "ROLE@TENANT/UNIT", as people type grants; nothing where it is none of them,
// or the role is not one to be granted.
std::optional<stored::Grant> grant_written(std::string_view text);

// The caller of a verified token, whose roles hold grants and whose staff is "TENANT/STAFFID". What is
// neither is passed over and counted in `ignored`. `leeway_ms`: how long she stays beyond `exp`.
Caller caller_of(const TokenClaims& claims, DurationMs leeway_ms, std::size_t* ignored);

class TokenCallers {
 public:
  using Answer = TokenResult<std::shared_ptr<const Caller>>;
  using Done = std::function<void(Answer)>;

  // As of OidcVerifier.
  TokenCallers(OidcConfig config, std::unique_ptr<DocumentSource> source, ClockSource& clock);

  // Whose token it is, where that was verified before with the keys of now; null where it has to be
  // looked at. `now` is the time of the token's own claims.
  std::shared_ptr<const Caller> held(std::string_view token, TimeMs now) const;

  // Verifies the token: `done` is called at once, unless the provider's keys have to be fetched first;
  // see OidcVerifier::verify.
  void find(std::string_view token, TimeMs now, Done done);

  // Nobody waits for the provider any longer.
  void stop() { verifier_.stop(); }

 private:
  struct Held {
    std::shared_ptr<const Caller> caller;
    std::uint64_t key_set = 0;      // it was verified under
    std::int64_t until_steady = 0;  // a key may have been taken back
  };
  bool stands(const Held& held, TimeMs now) const;
  std::shared_ptr<const Caller> admit(const Sha256& digest, const TokenClaims& claims,
                                      std::uint64_t key_set, TimeMs now);

  const DurationMs leeway_ms_;
  const DurationMs refresh_ms_;
  ClockSource& clock_;
  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<Sha256, Held> held_;  // by the token's digest
  std::atomic<bool> told_{false};           // of claims that were passed over
  OidcVerifier verifier_;                   // last: its thread uses the others
};

}  // namespace casewheel::access
