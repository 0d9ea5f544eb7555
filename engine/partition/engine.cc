#include "engine/partition/engine.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "storage/keys.h"

namespace casewheel::partition {

namespace {

// Until every partition has answered.
struct Waiting {
  std::atomic<std::size_t> workers;
  std::atomic<bool> reached{true};
};

// Open cases the listener is given at a time.
constexpr std::size_t kLoadedAtOnce = 4096;

}  // namespace

Status load_catalogue(const storage::Store& store, CatalogueHolder* holder) {
  std::vector<stored::Catalogue> versions;
  Status bad;
  const std::string prefix = storage::kind_prefix(storage::RowKind::kCatalogue, 0);
  const Status status =
      store.scan(storage::Table::kState, prefix, storage::prefix_end(prefix),
                 [&](std::string_view, std::string_view value) {
                   stored::Catalogue catalogue;
                   if (!catalogue.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
                     bad = {Status::Code::kCorruption, "a catalogue row cannot be decoded"};
                     return false;
                   }
                   versions.push_back(std::move(catalogue));
                   return true;
                 });
  if (!status) return status;
  if (!bad) return bad;
  std::vector<stored::Calendar> calendars;
  const std::string calendar_prefix = storage::kind_prefix(storage::RowKind::kCalendar, 0);
  const Status scanned = store.scan(
      storage::Table::kState, calendar_prefix, storage::prefix_end(calendar_prefix),
      [&](std::string_view, std::string_view value) {
        if (calendars.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size())))
          return true;
        bad = {Status::Code::kCorruption, "a calendar row cannot be decoded"};
        return false;
      });
  if (!scanned) return scanned;
  if (!bad) return bad;
  holder->set(catalogue::Registry::of(std::move(versions), std::move(calendars)));
  return {};
}

Engine::Engine(std::unique_ptr<storage::Store> store, Options options)
    : options_(std::move(options)),
      store_(std::move(store)),
      log_(std::make_unique<storage::LocalLog>(*store_)) {}

Engine::~Engine() { stop(); }

Status Engine::open() {
  ClockSource& source = options_.clock_source != nullptr ? *options_.clock_source : machine_clock();
  const RandomBytes random = system_random();
  if (Status status = start_installation(*store_, options_.partitions, source.system_ms(), random,
                                         &installation_, options_.place);
      !status) {
    return status;
  }
  installation_.virtual_clock = options_.virtual_clock;
  TimeMs last_now = 0;
  TimeMs frozen_since = 0;
  for (PartitionId id = 0; id < installation_.partitions; ++id) {
    TimeMs now = 0;
    TimeMs frozen = 0;
    if (Status status = Partition::last_now(*store_, id, &now, &frozen); !status) return status;
    last_now = std::max(last_now, now);
    frozen_since = std::max(frozen_since, frozen);
  }
  if (options_.virtual_clock) {
    const TimeMs start = options_.virtual_start != 0 ? options_.virtual_start
                         : last_now != 0             ? last_now
                                                     : source.system_ms();
    clock_ = EngineClock::make_virtual(source, std::max(start, last_now));
  } else {
    clock_ = EngineClock::make_real(source, last_now, options_.clock_limits, frozen_since);
  }
  if (Status status = load_catalogue(*store_, &catalogue_); !status) return status;

  if (Status status = load_calls(); !status) return status;
  for (PartitionId id = 0; id < installation_.partitions; ++id) {
    if (Status status = open_partition(id); !status) return status;
  }
  if (options_.listener != nullptr) options_.listener->on_loaded();
  // Not before: what a partition commits would be overtaken by what was still being loaded.
  for (auto& worker : workers_) worker->start();
  return {};
}

Status Engine::open_partition(PartitionId id) {
  metrics_.push_back(std::make_unique<PartitionMetrics>());
  Partition::Parts parts;
  parts.id = id;
  parts.store = store_.get();
  parts.log = log_.get();
  parts.catalogue = &catalogue_;
  parts.listener = options_.listener;
  parts.metrics = metrics_.back().get();
  parts.damage = &damage_;
  parts.random = system_random();
  auto partition = std::make_unique<Partition>(std::move(parts), installation_);
  std::vector<CaseChange> slice;
  const auto give = [&] {
    if (options_.listener != nullptr) options_.listener->on_load(slice);
    slice.clear();
  };
  const Status opened = partition->open(clock_->read().now, [&](CaseChange&& change) {
    slice.push_back(std::move(change));
    if (slice.size() == kLoadedAtOnce) give();
  });
  if (!opened) return opened;
  give();
  if (id == 0) names_from_ = partition->versions_from();
  Worker::Options worker;
  worker.clock = clock_.get();
  worker.answers = options_.answers;
  worker.disk_reserve_bytes = options_.disk_reserve_bytes;
  worker.fatal = options_.fatal;
  workers_.push_back(
      std::make_unique<Worker>(std::move(partition), *store_, *metrics_.back(), std::move(worker)));
  return {};
}

Status Engine::load_calls() {
  if (options_.listener == nullptr) return {};
  std::uint64_t passed_over = 0;
  const Status status = visit_recent_calls(
      *store_, kCallsLoadedMs,
      [this](PartitionId id, const stored::Call& call) { options_.listener->on_load(id, call); },
      &passed_over);
  damage_.passed_over += passed_over;
  return status;
}

void Engine::set_disk_reserve(std::uint64_t bytes) {
  for (auto& worker : workers_) worker->set_disk_reserve(bytes);
}

void Engine::stop() {
  for (auto& worker : workers_) worker->stop();
}

bool Engine::submit(PartitionId partition, Class service_class, Request request) {
  if (partition >= workers_.size()) return false;
  workers_[partition]->submit(service_class, std::move(request));
  return true;
}

Status Engine::advance_clock(TimeMs target, std::function<void(bool)> done) {
  const TimeMs before = clock_->read().now;
  if (Status status = clock_->advance_to(target); !status) return status;
  auto left = std::make_shared<Waiting>();
  left->workers = workers_.size();
  // On the record even when nothing was due, so that a restart does not take time back.
  auto record = [this, before, target, done = std::move(done)](bool reached) {
    if (!reached) return done(false);
    Request request;
    request.body =
        ClockConfirmedRequest{before, target, {stored::OPERATOR, "", domain::kEveryRole}};
    request.done = [done](Answer&& answer) { done(!answer.rejection); };
    workers_.front()->submit(Class::kEngine, std::move(request));
  };
  for (auto& worker : workers_) {
    worker->when_drained(target, [left, record](bool reached) {
      if (!reached) left->reached = false;
      if (left->workers.fetch_sub(1) == 1) record(left->reached);
    });
  }
  return {};
}

void Engine::confirm_clock(domain::Who who, std::function<void(bool)> done) {
  const TimeMs before = clock_->read().now;
  clock_->confirm();
  const TimeMs after = clock_->read().now;
  auto left = std::make_shared<Waiting>();
  left->workers = workers_.size();
  for (auto& worker : workers_) {
    Request request;
    request.body = ClockConfirmedRequest{before, after, who};
    request.done = [left, done](Answer&& answer) {
      if (answer.rejection) left->reached = false;
      if (left->workers.fetch_sub(1) == 1) done(left->reached);
    };
    worker->submit(Class::kEngine, std::move(request));
  }
}

}  // namespace casewheel::partition
