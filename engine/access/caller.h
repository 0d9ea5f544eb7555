// Who calls: an account that has signed in, a key of another system, somebody the OpenID Connect provider
// vouches for, or the local operator where nobody has to. Immutable once made; callable from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/access.pb.h"
#include "engine/access/rights.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/catalogue/catalogue.h"

namespace casewheel::access {

struct Caller {
  enum class Kind : std::uint8_t {
    kNobody,
    kOperator,  // whoever reaches an engine that asks nobody who he is
    kAccount,
    kKey,
    kToken,  // shown by a token of the OpenID Connect provider
  };
  Kind kind = Kind::kNobody;
  // Name of the account, "key:ID" or "oidc:NAME": accounts have no colon in their names. For kOperator
  // as he named himself, or empty.
  std::string id;
  std::string display_name;
  std::string tenant;  // with staff: her entry in the catalogue, whose roles are hers too
  std::string staff;
  std::vector<stored::Grant> grants;
  bool must_change_password = false;
  TimeMs expires_ms = 0;
  Sha256 session{};  // of kAccount
  // The caller's session is for this purpose, and only who asks for the same purpose finds the caller.
  stored::SessionPurpose purpose = stored::SESSION_PURPOSE_UNSPECIFIED;
  std::string subject = {};  // of kToken: who, for the provider and for ever
};

// As GetIdentity tells it: "account", "key", "oidc", "operator", "nobody".
const char* kind_name(Caller::Kind kind);

// Whether this caller may ask for what needs that right at all; where it holds for some tenants or
// units only, the handlers ask permit() about each. Names what is missing.
std::optional<Rejection> admit(const Caller& caller, std::string_view right,
                               const catalogue::Registry& registry);

// As whom, and for which cases, the caller may use the right within a tenant. A tenant she has nothing
// to do with is denied like one that does not exist.
Result<domain::Who> permit(const Caller& caller, std::string_view right,
                           const catalogue::TenantRules& tenant);

// Whether the right is hers for every tenant, without limits.
bool holds_everywhere(const Caller& caller, std::string_view right);

// Whether anything of the tenant is hers to see.
bool sees(const Caller& caller, const catalogue::TenantRules& tenant);

// Everything granted to her: of her own, and by her entry in the catalogue as it is in force.
std::vector<stored::Grant> grants_of(const Caller& caller, const catalogue::Registry& registry);

// As if there were none.
Rejection no_such_tenant(std::string_view field, std::string_view tenant);
// The same for a read, as not found.
Rejection unknown_tenant(std::string_view tenant);

}  // namespace casewheel::access
