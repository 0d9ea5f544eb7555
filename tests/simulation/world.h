// The core as the daemon runs it, on one thread: partitions over a store that loses power when told
// to, an engine clock over a machine clock that is set at will, and the board behind the
// publications. What Worker and Engine do around a Partition (time, holds, the disk) is done here
// the same way, but when the simulation says so.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/clock.h"
#include "engine/partition/engine.h"
#include "engine/partition/partition.h"
#include "engine/views/board.h"
#include "storage/log.h"
#include "storage/memory/memory_store.h"
#include "tests/simulation/random.h"

namespace casewheel::simulation {

namespace stored = ::casewheel::journal::v1;

class MachineClock final : public ClockSource {
 public:
  TimeMs system_ms() override { return system; }
  std::int64_t steady_ms() override { return steady; }
  TimeMs system = 0;
  std::int64_t steady = 0;
};

// A stretch in which the engine could not fire in time, and why.
struct Hindrance {
  TimeMs from = 0;
  TimeMs until = 0;
  stored::LatenessCause cause = stored::CAUSE_UNSPECIFIED;
};

class World final : public partition::Listener {
 public:
  World(std::uint64_t seed, PartitionId partitions, TimeMs start);

  // A process starts on the store as it is; false when the armed fault struck meanwhile.
  bool start();
  // The process ends, by whatever means; the store keeps what is durable.
  void end();
  bool running() const { return !partitions_.empty(); }
  void restore_mark();  // as if the directory had come from a backup

  // One turn of a partition at the machine's time. False: the store failed, nothing was answered and
  // the process is to end.
  bool turn(PartitionId id, std::span<partition::Request> requests,
            std::vector<partition::Answer>* answers);
  // Turns until nothing is due; false as turn(). `turns` bounds it, 0 for as many as it takes.
  bool drain();

  // The machine's time passes. By itself the engine does not notice.
  void pass(DurationMs duration) {
    machine.system += duration;
    machine.steady += duration;
  }
  // The same with the engine awake: it fires each thing at its instant. False as turn().
  bool pass_awake(DurationMs duration);
  void hinder(TimeMs from, TimeMs until, stored::LatenessCause cause) {
    hindrances.push_back({from, until, cause});
  }

  EngineClock& clock() { return *clock_; }
  partition::Partition& at(PartitionId id) { return *partitions_[id]; }
  PartitionId partitions() const { return count_; }
  views::Board& board() { return *board_; }
  bool disk_is_full() const { return disk_full_since_ != 0 && disk_full_until_ == 0; }
  void set_disk_full(bool full);

  void on_commit(const partition::Publication& publication) override;

  MachineClock machine;
  storage::MemoryStore store;
  std::vector<Hindrance> hindrances;
  std::vector<partition::CaseChange> just_changed;  // since the caller last emptied it
  partition::CatalogueHolder catalogue;
  std::size_t relaid_max = 4;  // small, so that a sweep takes many turns
  bool race_loading = false;   // views load half of it behind a first turn, which they must bear
  bool died_sweeping = false;  // the last turn that failed was one slice of a longer sweep

 private:
  bool load_views(const std::vector<partition::CaseChange>& open);
  domain::Moment lateness();

  PartitionId count_;
  Random key_random_;
  std::unique_ptr<storage::LocalLog> log_;
  std::unique_ptr<EngineClock> clock_;
  std::vector<std::unique_ptr<PartitionMetrics>> metrics_;
  std::vector<std::unique_ptr<partition::Partition>> partitions_;
  std::map<PartitionId, bool> sweeping_;
  boost::asio::io_context executor_;
  std::unique_ptr<views::Board> board_;
  TimeMs disk_full_since_ = 0;
  TimeMs disk_full_until_ = 0;
};

}  // namespace casewheel::simulation
