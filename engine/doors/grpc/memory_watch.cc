#include "engine/doors/grpc/memory_watch.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "engine/doors/grpc/limits.h"

// jemalloc's, where the program is linked with it.
extern "C" int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                       std::size_t new_size) __attribute__((weak));

namespace casewheel::doors {
namespace {

// Of the first number in the file; "max" and what cannot be read are no limit.
std::uint64_t number_in(const std::string& file) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  return in >> number ? number : std::numeric_limits<std::uint64_t>::max();
}

// The limits of this process's own control group and all above it.
std::uint64_t limit_of_groups() {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t path = line.rfind(':');
    if (path == std::string::npos) continue;
    const bool unified = line.starts_with("0::");
    if (!unified && line.find(":memory:") == std::string::npos) continue;
    const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const std::string name = unified ? "/memory.max" : "/memory.limit_in_bytes";
    for (std::string group = line.substr(path + 1);; group.resize(group.rfind('/'))) {
      least = std::min(least, number_in(root + group + name));
      if (group.rfind('/') == std::string::npos) break;
    }
  }
  return least;
}

}  // namespace

MemoryWatch::MemoryWatch(std::uint64_t limit_bytes) { set_limit(limit_bytes); }

void MemoryWatch::set_limit(std::uint64_t limit_bytes) {
  most_bytes_ = limit_bytes / 4 * 3;
  growth_bytes_ = std::min(limits::kGrpcGrowthBytes, limit_bytes / 4);
}

std::uint64_t MemoryWatch::bound_bytes() const {
  const auto calm = static_cast<std::uint64_t>(calm_bytes_);
  return std::max(std::min(most_bytes_, calm + growth_bytes_),
                  std::max(calm, stayed_bytes_) + growth_bytes_ / 4);
}

bool MemoryWatch::look(std::uint64_t resident_bytes, std::int64_t steady_ms) {
  const auto resident = static_cast<double>(resident_bytes);
  const bool pauses = pausing(steady_ms);
  if (paused_ && !pauses) stayed_bytes_ = resident_bytes;
  paused_ = pauses;
  stayed_bytes_ = std::min(stayed_bytes_, resident_bytes);
  const bool calm = paused_until_ms_ == 0 || steady_ms >= paused_until_ms_ + limits::kGrpcUnrestMs;
  if (calm_bytes_ == 0 || resident < calm_bytes_) {
    calm_bytes_ = resident;
  } else if (calm) {
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, steady_ms - last_ms_));
    calm_bytes_ += (resident - calm_bytes_) * std::min(1.0, passed / limits::kGrpcCalmMs);
  }
  last_ms_ = steady_ms;
  if (pauses || resident_bytes <= bound_bytes()) return false;
  paused_until_ms_ = steady_ms + limits::kGrpcPauseMs;
  paused_ = true;
  return true;
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(in >> all_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void give_back_memory() {
  if (mallctl != nullptr) {
    (void)mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // of all arenas
  } else {
    (void)::malloc_trim(0);
  }
}

std::uint64_t memory_of_machine() {
  const auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min(machine, limit_of_groups());
}

}  // namespace casewheel::doors
