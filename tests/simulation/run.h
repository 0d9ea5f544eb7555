// One seed: a world, its callers, its mishaps, and the checkers after each restart and at the end.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/checkers.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/lost_names.h"
#include "tests/simulation/traffic.h"

namespace casewheel::simulation {

class Run {
 public:
  Run(std::uint64_t seed, std::uint64_t steps, bool verbose);
  // What is wrong and at which step, or empty.
  std::string go(Coverage* coverage);

 private:
  // One step; false when the process died in it. Sets problem_.
  bool step();
  bool serve(std::vector<Asked> asked, PartitionId partition);
  bool serve_batch();
  bool meet_an_instant();  // requests at the very millisecond something is due
  bool storm();
  bool confirm();
  void idle();               // the engine sleeps through it
  void set_machine_clock();  // somebody does
  bool change_rules();
  bool toggle_disk();
  bool finish_merges();
  void arm_fault(std::uint64_t writes_before);
  // Starts again after the end of a process, however often that takes.
  void come_back(bool crashed);
  void check(bool drained);
  void go_back();  // to a backup, and loses what came after it
  void say(const std::string& what) const;

  const std::uint64_t steps_;
  const bool verbose_;
  Random random_;
  World world_;
  Ledger ledger_;
  Traffic traffic_;
  Coverage seen_;
  std::vector<Backup> backups_;
  LostNames lost_;
  std::string problem_;
  std::uint64_t step_ = 0;
  storage::MemoryStore::Fault armed_ = storage::MemoryStore::Fault::kNone;
  std::uint64_t storm_size_ = 0;
};

}  // namespace casewheel::simulation
