#include "engine/access/token_callers.h"

#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace casewheel::access {
namespace {

// Cuts `text` at the first `mark`; false where there is none.
bool split(std::string_view text, char mark, std::string_view* before, std::string_view* after) {
  const std::size_t at = text.find(mark);
  *before = text.substr(0, at);
  *after = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return at != std::string_view::npos;
}

}  // namespace

std::optional<stored::Grant> grant_written(std::string_view text) {
  std::string_view role, place, tenant, unit;
  const bool placed = split(text, '@', &role, &place);
  const bool within = split(place, '/', &tenant, &unit);
  if ((placed && tenant.empty()) || (within && unit.empty())) return std::nullopt;
  stored::Grant grant;
  grant.set_role(role_named(role));
  // The local operator is who reaches an engine that asks nobody, and an applicant has no desk.
  if (grant.role() == stored::ROLE_UNSPECIFIED || grant.role() == stored::APPLICANT ||
      grant.role() == stored::OPERATOR)
    return std::nullopt;
  grant.set_tenant(std::string(tenant));
  grant.set_unit(std::string(unit));
  return grant;
}

Caller caller_of(const TokenClaims& claims, DurationMs leeway_ms, std::size_t* ignored) {
  Caller caller;
  caller.kind = Caller::Kind::kToken;
  caller.id = "oidc:" + (claims.user_name.empty() ? claims.subject : claims.user_name);
  caller.display_name = claims.name;
  caller.subject = claims.subject;
  caller.expires_ms = claims.expires_at + leeway_ms;
  for (const std::string& role : claims.roles) {
    if (std::optional<stored::Grant> grant = grant_written(role)) {
      caller.grants.push_back(*std::move(grant));
    } else {
      ++*ignored;
    }
  }
  std::string_view tenant, staff;
  if (split(claims.staff, '/', &tenant, &staff) && !tenant.empty() && !staff.empty()) {
    caller.tenant = tenant;
    caller.staff = staff;
  } else if (!claims.staff.empty()) {
    ++*ignored;
  }
  return caller;
}

TokenCallers::TokenCallers(OidcConfig config, std::unique_ptr<DocumentSource> source,
                           ClockSource& clock)
    : leeway_ms_(config.rules.leeway_ms),
      refresh_ms_(config.refresh_ms),
      clock_(clock),
      verifier_(std::move(config), std::move(source), clock) {}

bool TokenCallers::stands(const Held& held, TimeMs now) const {
  return held.key_set == verifier_.key_sets() && held.caller->expires_ms > now &&
         held.until_steady > clock_.steady_ms();
}

std::shared_ptr<const Caller> TokenCallers::held(std::string_view token, TimeMs now) const {
  const Sha256 digest = sha256(token);
  const std::shared_lock lock(mutex_);
  const auto found = held_.find(digest);
  return found != held_.end() && stands(found->second, now) ? found->second.caller : nullptr;
}

void TokenCallers::find(std::string_view token, TimeMs now, Done done) {
  // From before the token is looked at: keys that come meanwhile make it be looked at once more.
  const std::uint64_t key_set = verifier_.key_sets();
  verifier_.verify(token, now,
                   [this, digest = sha256(token), key_set, now,
                    done = std::move(done)](TokenResult<TokenClaims> claims) {
                     if (!claims) return done(claims.error());
                     done(admit(digest, *claims, key_set, now));
                   });
}

std::shared_ptr<const Caller> TokenCallers::admit(const Sha256& digest, const TokenClaims& claims,
                                                  std::uint64_t key_set, TimeMs now) {
  std::size_t ignored = 0;
  Held held{std::make_shared<const Caller>(caller_of(claims, leeway_ms_, &ignored)), key_set,
            clock_.steady_ms() + refresh_ms_};
  if (ignored > 0 && !told_.exchange(true)) {
    spdlog::warn(
        "OpenID Connect: a token names {} grants or staff entries that cannot be read and count "
        "for "
        "nothing; of further tokens this is not said",
        ignored);
  }
  std::shared_ptr<const Caller> caller = held.caller;
  const std::unique_lock lock(mutex_);
  if (held_.size() >= kTokensHeldMax) {
    absl::erase_if(held_, [&](const auto& entry) { return !stands(entry.second, now); });
    if (held_.size() >= kTokensHeldMax) held_.erase(held_.begin());
  }
  held_[digest] = std::move(held);
  return caller;
}

}  // namespace casewheel::access
