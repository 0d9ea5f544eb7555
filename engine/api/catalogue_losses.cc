#include "engine/api/catalogue_losses.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "engine/api/work.h"
#include "engine/catalogue/calendar/days_off.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

using Loss = v1::ApplyCatalogueResponse::Loss;

constexpr int kExamplesMax = 5;

template <typename Entries>
std::vector<std::string> dropped_ids(const Entries& before, const Entries& after) {
  std::unordered_set<std::string> kept;
  for (const auto& entry : after) kept.insert(entry.id());
  std::vector<std::string> gone;
  for (const auto& entry : before) {
    if (!kept.contains(entry.id())) gone.push_back(entry.id());
  }
  return gone;
}

void add_example(const std::string& example, google::protobuf::RepeatedPtrField<std::string>* out) {
  if (out->size() < kExamplesMax) *out->Add() = example;
}

std::string counted_as(std::uint64_t count, const std::string& one, const std::string& many,
                       const google::protobuf::RepeatedPtrField<std::string>& examples) {
  std::string text = std::to_string(count) + " " + (count == 1 ? one : many) + " (";
  for (const std::string& example : examples)
    text += (&example == &examples.Get(0) ? "" : ", ") + example;
  return text + (static_cast<std::uint64_t>(examples.size()) < count ? ", ...)" : ")");
}

std::string written_loss(const Loss& loss) {
  std::string text = loss.subject();
  const char* joint = " with ";
  const auto add = [&](std::uint64_t count, const char* one, const char* many,
                       const google::protobuf::RepeatedPtrField<std::string>& examples) {
    if (count == 0) return;
    text += joint + counted_as(count, one, many, examples);
    joint = " and ";
  };
  add(loss.open_cases(), "open case", "open cases", loss.case_numbers());
  add(loss.accounts(), "account", "accounts", loss.account_names());
  add(loss.days_off(), "day off", "days off", loss.dates());
  return text;
}

}  // namespace

DroppedEntries::DroppedEntries(const stored::Catalogue& before, const stored::Catalogue& after)
    : tenant_(before.tenant()) {
  for (const std::string& id : dropped_ids(before.services(), after.services()))
    add(What::kService, "service ", id);
  for (const std::string& id : dropped_ids(before.staff(), after.staff()))
    add(What::kStaff, "staff ", id);
  for (const std::string& id : dropped_ids(before.units(), after.units()))
    add(What::kUnit, "unit ", id);
}

void DroppedEntries::add(What what, const char* word, const std::string& id) {
  Entry& entry = entries_.emplace_back();
  entry.what = what;
  entry.id = id;
  entry.loss.set_subject(word + id);
}

void DroppedEntries::count_case(CaseAddress address, const stored::ClockRow& row) {
  for (Entry& entry : entries_) {
    const std::string& of_case = entry.what == What::kService ? row.service()
                                 : entry.what == What::kStaff ? row.handler()
                                                              : row.unit();
    if (of_case != entry.id) continue;
    entry.loss.set_open_cases(entry.loss.open_cases() + 1);
    add_example(format_case_number(address.partition, address.id),
                entry.loss.mutable_case_numbers());
  }
}

void DroppedEntries::count_account(
    const std::string& name, const std::string& staff,
    const google::protobuf::RepeatedPtrField<stored::Grant>& grants) {
  for (Entry& entry : entries_) {
    const bool by_grant =
        entry.what == What::kUnit &&
        std::any_of(grants.begin(), grants.end(), [&](const stored::Grant& grant) {
          return grant.tenant() == tenant_ && grant.unit() == entry.id;
        });
    if (!by_grant && (entry.what != What::kStaff || staff != entry.id)) continue;
    entry.loss.set_accounts(entry.loss.accounts() + 1);
    add_example(name, entry.loss.mutable_account_names());
  }
}

Status DroppedEntries::count(const Services& services, std::uint8_t tenant_number, Work& work) {
  if (services.book != nullptr) {
    for (const stored::Account& account : services.book->accounts()) {
      if (account.disabled()) continue;
      count_account(account.name(), account.tenant() == tenant_ ? account.staff() : "",
                    account.grants());
    }
    for (const stored::ApiKey& key : services.book->keys())
      count_account("key " + key.id(), "", key.grants());
  }
  const auto snapshot = services.engine.store().snapshot();
  for (PartitionId id = 0; id < services.engine.partitions(); ++id) {
    // Behind the prefix stands the case's id, whose first byte is the tenant's number.
    const std::string prefix = storage::kind_prefix(storage::RowKind::kClock, id) +
                               std::string(1, static_cast<char>(tenant_number));
    storage::PassedOver passed;
    bool waited_for = true;
    const Status status = storage::scan_readable(
        *snapshot, storage::Table::kState, prefix, storage::prefix_end(prefix),
        [&](std::string_view key, std::string_view value) {
          waited_for = work.goes_on();
          stored::ClockRow row;
          const std::optional<CaseAddress> address = storage::decode_clock_key(key);
          if (address && row.ParseFromArray(value.data(), static_cast<int>(value.size())))
            count_case(*address, row);
          return waited_for;
        },
        &passed);
    if (!waited_for) return {Status::Code::kBusy, "nobody waits for it"};
    if (!status) return status;
    services.engine.damage().passed_over += passed.stretches.size();
  }
  return {};
}

void DroppedEntries::fill(v1::ApplyCatalogueResponse::TenantChange* out) const {
  for (const Entry& entry : entries_) {
    if (entry.loss.open_cases() != 0 || entry.loss.accounts() != 0) *out->add_losses() = entry.loss;
  }
}

void add_days_off_lost(const catalogue::TenantRules& before, const catalogue::TenantRules& after,
                       v1::ApplyCatalogueResponse::TenantChange* out) {
  std::set<std::pair<std::string, std::string>> compared;
  for (const stored::Unit& unit : before.catalogue().units()) {
    const std::string& then = before.calendar_of(unit.id());
    const std::string& now = after.calendar_of(unit.id());
    if (then == now || !after.has_unit(unit.id()) || !compared.emplace(then, now).second) continue;
    const std::vector<catalogue::DayOff> lost = catalogue::days_off_lost(
        before.calendars().latest(), then, after.calendars().latest(), now);
    if (lost.empty()) continue;
    Loss& loss = *out->add_losses();
    loss.set_subject("calendar " + then + (now.empty() ? "" : " -> " + now));
    loss.set_days_off(lost.size());
    for (const catalogue::DayOff& day : lost)
      add_example(catalogue::written_day_off(day), loss.mutable_dates());
  }
}

std::string written_losses(const v1::ApplyCatalogueResponse& response) {
  std::string text;
  for (const auto& tenant : response.tenants()) {
    for (const Loss& loss : tenant.losses())
      text += (text.empty() ? "" : "; ") + written_loss(loss);
  }
  return text;
}

}  // namespace casewheel::api
