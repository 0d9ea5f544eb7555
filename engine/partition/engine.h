// The running engine: the store's partitions with their threads, the catalogue and the clock. This
// is what doors and api see. Thread-safe after open().
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/metrics.h"
#include "engine/partition/catalogue_holder.h"
#include "engine/partition/worker.h"
#include "storage/log.h"

namespace casewheel::partition {

class Engine {
 public:
  struct Options {
    std::uint32_t partitions = 1;  // of a new installation
    bool virtual_clock = false;
    TimeMs virtual_start = 0;  // 0: the machine's time, or the last commit if that is later
    ClockSource* clock_source = nullptr;
    ClockLimits clock_limits;
    std::uint64_t disk_reserve_bytes = 0;
    std::uint64_t place = 0;  // as start_installation() takes it
    boost::asio::any_io_executor answers;
    Listener* listener = nullptr;
    std::function<void(const std::string&)> fatal;
  };

  Engine(std::unique_ptr<storage::Store> store, Options options);
  ~Engine();

  // Rebuilds everything from the store, gives the listener all it loads, and only then starts the
  // partitions.
  Status open();
  void stop();

  // The partition a new case goes to, by the digest of its tenant and request_id.
  PartitionId route(const storage::Digest16& dedupe) const {
    return static_cast<PartitionId>((std::uint32_t{dedupe[14]} << 8 | dedupe[15]) %
                                    workers_.size());
  }
  // False when there is no such partition.
  bool submit(PartitionId partition, Class service_class, Request request);

  // Virtual clock: moves time on and calls back when all deadlines up to it have fired, with false when
  // the engine stops before that.
  Status advance_clock(TimeMs target, std::function<void(bool)> done);
  // Accepts the machine's time after a jump, on the record; calls back with false when the engine stops
  // before that is durable.
  void confirm_clock(domain::Who who, std::function<void(bool)> done);

  // Free space below which no work is taken, from now on.
  void set_disk_reserve(std::uint64_t bytes);

  EngineClock& clock() { return *clock_; }
  CatalogueHolder& catalogue() { return catalogue_; }
  storage::Store& store() { return *store_; }
  storage::Log& log() { return *log_; }
  const Installation& installation() const { return installation_; }
  // Versions of what belongs to the installation are this at least, see restored.h; 0: any.
  std::uint32_t names_from() const { return names_from_; }
  PartitionId partitions() const { return static_cast<PartitionId>(workers_.size()); }
  const PartitionMetrics& metrics(PartitionId partition) const { return *metrics_[partition]; }
  DamageMetrics& damage() { return damage_; }

 private:
  Status open_partition(PartitionId id);
  Status load_calls();

  Options options_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Log> log_;
  std::unique_ptr<EngineClock> clock_;
  CatalogueHolder catalogue_;
  Installation installation_;
  std::uint32_t names_from_ = 0;
  DamageMetrics damage_;
  std::vector<std::unique_ptr<PartitionMetrics>> metrics_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

// The catalogue in force, from its stored versions.
Status load_catalogue(const storage::Store& store, CatalogueHolder* holder);

}  // namespace casewheel::partition
