// Registry of catalogue.h: the snapshots of all tenants.
#include <algorithm>
#include <map>

#include "engine/catalogue/catalogue.h"

namespace casewheel::catalogue {
namespace {

using Editions = std::vector<std::shared_ptr<const PolicyEdition>>;

void sort_by_version(Editions& editions) {
  std::sort(editions.begin(), editions.end(),
            [](const auto& a, const auto& b) { return a->version() < b->version(); });
}

}  // namespace

std::shared_ptr<const Registry> Registry::empty() { return std::make_shared<const Registry>(); }

std::shared_ptr<const Registry> Registry::of(std::vector<stored::Catalogue> versions,
                                             std::vector<stored::Calendar> calendars) {
  std::map<std::string, std::map<std::uint32_t, stored::Catalogue>> by_tenant;
  for (stored::Catalogue& version : versions) {
    const std::uint32_t number = version.version();
    std::string tenant = version.tenant();
    by_tenant[std::move(tenant)].try_emplace(number, std::move(version));
  }
  auto registry = std::make_shared<Registry>();
  registry->calendars_ = CalendarHistory::of(std::move(calendars));
  for (auto& [tenant, numbered] : by_tenant) {
    Editions editions;
    auto known = std::make_shared<KnownEntries>();
    for (const auto& [number, version] : numbered) {
      editions.push_back(std::make_shared<const PolicyEdition>(version));
      known->add(version, true);
    }
    auto latest = std::make_shared<const stored::Catalogue>(std::move(numbered.rbegin()->second));
    registry->tenants_.push_back(std::make_shared<const TenantRules>(
        std::move(latest), std::move(editions), registry->calendars_, std::move(known)));
  }
  registry->index();
  return registry;
}

std::shared_ptr<const Registry> Registry::with(stored::Calendar next) const {
  auto registry = std::make_shared<Registry>();
  registry->calendars_ = calendars_->with(std::move(next));
  for (const auto& tenant : tenants_) {
    registry->tenants_.push_back(std::make_shared<const TenantRules>(
        tenant->latest(), Editions(tenant->editions().begin(), tenant->editions().end()),
        registry->calendars_, tenant->known()));
  }
  registry->index();
  return registry;
}

std::uint64_t Registry::rules_edition() const {
  std::uint64_t edition = calendars_->latest().edition();
  for (const auto& tenant : tenants_) edition = std::max(edition, tenant->rules_edition());
  return edition;
}

std::shared_ptr<const Registry> Registry::with(stored::Catalogue next) const {
  CASEWHEEL_CHECK(next.version() > 0, "catalogue of " + next.tenant() + " has no version");
  auto registry = std::make_shared<Registry>();
  registry->tenants_ = tenants_;
  registry->calendars_ = calendars_;
  auto edition = std::make_shared<const PolicyEdition>(next);
  auto same = std::find_if(registry->tenants_.begin(), registry->tenants_.end(),
                           [&](const auto& tenant) { return tenant->tenant() == next.tenant(); });
  if (same == registry->tenants_.end()) {
    auto known = std::make_shared<KnownEntries>();
    known->add(next, true);
    auto latest = std::make_shared<const stored::Catalogue>(std::move(next));
    registry->tenants_.push_back(std::make_shared<const TenantRules>(
        std::move(latest), Editions{edition}, calendars_, std::move(known)));
  } else {
    Editions editions((*same)->editions().begin(), (*same)->editions().end());
    const bool present = std::any_of(editions.begin(), editions.end(), [&](const auto& have) {
      return have->version() == edition->version();
    });
    if (!present) {
      editions.push_back(edition);
      sort_by_version(editions);
      auto known = std::make_shared<KnownEntries>(*(*same)->known());
      known->add(next, next.version() > (*same)->version());
      auto latest = std::make_shared<const stored::Catalogue>(
          next.version() > (*same)->version() ? std::move(next) : (*same)->catalogue());
      *same = std::make_shared<const TenantRules>(std::move(latest), std::move(editions),
                                                  calendars_, std::move(known));
    }
  }
  registry->index();
  return registry;
}

std::optional<Rejection> Registry::refusal(const stored::Catalogue& next) const {
  const TenantRules* same = find(next.tenant());
  if (same != nullptr && same->tenant_number() != next.tenant_number()) {
    return Rejection::invalid("tenants." + next.tenant() + ".number",
                              "is " + std::to_string(same->tenant_number()) +
                                  " for good: the tenant's case numbers begin with it");
  }
  const TenantRules* holder = next.tenant_number() < by_number_.size()
                                  ? find_number(static_cast<std::uint8_t>(next.tenant_number()))
                                  : nullptr;
  if (holder != nullptr && holder->tenant() != next.tenant()) {
    return Rejection::invalid(
        "tenants." + next.tenant() + ".number",
        std::to_string(next.tenant_number()) + " belongs to tenant " + holder->tenant());
  }
  const auto unknown = [&](const std::string& calendar) {
    return !calendar.empty() && !calendars_->latest().usable_by(calendar, next.tenant());
  };
  if (unknown(next.calendar())) {
    return Rejection::invalid(
        "tenants." + next.tenant() + ".calendar",
        "no such calendar: " + next.calendar() + "; load it first (casewheel calendar load)");
  }
  for (const stored::Unit& unit : next.units()) {
    if (!unknown(unit.calendar())) continue;
    return Rejection::invalid("tenants." + next.tenant() + ".units." + unit.id() + ".calendar",
                              "no such calendar: " + unit.calendar());
  }
  return std::nullopt;
}

const TenantRules* Registry::find(std::string_view tenant) const {
  const auto found = by_id_.find(tenant);
  return found == by_id_.end() ? nullptr : found->second;
}

const TenantRules* Registry::find_number(std::uint8_t tenant_number) const {
  return by_number_[tenant_number];
}

void Registry::index() {
  std::sort(tenants_.begin(), tenants_.end(),
            [](const auto& a, const auto& b) { return a->tenant_number() < b->tenant_number(); });
  for (const auto& tenant : tenants_) {
    CASEWHEEL_CHECK(by_number_[tenant->tenant_number()] == nullptr,
                    "two tenants have the number " + std::to_string(tenant->tenant_number()));
    by_number_[tenant->tenant_number()] = tenant.get();
    by_id_.emplace(tenant->tenant(), tenant.get());
  }
}

}  // namespace casewheel::catalogue
