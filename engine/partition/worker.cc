#include "engine/partition/worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "engine/base/limits.h"

namespace casewheel::partition {
namespace {

// How long the worker sleeps at most: a step of the machine's clock is noticed within this.
constexpr DurationMs kSleepMaxMs = 500;

// How many expiries the next turn fires at most. A commit that takes longer than kCommitMs waits for
// the device, not for what is in it: the longer it took, the more of a backlog shares the next one.
// A slice of n times the usual length costs far less than n times kCommitMs itself, so this settles
// as soon as the device does.
std::size_t slice_after(double commit_ms) {
  constexpr double kCommitMs = 20;
  const double slice = static_cast<double>(limits::kBatchExpiries) * commit_ms / kCommitMs;
  return std::clamp(static_cast<std::size_t>(slice), limits::kBatchExpiries,
                    limits::kBatchExpiriesSlow);
}

}  // namespace

Worker::Worker(std::unique_ptr<Partition> partition, storage::Store& store,
               PartitionMetrics& metrics, Options options)
    : partition_(std::move(partition)),
      store_(store),
      metrics_(metrics),
      options_(std::move(options)),
      disk_reserve_bytes_(options_.disk_reserve_bytes) {}

Worker::~Worker() { stop(); }

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::submit(Class service_class, Request request) {
  std::optional<Rejection> refusal;
  {
    const std::scoped_lock lock(mutex_);
    const bool own = service_class == Class::kEngine;
    auto& queue = own ? engine_ : service_class == Class::kPeople ? people_ : bulk_;
    const std::size_t limit =
        service_class == Class::kPeople ? limits::kPeopleQueue : limits::kBulkQueue;
    if (stopping_) {
      refusal = Rejection::of(RejectionCode::kUnavailable, "the engine is stopping",
                              limits::kRetryAfterMs);
    } else if (!own && queue.size() >= limit) {
      refusal =
          Rejection::of(RejectionCode::kOverloaded,
                        "the partition's queue is full (" + std::to_string(limit) + " requests)",
                        limits::kRetryAfterMs);
    } else if (!own && queued_bytes_ + request.bytes > limits::kQueueBytes) {
      refusal = Rejection::of(RejectionCode::kOverloaded, "the partition's queue is full (64 MiB)",
                              limits::kRetryAfterMs);
    } else {
      queued_bytes_ += request.bytes;
      queue.push_back(std::move(request));
      metrics_.queue_people = people_.size();
      metrics_.queue_bulk = bulk_.size();
    }
  }
  if (!refusal) {
    wake_.notify_one();
    return;
  }
  if (refusal->code == RejectionCode::kOverloaded) ++metrics_.overloaded;
  Answer answer;
  answer.rejection = std::move(refusal);
  request.done(std::move(answer));
}

void Worker::when_drained(TimeMs target, std::function<void(bool)> done) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) drained_.push_back({target, std::exchange(done, nullptr)});
    woken_ = true;
  }
  if (done) return done(false);
  wake_.notify_one();
}

void Worker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

// On the virtual clock a partition goes from one due instant to the next, so that a month passes in
// seconds and every deadline still fires at its own instant.
TimeMs Worker::time_of_turn(EngineClock::Reading reading) const {
  if (!options_.clock->is_virtual()) return reading.now;
  return std::min(reading.now, std::max(partition_->now(), partition_->next_instant()));
}

void Worker::take(bool busy, std::vector<Request>* requests) {
  std::vector<Request> too_late;
  {
    const std::scoped_lock lock(mutex_);
    const auto clock = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    const auto take_from = [&](std::deque<Request>& queue, std::size_t most) {
      while (most > 0 && !queue.empty() && bytes < limits::kBatchBytes) {
        Request& request = queue.front();
        queued_bytes_ -= request.bytes;
        if (request.give_up < clock) {
          too_late.push_back(std::move(request));
        } else {
          bytes += request.bytes;
          requests->push_back(std::move(request));
          --most;
        }
        queue.pop_front();
      }
    };
    take_from(engine_, engine_.size());
    take_from(people_, limits::kBatchPeople);
    take_from(bulk_, busy || !requests->empty() ? limits::kBatchBulkWhenBusy : limits::kBatchBulk);
    metrics_.queue_people = people_.size();
    metrics_.queue_bulk = bulk_.size();
  }
  if (!too_late.empty()) {
    refuse(std::move(too_late),
           Rejection::of(RejectionCode::kUnavailable,
                         "the caller's deadline passed before work began", limits::kRetryAfterMs));
  }
}

bool Worker::disk_is_full(TimeMs now) {
  const std::uint64_t reserve_bytes = disk_reserve_bytes_;
  const bool full = store_.free_bytes() < reserve_bytes;
  if (full && disk_full_since_ == 0) {
    spdlog::error(
        "partition {}: free disk space is below the reserve of {} MiB: no work is taken, deadlines "
        "wait",
        partition_->id(), reserve_bytes >> 20);
    disk_full_since_ = now;
    disk_full_until_ = 0;
  } else if (!full && disk_full_since_ != 0 && disk_full_until_ == 0) {
    spdlog::warn("partition {}: disk space is back, work goes on", partition_->id());
    disk_full_until_ = now;
  }
  if (!full && disk_full_until_ != 0 && now - disk_full_until_ > kDayMs)
    disk_full_since_ = disk_full_until_ = 0;
  if (full && disk_full_until_ != 0) disk_full_until_ = 0;
  metrics_.disk_full = full ? 1 : 0;
  return full;
}

