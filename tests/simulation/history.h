// What the store holds, read back the plain way: the journal as a list, its events by case, and the
// rows as they stand. Read anew for every full check; shares nothing with the engine but the formats.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/partition/seal.h"
#include "storage/keys.h"
#include "storage/store.h"
#include "tests/simulation/slow_calendar.h"

namespace casewheel::simulation {

namespace stored = ::casewheel::journal::v1;

using CaseKey = std::pair<PartitionId, std::uint64_t>;
using CallKey = std::pair<PartitionId, storage::Digest16>;
inline CaseKey key_of(CaseAddress address) { return {address.partition, address.id.value}; }

struct Happening {
  TimeMs now = 0;  // of its journal entry
  std::uint64_t seq = 0;
  TimeMs engine_start = 0;  // of the engine that wrote it
  bool restored = false;
  const stored::Event* event = nullptr;
  std::uint32_t names_from =
      0;  // of a case from before the latest restore: revisions go on from here
};

struct History {
  struct Row {
    bool stored = false;  // there is a case row
    partition::SealKey key{};
    stored::CaseState state;
    bool has_clock_row = false;
    stored::ClockRow clock_row;
  };

  std::map<PartitionId, std::vector<stored::JournalEntry>> journal;
  std::map<CaseKey, std::vector<Happening>> cases;
  std::map<CaseKey, Row> rows;
  std::map<CallKey, stored::Call> calls;  // as their rows have them
  std::map<std::pair<std::uint32_t, std::uint32_t>, stored::Catalogue>
      catalogues;  // tenant number, version
  SlowCalendars calendars;
  std::map<PartitionId, stored::PartitionHead> heads;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t>
      cursors;                                 // by event: source and partition to position
  std::map<std::string, std::uint64_t> trail;  // what audit lines are about: how often each stands
  std::map<PartitionId, std::map<std::string, std::vector<std::uint64_t>>>
      lodged_under;     // dedupe digest to cases
  std::string problem;  // something could not be read

  // The newest edition of the time rules that policies of this tenant were carried to open cases by.
  std::uint64_t policies_carried_at(std::uint32_t tenant_number) const;
  // The edition of the time rules in force for this tenant.
  std::uint64_t edition_of(std::uint32_t tenant_number) const;
  // The newest of all.
  std::uint64_t edition() const;

  static History read(const storage::Store& store, PartitionId partitions);
};

}  // namespace casewheel::simulation
