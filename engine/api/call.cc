#include "engine/api/call.h"

#include <algorithm>
#include <string>
#include <thread>

#include "engine/api/audit.h"

namespace casewheel::api {
namespace {

// In milliseconds: a partition puts its catalogue in force right after the write that holds it.
constexpr int kCatalogueWaitsMax = 60'000;

}  // namespace

Result<domain::Who> who_is(const Call& call, const catalogue::TenantRules& tenant) {
  if (call.caller != nullptr)
    return access::permit(*call.caller, call.method == nullptr ? "" : call.method->right, tenant);
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

domain::Who operator_of(const Call& call) {
  if (call.caller == nullptr) return {domain::stored::OPERATOR, call.actor, domain::kEveryRole};
  return {domain::stored::ADMINISTRATOR, call.caller->id, domain::kEveryRole};
}

std::string written_caller(const Call& call) {
  std::string who = call.caller == nullptr ? call.actor : call.caller->id;
  if (who.empty()) who = call.caller == nullptr ? "the local operator" : "nobody known";
  return call.from.empty() ? who : who + " from " + call.from;
}

bool sees_tenant(const Call& call, const catalogue::TenantRules& tenant) {
  return call.caller == nullptr || access::sees(*call.caller, tenant);
}

Result<Desk> desk_of(const Call& call, const Services& services, std::string_view field,
                     const std::string& tenant) {
  Desk desk;
  desk.registry = services.engine.catalogue().get();
  desk.rules = desk.registry->find(tenant);
  if (call.line != nullptr && desk.rules != nullptr) call.line->set_tenant(tenant);
  if (desk.rules == nullptr || !sees_tenant(call, *desk.rules)) {
    if (call.line != nullptr && !tenant.empty()) call.line->set_denied();
    return access::no_such_tenant(field, tenant);
  }
  Result<domain::Who> who = who_is(call, *desk.rules);
  if (!who) {
    return who.error();
  }
  desk.who = std::move(*who);
  return desk;
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

std::shared_ptr<const catalogue::Registry> catalogue_for(partition::Engine& engine,
                                                         const partition::CaseRecord& record) {
  std::uint32_t version = record.state.catalogue_version();
  std::uint64_t edition = 0;
  for (const auto& clock : record.state.clocks()) {
    version = std::max(version, clock.catalogue_version());
    edition = std::max(edition, clock.rules_edition());
  }
  for (int wait = 0;; ++wait) {
    std::shared_ptr<const catalogue::Registry> registry = engine.catalogue().get();
    const catalogue::TenantRules* rules = tenant_of(*registry, CaseId{record.state.case_id()});
    if (rules != nullptr && rules->version() >= version && rules->rules_edition() >= edition)
      return registry;
    CASEWHEEL_CHECK(wait < kCatalogueWaitsMax, "a case was laid under a catalogue nobody knows");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result<partition::CaseRecord> read_case_for(const Call& call, const Services& services,
                                            const CaseAddress& address) {
  const auto registry = services.engine.catalogue().get();
  const catalogue::TenantRules* rules = tenant_of(*registry, address.id);
  partition::CaseRecord record;
  Status status(Status::Code::kNotFound, "");
  if (rules != nullptr && sees_tenant(call, *rules) &&
      address.partition < services.engine.partitions()) {
    Result<domain::Who> who = who_is(call, *rules);
    if (!who) return who.error();
    status = partition::read_case(services.engine.store(), address.partition, address.id, &record);
    if (status && who->territory && !who->territory->covers(record.state))
      status = {Status::Code::kNotFound, ""};
  }
  if (status.code() == Status::Code::kNotFound)
    return Rejection::of(RejectionCode::kNotFound, "no such case");
  if (!status) return unreadable(status);
  return record;
}

}  // namespace casewheel::api