void Worker::note_oldest_unfired(TimeMs now) {
  const TimeMs oldest = std::min(partition_->next_instant(), partition_->oldest_set_aside());
  metrics_.oldest_unfired_ms = oldest <= now ? oldest : 0;
}

domain::Moment Worker::lateness(bool frozen) {
  domain::Moment moment;
  if (frozen) moment.machine_ms = options_.clock->system_ms();
  const EngineClock::Hold jump = options_.clock->hold();
  if (jump.until != 0) {
    moment.held_from = jump.from;
    moment.held_until = jump.until;
    moment.held_cause = domain::stored::CLOCK_JUMP;
  }
  if (disk_full_until_ > moment.held_until) {
    moment.held_from = disk_full_since_;
    moment.held_until = disk_full_until_;
    moment.held_cause = domain::stored::DISK_FULL;
  }
  return moment;
}

void Worker::deliver(std::vector<Request>* requests, std::vector<Answer>* answers) {
  if (requests->empty()) return;
  boost::asio::post(options_.answers,
                    [requests = std::move(*requests), answers = std::move(*answers)]() mutable {
                      for (std::size_t i = 0; i < requests.size(); ++i) {
                        if (requests[i].done) requests[i].done(std::move(answers[i]));
                      }
                    });
  requests->clear();
  answers->clear();
}

void Worker::refuse_waiting(std::initializer_list<std::deque<Request>*> queues,
                            const Rejection& rejection) {
  std::vector<Request> requests;
  {
    const std::scoped_lock lock(mutex_);
    for (std::deque<Request>* queue : queues) {
      for (Request& request : *queue) {
        queued_bytes_ -= request.bytes;
        requests.push_back(std::move(request));
      }
      queue->clear();
    }
    metrics_.queue_people = metrics_.queue_bulk = 0;
  }
  refuse(std::move(requests), rejection);
}

void Worker::refuse(std::vector<Request> requests, const Rejection& rejection) {
  std::vector<Answer> answers(requests.size());
  for (Answer& answer : answers) answer.rejection = rejection;
  deliver(&requests, &answers);
}

void Worker::run() {
  std::vector<Request> requests;
  std::vector<Answer> answers;
  bool more_due = false;
  bool sweeping = false;
  double commit_ms = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!more_due && !sweeping && !stopping_ && !woken_ && engine_.empty() && people_.empty() &&
          bulk_.empty()) {
        const EngineClock::Reading reading = options_.clock->read();
        DurationMs sleep = kSleepMaxMs;
        if (!reading.frozen && partition_->next_instant() != kNever) {
          sleep = std::clamp<DurationMs>(partition_->next_instant() - reading.now, 0, kSleepMaxMs);
        }
        if (sleep > 0) wake_.wait_for(lock, std::chrono::milliseconds(sleep));
      }
      woken_ = false;
      if (stopping_) break;
    }
    EngineClock::Reading reading = options_.clock->read();
    if (disk_is_full(reading.now)) {
      note_oldest_unfired(reading.now);
      refuse_waiting(
          {&people_, &bulk_},
          Rejection::of(RejectionCode::kDiskFull,
                        "the disk is full: free space is below the reserve", 10 * kSecondMs));
      std::unique_lock lock(mutex_);
      if (!stopping_) wake_.wait_for(lock, std::chrono::milliseconds(kSleepMaxMs));
      continue;
    }
    const bool catching_up = time_of_turn(reading) < reading.now;
    if (!catching_up) {  // on the virtual clock requests wait until time has arrived
      take(more_due || sweeping, &requests);
    }
    // Read after the requests were taken, so that none of them arrived after the batch's own time.
    if (!options_.clock->is_virtual()) reading = options_.clock->read();
    const TimeMs now = time_of_turn(reading);
    const Partition::Turn turn = partition_->turn(now, reading.frozen, lateness(reading.frozen),
                                                  requests, &answers, slice_after(commit_ms));
    commit_ms = turn.commit_ms;
    if (!turn.status) {
      options_.fatal(turn.status.message());
      return;
    }
    sweeping = turn.sweeping;
    more_due = !reading.frozen && (turn.more_due || partition_->next_instant() <= reading.now);
    note_oldest_unfired(reading.now);
    deliver(&requests, &answers);

    if (options_.clock->is_virtual() && !more_due) {
      std::vector<std::function<void(bool)>> arrived;
      {
        const std::scoped_lock lock(mutex_);
        for (auto it = drained_.begin(); it != drained_.end();) {
          if (it->target > reading.now) {
            ++it;
            continue;
          }
          arrived.push_back(std::move(it->done));
          it = drained_.erase(it);
        }
      }
      for (auto& done : arrived)
        boost::asio::post(options_.answers, [done = std::move(done)] { done(true); });
    }
  }
  std::vector<Drained> left;
  {
    const std::scoped_lock lock(mutex_);
    left.swap(drained_);
  }
  for (Drained& waiting : left)
    boost::asio::post(options_.answers, [done = std::move(waiting.done)] { done(false); });
  refuse_waiting(
      {&engine_, &people_, &bulk_},
      Rejection::of(RejectionCode::kUnavailable, "the engine is stopping", limits::kRetryAfterMs));
}

}  // namespace casewheel::partition
