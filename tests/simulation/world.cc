// See world.h.
#include "tests/simulation/world.h"

#include <algorithm>

namespace casewheel::simulation {

World::World(std::uint64_t seed, PartitionId partitions, TimeMs start)
    : count_(partitions), key_random_(seed) {
  machine.system = start;
  machine.steady = 1'000'000;
}

bool World::start() {
  const partition::RandomBytes random = [this](std::uint8_t* out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(key_random_.next());
  };
  log_ = std::make_unique<storage::LocalLog>(store);
  partition::Installation installation;
  if (!partition::start_installation(store, count_, machine.system, random, &installation))
    return false;
  TimeMs last_now = 0;
  TimeMs frozen_since = 0;
  for (PartitionId id = 0; id < count_; ++id) {
    TimeMs now = 0;
    TimeMs frozen = 0;
    if (!partition::Partition::last_now(store, id, &now, &frozen)) return false;
    last_now = std::max(last_now, now);
    frozen_since = std::max(frozen_since, frozen);
  }
  clock_ = EngineClock::make_real(machine, last_now, {}, frozen_since);
  disk_full_since_ = disk_full_until_ = 0;
  if (!partition::load_catalogue(store, &catalogue)) return false;
  board_ = std::make_unique<views::Board>(executor_.get_executor());
  std::vector<partition::CaseChange> open;
  for (PartitionId id = 0; id < count_; ++id) {
    metrics_.push_back(std::make_unique<PartitionMetrics>());
    partition::Partition::Parts parts;
    parts.id = id;
    parts.store = &store;
    parts.log = log_.get();
    parts.catalogue = &catalogue;
    parts.listener = this;
    parts.metrics = metrics_.back().get();
    parts.random = random;
    parts.relaid_max = relaid_max;
    auto partition = std::make_unique<partition::Partition>(std::move(parts), installation);
    const Status opened = partition->open(clock_->read().now, [&](partition::CaseChange&& change) {
      open.push_back(std::move(change));
    });
    partitions_.push_back(std::move(partition));
    if (!opened) return false;
  }
  return load_views(open);
}

// The engine loads everything before it starts a partition. A view must not rely on it: of what was
// published in between, nothing may be overwritten by what the store held before.
bool World::load_views(const std::vector<partition::CaseChange>& open) {
  const auto half = open.begin() + static_cast<std::ptrdiff_t>(open.size() / 2);
  std::vector<std::pair<PartitionId, stored::Call>> calls;
  std::uint64_t passed_over = 0;
  const Status visited = partition::visit_recent_calls(
      store, partition::kCallsLoadedMs,
      [&](PartitionId id, const stored::Call& call) { calls.emplace_back(id, call); },
      &passed_over);
  CASEWHEEL_CHECK(passed_over == 0, "a call that was written can be read");
  if (!visited) return false;
  board_->load({open.begin(), half});
  std::vector<partition::Answer> none;
  for (PartitionId id = 0; race_loading && id < count_; ++id) {
    if (!turn(id, {}, &none)) return false;
  }
  board_->load({half, open.end()});
  for (const auto& [id, call] : calls) board_->on_load(id, call);
  board_->loaded();
  executor_.restart();
  executor_.run();
  return true;
}

void World::end() {
  partitions_.clear();
  metrics_.clear();
  clock_.reset();
  log_.reset();
  board_.reset();
  executor_.restart();
  executor_.run();
  catalogue.set(catalogue::Registry::empty());
  just_changed.clear();
  sweeping_.clear();
  store.reopen();
}

void World::restore_mark() {
  const Status marked = partition::mark_restored(store);
  CASEWHEEL_CHECK(marked.is_ok(), marked.message());
}

void World::set_disk_full(bool full) {
  const TimeMs now = clock_->read().now;
  if (full && disk_full_since_ == 0) {
    disk_full_since_ = now;
    disk_full_until_ = 0;
  } else if (full) {
    disk_full_until_ = 0;
  } else if (disk_full_since_ != 0) {
    disk_full_until_ = now;
    hinder(disk_full_since_, now, stored::DISK_FULL);
  }
}

domain::Moment World::lateness() {
  domain::Moment moment;
  if (clock_->read().frozen) moment.machine_ms = machine.system;
  const EngineClock::Hold jump = clock_->hold();
  if (jump.until != 0) {
    moment.held_from = jump.from;
    moment.held_until = jump.until;
    moment.held_cause = stored::CLOCK_JUMP;
  }
  if (disk_full_until_ > moment.held_until) {
    moment.held_from = disk_full_since_;
    moment.held_until = disk_full_until_;
    moment.held_cause = stored::DISK_FULL;
  }
  return moment;
}

bool World::turn(PartitionId id, std::span<partition::Request> requests,
                 std::vector<partition::Answer>* answers) {
  answers->clear();
  if (disk_is_full()) {
    answers->resize(requests.size());
    for (partition::Answer& answer : *answers)
      answer.rejection = Rejection::of(RejectionCode::kDiskFull, "full");
    return true;
  }
  const EngineClock::Reading reading = clock_->read();
  const partition::Partition::Turn turn =
      at(id).turn(reading.now, reading.frozen, lateness(), requests, answers);
  sweeping_[id] = turn.sweeping;
  died_sweeping = !turn.status && turn.sweeping;
  executor_.restart();
  executor_.run();
  return turn.status.is_ok();
}

bool World::drain() {
  std::vector<partition::Answer> none;
  for (PartitionId id = 0; id < count_; ++id) {
    for (;;) {
      const EngineClock::Reading reading = clock_->read();
      if (reading.frozen || disk_is_full()) return true;
      if (!turn(id, {}, &none)) return false;
      if (at(id).next_instant() > reading.now && !sweeping_[id]) break;
    }
  }
  return true;
}

bool World::pass_awake(DurationMs duration) {
  const TimeMs until = machine.system + duration;
  while (machine.system < until) {
    if (clock_->read().frozen || disk_is_full()) {  // it waits for somebody
      pass(until - machine.system);
      return true;
    }
    TimeMs next = until;
    for (PartitionId id = 0; id < count_; ++id) next = std::min(next, at(id).next_instant());
    // The worker sleeps at least a millisecond and at most until the next instant.
    pass(std::clamp<DurationMs>(next - machine.system, 1, until - machine.system));
    if (!drain()) return false;
  }
  return true;
}

void World::on_commit(const partition::Publication& publication) {
  board_->on_commit(publication);
  just_changed.insert(just_changed.end(), publication.changes.begin(), publication.changes.end());
}

}  // namespace casewheel::simulation
