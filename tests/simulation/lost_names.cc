// See lost_names.h.
#include "tests/simulation/lost_names.h"

#include <algorithm>

#include "engine/partition/installation.h"

namespace casewheel::simulation {
namespace {

template <typename Set>
void lose_of(Set& all, const Set& lost, const Set& kept) {
  all.insert(lost.begin(), lost.end());
  for (const auto& name : kept) all.erase(name);
}

template <typename Set>
auto first_met(const Set& lost, const Set& now) {
  const auto met =
      std::find_if(now.begin(), now.end(), [&](const auto& name) { return lost.contains(name); });
  return met == now.end() ? nullptr : &*met;
}

std::string case_text(CaseKey key) { return format_case_number(key.first, CaseId{key.second}); }

std::string met_within(const char* what, const Names::Within& lost, const Names::Within& now) {
  const auto* met = first_met(lost, now);
  if (met == nullptr) return {};
  return "case " + case_text(met->first) + ": " + what + " " + std::to_string(met->second) +
         " was given out before in a lost time";
}

}  // namespace

Backup take_backup(const World& world, const Ledger& ledger) {
  Backup backup{{}, ledger, world.hindrances};
  for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
    const Status status =
        world.store.scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
          backup.rows.put(table, std::string(key), std::string(value));
          return true;
        });
    CASEWHEEL_CHECK(status.is_ok(), status.message());
  }
  return backup;
}

void go_back_to(const Backup& backup, World& world, Ledger& ledger) {
  storage::Batch batch;
  for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
    const Status status =
        world.store.scan(table, {}, {}, [&](std::string_view key, std::string_view) {
          batch.erase(table, std::string(key));
          return true;
        });
    CASEWHEEL_CHECK(status.is_ok(), status.message());
  }
  for (const storage::Batch::Change& row : backup.rows.changes())
    batch.put(row.table, row.key, row.value);
  const Status written = world.store.write(batch);
  CASEWHEEL_CHECK(written.is_ok(), written.message());
  world.restore_mark();
  world.hindrances = backup.hindrances;
  ledger = backup.ledger;
}

Names Names::of(const History& history) {
  Names names;
  for (const auto& [key, happenings] : history.cases) {
    names.cases.insert(key);
    for (const Happening& what : happenings) {
      const stored::Event& event = *what.event;
      names.revisions.emplace(key, event.revision());
      if (event.has_clock_started()) names.clocks.emplace(key, event.clock_started().clock());
      if (event.has_step_fired()) names.escalations.emplace(key, event.step_fired().escalation());
    }
  }
  for (const auto& [partition, journal] : history.journal) {
    for (const stored::JournalEntry& entry : journal) {
      for (const stored::Event& event : entry.events()) {
        if (!event.has_call_changed()) continue;
        const stored::Call& call = event.call_changed().call();
        names.calls.emplace(CallKey{partition, partition::call_id_of(call.call_id())},
                            call.version());
      }
    }
  }
  return names;
}

void LostNames::lose(const Names& lost, const Names& kept) {
  lose_of(lost_.cases, lost.cases, kept.cases);
  lose_of(lost_.revisions, lost.revisions, kept.revisions);
  lose_of(lost_.clocks, lost.clocks, kept.clocks);
  lose_of(lost_.escalations, lost.escalations, kept.escalations);
  // One the backup does not know is heard of anew, as the exchange names it, under another key.
  for (const auto& [call, version] : lost.calls) {
    const auto known = kept.calls.lower_bound({call, 0});
    if (known != kept.calls.end() && known->first == call) lost_.calls.emplace(call, version);
  }
  for (const auto& name : kept.calls) lost_.calls.erase(name);
}

std::string LostNames::met_again(const Names& now) const {
  if (const CaseKey* met = first_met(lost_.cases, now.cases))
    return "case number " + case_text(*met) + " was given out before in a lost time";
  for (const auto& [what, lost, here] :
       {std::tuple("revision", &lost_.revisions, &now.revisions),
        std::tuple("clock", &lost_.clocks, &now.clocks),
        std::tuple("escalation", &lost_.escalations, &now.escalations)}) {
    if (std::string met = met_within(what, *lost, *here); !met.empty()) return met;
  }
  if (const auto* met = first_met(lost_.calls, now.calls))
    return "version " + std::to_string(met->second) +
           " of a call was given out before in a lost time";
  return {};
}

}  // namespace casewheel::simulation
