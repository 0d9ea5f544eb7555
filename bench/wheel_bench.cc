// What the wheel costs, next to what one would have used instead: std::multimap and
// boost::asio::steady_timer. Feeds `wheel_vs_multimap`, `wheel_vs_asio` and `wheel_bytes_per_timer`
// of bench/README.md. Owned by bench/; one thread, no clock but the benchmark's own.
//
// Every benchmark of a size arms the same instants, spread at random over 30 days, and re-arms
// timers picked at random to instants picked likewise. `bytes_per_timer` is what the process's
// resident set grew by, so the three are counted alike; the caller's own handles are left out,
// except for asio, where the timer object is the handle.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <vector>

#include "engine/wheel/wheel.h"

namespace casewheel {
namespace {

constexpr TimeMs kStart = 1784000000000;  // July 2026
constexpr DurationMs kSpread = 30 * kDayMs;
constexpr std::int64_t kRearms = 2'000'000;

// SplitMix64: a couple of nanoseconds, so that what is measured is the timers.
class Random {
 public:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Lemire's multiplication instead of a division.
  std::uint64_t below(std::uint64_t limit) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
  }
  TimeMs due() { return kStart + 1 + static_cast<TimeMs>(below(kSpread)); }

 private:
  std::uint64_t state_ = 20260714;
};

double resident_bytes() {
  malloc_trim(0);  // what an earlier benchmark freed must not count as already there
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void report_bytes(benchmark::State& state, double resident_before) {
  state.counters["bytes_per_timer"] =
      (resident_bytes() - resident_before) / static_cast<double>(state.range(0));
}

void BM_rearm_wheel(benchmark::State& state) {
  Random random;
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<wheel::Handle> handles(count);
  const double before = resident_bytes();
  wheel::Wheel wheel(kStart);
  for (std::size_t i = 0; i < count; ++i) handles[i] = wheel.schedule(random.due(), i);
  report_bytes(state, before);
  for (auto _ : state) wheel.rearm(handles[random.below(count)], random.due());
}

// The same by two calls, which cannot notice that an entry stays in its slot.
void BM_cancel_and_schedule_wheel(benchmark::State& state) {
  Random random;
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<wheel::Handle> handles(count);
  wheel::Wheel wheel(kStart);
  for (std::size_t i = 0; i < count; ++i) handles[i] = wheel.schedule(random.due(), i);
  for (auto _ : state) {
    const std::size_t i = random.below(count);
    wheel.cancel(handles[i]);
    handles[i] = wheel.schedule(random.due(), i);
  }
}

void BM_rearm_multimap(benchmark::State& state) {
  Random random;
  const auto count = static_cast<std::size_t>(state.range(0));
  using Queue = std::multimap<TimeMs, std::uint64_t>;
  std::vector<Queue::iterator> handles(count);
  const double before = resident_bytes();
  Queue queue;
  for (std::size_t i = 0; i < count; ++i) handles[i] = queue.emplace(random.due(), i);
  report_bytes(state, before);
  for (auto _ : state) {
    // Moving the node spares the allocator, which is the best a multimap can do.
    Queue::iterator& handle = handles[random.below(count)];
    auto node = queue.extract(handle);
    node.key() = random.due();
    handle = queue.insert(std::move(node));
  }
}

void BM_rearm_asio(benchmark::State& state) {
  Random random;
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto origin = std::chrono::steady_clock::now() + std::chrono::hours(24);
  const auto due = [&] { return origin + std::chrono::milliseconds(random.due() - kStart); };
  std::uint64_t fired = 0;
  const auto wait = [&fired](boost::asio::steady_timer& timer, std::uint64_t payload) {
    timer.async_wait([&fired, payload](const boost::system::error_code& error) {
      if (!error) fired += payload;
    });
  };
  const double before = resident_bytes();
  {
    boost::asio::io_context context(1);  // one thread, so asio may leave out its locks
    std::vector<boost::asio::steady_timer> timers;
    timers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      timers.emplace_back(context, due());
      wait(timers.back(), i);
    }
    report_bytes(state, before);
    std::size_t since_poll = 0;
    for (auto _ : state) {
      const std::size_t i = random.below(count);
      timers[i].expires_at(due());
      wait(timers[i], i);
      // The cancelled waits must be delivered some time, or they pile up.
      if (++since_poll == 256) {
        since_poll = 0;
        context.poll();
      }
    }
  }
  benchmark::DoNotOptimize(fired);
}

void BM_schedule_wheel(benchmark::State& state) {
  Random random;
  for (auto _ : state) {
    wheel::Wheel wheel(kStart);
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      benchmark::DoNotOptimize(wheel.schedule(random.due(), static_cast<std::uint64_t>(i)));
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// The whole 30 days in one go, in slices as the partition does it.
void BM_drain_wheel(benchmark::State& state) {
  Random random;
  wheel::Wheel wheel(kStart);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    wheel.schedule(random.due(), static_cast<std::uint64_t>(i));
  }
  std::vector<wheel::Expired> expired;
  std::size_t popped = 0;
  for (auto _ : state) {
    bool done = false;
    while (!done) {
      expired.clear();
      done = wheel.advance(kStart + kSpread, 1024, &expired);
      popped += expired.size();
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(popped));
}

// As many deadlines in the same millisecond: a storm.
void BM_storm_wheel(benchmark::State& state) {
  wheel::Wheel wheel(kStart);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    wheel.schedule(kStart + kHourMs, static_cast<std::uint64_t>(i));
  }
  std::vector<wheel::Expired> expired;
  std::size_t popped = 0;
  for (auto _ : state) {
    bool done = false;
    while (!done) {
      expired.clear();
      done = wheel.advance(kStart + kDayMs, 1024, &expired);
      popped += expired.size();
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(popped));
}

BENCHMARK(BM_rearm_wheel)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kRearms);
BENCHMARK(BM_cancel_and_schedule_wheel)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kRearms);
BENCHMARK(BM_rearm_multimap)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kRearms);
BENCHMARK(BM_rearm_asio)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kRearms);
BENCHMARK(BM_schedule_wheel)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_drain_wheel)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_storm_wheel)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace casewheel

BENCHMARK_MAIN();
