// Backups a run has taken, and the names its histories gave out before it went back to one of them. A
// name of a lost time is an answer somebody still holds: no later history may give it to something else.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"
#include "tests/simulation/history.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

struct Backup {
  storage::Batch rows;
  Ledger ledger;  // what callers had been told by then
  std::vector<Hindrance> hindrances;
};
Backup take_backup(const World& world, const Ledger& ledger);
// The store is as it was when the backup was taken, and marked as restored. While no process runs.
void go_back_to(const Backup& backup, World& world, Ledger& ledger);

// What callers may hold of a history.
struct Names {
  using Within = std::set<std::pair<CaseKey, std::uint32_t>>;
  std::set<CaseKey> cases;
  Within revisions;  // etags, ids of attachments and of requests for extension
  Within clocks;
  Within escalations;
  std::set<std::pair<CallKey, std::uint32_t>> calls;  // by version

  static Names of(const History& history);
};

class LostNames {
 public:
  // `lost` was given up for `kept`, the history of a backup.
  void lose(const Names& lost, const Names& kept);
  // Which of them the history has given to something else; empty: none.
  std::string met_again(const Names& now) const;

 private:
  Names lost_;
};

}  // namespace casewheel::simulation
