// A partition's thread and its queues. People at work and bulk intake wait in queues of their own,
// both bounded; what does not fit is refused at once with a hint when to come back. Each turn serves
// deadlines first, then people, then bulk, and no class can starve another: the slices are bounded.
// submit() and the figures may be called from any thread; all else happens on the worker's.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/base/clock.h"
#include "engine/partition/partition.h"

namespace casewheel::partition {

enum class Class : std::uint8_t {
  kPeople,
  kBulk,
  kEngine,  // the engine's own few: what they record has been done, so no full queue or disk refuses them
};

class Worker {
 public:
  struct Options {
    EngineClock* clock = nullptr;
    boost::asio::any_io_executor answers;  // runs the callers' Done, off the partition thread
    std::uint64_t disk_reserve_bytes = 0;
    std::function<void(const std::string&)> fatal;  // a write's fate is unknown: end the process
  };

  Worker(std::unique_ptr<Partition> partition, storage::Store& store, PartitionMetrics& metrics,
         Options options);
  ~Worker();

  void start();
  // Ends after the batch at hand; what waits is answered with UNAVAILABLE.
  void stop();

  // Answers through request.done, at once when the queue is full. The engine's own requests wait
  // while the disk is full and are refused only at the end.
  void submit(Class service_class, Request request);

  // Runs `done` when nothing is due at `target` or before, the queue aside; with false when the worker
  // stops before that. Virtual clock.
  void when_drained(TimeMs target, std::function<void(bool)> done);
  // The clock has moved or was confirmed: look again.
  void wake();
  // From now on instead of that of the options.
  void set_disk_reserve(std::uint64_t bytes) { disk_reserve_bytes_ = bytes; }

 private:
  void run();
  TimeMs time_of_turn(EngineClock::Reading reading) const;
  void take(bool busy, std::vector<Request>* requests);
  bool disk_is_full(TimeMs now);
  void note_oldest_unfired(TimeMs now);
  domain::Moment lateness(bool frozen);
  void deliver(std::vector<Request>* requests, std::vector<Answer>* answers);
  void refuse_waiting(std::initializer_list<std::deque<Request>*> queues,
                      const Rejection& rejection);
  void refuse(std::vector<Request> requests, const Rejection& rejection);

  std::unique_ptr<Partition> partition_;
  storage::Store& store_;
  PartitionMetrics& metrics_;
  Options options_;
  std::atomic<std::uint64_t> disk_reserve_bytes_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Request> engine_;
  std::deque<Request> people_;
  std::deque<Request> bulk_;
  std::size_t queued_bytes_ = 0;
  struct Drained {
    TimeMs target;
    std::function<void(bool)> done;
  };
  std::vector<Drained> drained_;
  bool stopping_ = false;
  bool woken_ = false;

  // The worker's own.
  TimeMs disk_full_since_ = 0;
  TimeMs disk_full_until_ = 0;
  std::thread thread_;
};

}  // namespace casewheel::partition
