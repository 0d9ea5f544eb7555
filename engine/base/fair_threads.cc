#include "engine/base/fair_threads.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace casewheel {
namespace {

// Of the calling thread alone: Linux keeps both for each. From Linux 6.12 on a thread that wakes waits for
// the slice of the one that runs unless its own is shorter: with the longest there is, everybody's is.
// Earlier kernels look at the niceness alone. Where it is refused the threads compete like others.
void give_way(int niceness) {
  // As <linux/sched/types.h> has it, which cannot be included beside <sched.h>.
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = 0;  // of ordinary threads
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 100'000'000;  // the slice, in ns
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } wanted;
  wanted.nice = niceness;
  (void)::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace

FairThreads::FairThreads(const Limits& limits) : limits_(limits) {
  for (std::size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run(); });
}

std::optional<Rejection> FairThreads::post(const std::string& who, std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_)
      return Rejection::of(RejectionCode::kUnavailable, "the engine is stopping", limits_.retry_ms);
    const auto line = lines_.find(who);
    const std::size_t of_one = line == lines_.end() ? 0 : line->second.size();
    const bool line_is_full = !who.empty() && of_one >= limits_.waiting_of_one;
    if (line_is_full || waiting_ >= limits_.waiting) {
      return Rejection::of(RejectionCode::kOverloaded,
                           std::string("too many ") + limits_.what +
                               " at once: " + std::to_string(of_one) + " of the caller wait, " +
                               std::to_string(waiting_) + " of all",
                           limits_.retry_ms);
    }
    if (of_one == 0) turns_.push_back(who);
    lines_[who].push_back(std::move(work));
    ++waiting_;
  }
  changed_.notify_one();
  return std::nullopt;
}

std::size_t FairThreads::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_;
}

void FairThreads::join() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void FairThreads::run() {
  if (limits_.niceness != 0) give_way(limits_.niceness);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !turns_.empty() || ending_; });
    if (turns_.empty()) return;
    const std::string who = std::move(turns_.front());
    turns_.pop_front();
    const auto line = lines_.find(who);
    std::function<void()> work = std::move(line->second.front());
    line->second.pop_front();
    --waiting_;
    if (line->second.empty()) {
      lines_.erase(line);
    } else {
      turns_.push_back(who);
    }
    lock.unlock();
    work();
    work = nullptr;  // what it holds is let go of before the lock is taken
    lock.lock();
  }
}

}  // namespace casewheel
