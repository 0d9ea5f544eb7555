#include "engine/access/caller.h"

#include <algorithm>

namespace casewheel::access {
namespace {

constexpr std::size_t kTenantCharactersMax = 40;  // as of every id of the catalogue

using catalogue::TenantRules;
using domain::role_bit;
using domain::RoleMask;

bool has_role(RoleMask roles, stored::Role role) { return (roles & role_bit(role)) != 0; }

// Those who work a unit's cases see that unit's; the desks, the feeds and the auditors see all.
bool is_bound_to_unit(stored::Role role) {
  return role == stored::HANDLER || role == stored::SUPERVISOR || role == stored::UNIT_HEAD;
}

// What the person's entry in the catalogue says.
std::vector<stored::Grant> grants_of_staff(const TenantRules& tenant, const stored::Staff& staff) {
  std::vector<stored::Grant> grants;
  const auto grant = [&](stored::Role role, const std::string& unit) {
    stored::Grant& one = grants.emplace_back();
    one.set_role(role);
    one.set_tenant(tenant.tenant());
    one.set_unit(unit);
  };
  std::vector<stored::Role> roles;
  for (const int role : staff.roles()) roles.push_back(static_cast<stored::Role>(role));
  if (roles.empty()) roles.push_back(stored::HANDLER);
  for (const stored::Role role : roles) grant(role, is_bound_to_unit(role) ? staff.unit() : "");
  for (const int unit : tenant.units_headed_by(staff.id()))
    grant(stored::UNIT_HEAD, tenant.catalogue().units(unit).id());
  return grants;
}

std::vector<stored::Grant> grants_in(const Caller& caller, const TenantRules& tenant) {
  std::vector<stored::Grant> grants;
  for (const stored::Grant& grant : caller.grants) {
    if (grant.tenant().empty() || grant.tenant() == tenant.tenant()) grants.push_back(grant);
  }
  if (!caller.staff.empty() && caller.tenant == tenant.tenant()) {
    if (const stored::Staff* staff = tenant.staff(caller.staff)) {
      for (stored::Grant& grant : grants_of_staff(tenant, *staff))
        grants.push_back(std::move(grant));
    }
  }
  return grants;
}

// Null when one of the grants holds everywhere.
std::shared_ptr<const domain::Territory> territory_of(const std::vector<stored::Grant>& grants,
                                                      const Caller& caller, const Right* right,
                                                      const TenantRules& tenant) {
  auto territory = std::make_shared<domain::Territory>();
  territory->tree = tenant.unit_tree();
  for (const stored::Grant& grant : grants) {
    if (grant.unit().empty() && grant.kinds().empty()) return nullptr;
    domain::Territory::Part& part = territory->parts.emplace_back();
    part.unit = grant.unit();
    if (!part.unit.empty()) part.below = territory->tree->below(part.unit);
    for (const int kind : grant.kinds()) part.kinds |= std::uint32_t{1} << kind;
  }
  if (caller.tenant == tenant.tenant() && (right == nullptr || right->own_cases))
    territory->staff = caller.staff;
  return territory;
}

Rejection missing(std::string_view right) {
  const Right* known = find_right(right);
  return Rejection::of(RejectionCode::kNotPermitted,
                       "the right " + std::string(right) + " is missing" +
                           (known == nullptr ? "" : ": to " + std::string(known->en)));
}

}  // namespace

const char* kind_name(Caller::Kind kind) {
  switch (kind) {
    case Caller::Kind::kNobody:
      return "nobody";
    case Caller::Kind::kOperator:
      return "operator";
    case Caller::Kind::kAccount:
      return "account";
    case Caller::Kind::kKey:
      return "key";
    case Caller::Kind::kToken:
      return "oidc";
  }
  return "?";
}

std::vector<stored::Grant> grants_of(const Caller& caller, const catalogue::Registry& registry) {
  std::vector<stored::Grant> grants = caller.grants;
  const TenantRules* tenant = caller.staff.empty() ? nullptr : registry.find(caller.tenant);
  const stored::Staff* staff = tenant == nullptr ? nullptr : tenant->staff(caller.staff);
  if (staff == nullptr) return grants;
  for (stored::Grant& grant : grants_of_staff(*tenant, *staff)) grants.push_back(std::move(grant));
  return grants;
}

std::optional<Rejection> admit(const Caller& caller, std::string_view right,
                               const catalogue::Registry& registry) {
  if (right == kPublic || caller.kind == Caller::Kind::kOperator) return std::nullopt;
  if (caller.kind == Caller::Kind::kNobody) {
    return Rejection::of(RejectionCode::kUnauthenticated,
                         "sign in first: no token, or one that is not valid (any more)");
  }
  if (right == kOwnAccount) return std::nullopt;
  if (caller.must_change_password) {
    return Rejection::of(RejectionCode::kNotPermitted,
                         "change the one-time password first: nothing else can be done before");
  }
  if (right == kSignedIn) return std::nullopt;
  const Right* known = find_right(right);
  if (known == nullptr) return missing(right);  // what names no right is nobody's
  const auto holds = [&](const stored::Grant& grant) {
    return has_role(known->roles, grant.role()) &&
           (known->scope == Scope::kTenant || grant.tenant().empty());
  };
  const std::vector<stored::Grant> grants = grants_of(caller, registry);
  if (std::none_of(grants.begin(), grants.end(), holds)) return missing(right);
  return std::nullopt;
}

Result<domain::Who> permit(const Caller& caller, std::string_view right,
                           const TenantRules& tenant) {
  std::vector<stored::Grant> grants = grants_in(caller, tenant);
  if (grants.empty()) return no_such_tenant("tenant", tenant.tenant());
  const Right* known = find_right(right);
  if (known != nullptr) {
    std::erase_if(grants, [known](const stored::Grant& grant) {
      return !has_role(known->roles, grant.role());
    });
    if (grants.empty()) return missing(right);
  }
  domain::Who who;
  const bool is_staff = !caller.staff.empty() && caller.tenant == tenant.tenant();
  who.id = is_staff ? caller.staff : caller.id;
  who.role = grants.front().role();
  // What the life cycle asks for is looked up among the roles that hold this right.
  for (const stored::Grant& grant : grants) who.roles |= role_bit(grant.role());
  who.territory = territory_of(grants, caller, known, tenant);
  return who;
}

bool holds_everywhere(const Caller& caller, std::string_view right) {
  const Right* known = find_right(right);
  return known != nullptr &&
         std::any_of(caller.grants.begin(), caller.grants.end(), [&](const stored::Grant& grant) {
           return has_role(known->roles, grant.role()) && grant.tenant().empty() &&
                  grant.unit().empty() && grant.kinds().empty();
         });
}

bool sees(const Caller& caller, const TenantRules& tenant) {
  return caller.kind == Caller::Kind::kOperator || !grants_in(caller, tenant).empty();
}

Rejection no_such_tenant(std::string_view field, std::string_view tenant) {
  if (tenant.size() > kTenantCharactersMax) {
    return Rejection::invalid(
        std::string(field),
        "is longer than the " + std::to_string(kTenantCharactersMax) + " characters of an id");
  }
  return Rejection::invalid(
      std::string(field),
      tenant.empty() ? "is required" : "no such tenant in the catalogue: " + std::string(tenant));
}

Rejection unknown_tenant(std::string_view tenant) {
  if (tenant.size() > kTenantCharactersMax) return no_such_tenant("tenant", tenant);
  return Rejection::of(RejectionCode::kNotFound, "no such tenant: " + std::string(tenant));
}

}  // namespace casewheel::access
