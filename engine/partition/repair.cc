#include "engine/partition/repair.h"

#include <algorithm>
#include <set>

#include "engine/base/limits.h"
#include "engine/catalogue/catalogue.h"
#include "engine/partition/installation.h"
#include "engine/partition/rebuild.h"

namespace casewheel::partition {
namespace {

// The count of starts; what is left of it where its row is gone.
std::uint64_t latest_epoch(const SalvagePool& pool, PartitionId partitions) {
  std::uint64_t epoch = pool.start().epoch();
  for (PartitionId id = 0; id < partitions; ++id) {
    if (const journal::v1::PartitionHead* head = pool.head(id))
      epoch = std::max(epoch, head->epoch());
  }
  return epoch;
}

// Without its calendar a clock counts by the wall.
void name_missing_calendars(const catalogue::Registry& registry, RepairReport* report) {
  const catalogue::CalendarSet& calendars = registry.calendars().latest();
  for (const auto& rules : registry.list()) {
    std::set<std::string> named = {rules->catalogue().calendar()};
    for (const journal::v1::Unit& unit : rules->catalogue().units()) named.insert(unit.calendar());
    for (const std::string& id : named) {
      if (!id.empty() && calendars.stored_calendar(id) == nullptr)
        report->notes.push_back("calendar " + id + " of " + rules->tenant() +
                                " is lost: apply it again, or its dates count day and night");
    }
  }
}

}  // namespace

Status repair(const SalvagePool& pool, bool state_is_whole, TimeMs machine_now,
              const RandomBytes& random, storage::Store& out, RepairReport* report) {
  if (!pool.installation()) {
    return {
        Status::Code::kCorruption,
        "the installation's own row cannot be read, in neither place: without its secret nothing "
        "of the rest can be opened; restore a backup"};
  }
  const journal::v1::Installation& installation = *pool.installation();
  if (installation.partitions() > limits::kPartitionsMax)
    return {Status::Code::kCorruption, "the installation's own row makes no sense"};
  const auto partitions = static_cast<PartitionId>(installation.partitions());
  if (pool.start().epoch() == 0)
    report->notes.emplace_back("the count of starts was lost and taken from the journal");
  Rebuild::Parts parts;
  parts.pool = &pool;
  parts.out = &out;
  parts.report = report;
  parts.secret = installation.secret();
  parts.epoch = latest_epoch(pool, partitions) + 1;
  parts.machine_now = machine_now;
  parts.state_is_whole = state_is_whole;
  parts.random = random;
  journal::v1::StartRecord start = pool.start();
  start.set_epoch(parts.epoch);
  if (Status status = write_installation(out, installation, start); !status) return status;
  std::shared_ptr<const catalogue::Registry> registry;
  for (PartitionId id = 0; id < partitions; ++id) {
    Rebuild rebuild(parts, id);
    if (Status status = rebuild.begin(); !status) return status;
    if (id == 0) {
      registry = rebuild.registry();
      name_missing_calendars(*registry, report);
    }
    if (Status status = rebuild.finish(*registry); !status) return status;
  }
  return {};
}

}  // namespace casewheel::partition
