#include "engine/api/call.h"

namespace casewheel::api {

Result<domain::Who> who_is(const Call& call, const catalogue::TenantRules& tenant) {
  if (call.actor.empty()) return domain::Who{domain::stored::OPERATOR, "", domain::kEveryRole};
  const domain::stored::Staff* staff = tenant.staff(call.actor);
  if (staff == nullptr) {
    return Rejection::of(RejectionCode::kNotPermitted,
                         "no such staff of " + tenant.tenant() + ": " + call.actor);
  }
  domain::Who who{staff->roles().empty() ? domain::stored::HANDLER
                                         : static_cast<domain::stored::Role>(staff->roles(0)),
                  staff->id(), 0};
  for (const int role : staff->roles())
    who.roles |= domain::role_bit(static_cast<domain::stored::Role>(role));
  if (staff->roles().empty()) who.roles = domain::role_bit(domain::stored::HANDLER);
  return who;
}

Result<CaseAddress> address_of(const std::string& field, const std::string& case_number) {
  if (case_number.empty()) return Rejection::invalid(field, "is required");
  const std::optional<CaseAddress> address = parse_case_number(case_number);
  if (!address) {
    return Rejection::invalid(field,
                              "is not a case number: 17 digits or more whose last is a check "
                              "digit; a digit was mistyped or left out");
  }
  return *address;
}

const catalogue::TenantRules* tenant_of(const catalogue::Registry& registry, CaseId id) {
  return registry.find_number(id.tenant_number());
}

}  // namespace casewheel::api
