// Whether the process has grown so much that gRPC's connections have to go: gRPC does not count
// what peers make it hold (streams reset as soon as they are opened, headers without an end). Pure:
// readings and time come in. One thread at a time.
//
// The rule: the process may grow by a fixed amount above what it has in calm times, which is learnt
// slowly and not while connections had to go within the last minute, and not beyond three quarters
// of what it may have in all. Where memory stays although gRPC has let go of its connections, gRPC
// may add a quarter of that amount to it, so that it is never kept shut by something else.
#pragma once

#include <cstdint>

#include "engine/base/time.h"

namespace casewheel::doors {

class MemoryWatch {
 public:
  // `limit_bytes`: what the process may have in all.
  explicit MemoryWatch(std::uint64_t limit_bytes);

  // From now on.
  void set_limit(std::uint64_t limit_bytes);
  // A reading of the process's resident bytes. True: the connections have to go now.
  bool look(std::uint64_t resident_bytes, std::int64_t steady_ms);
  // No connection is to be taken until then, after look() said so.
  bool pausing(std::int64_t steady_ms) const { return steady_ms < paused_until_ms_; }
  // From which on look() says so.
  std::uint64_t bound_bytes() const;

 private:
  std::uint64_t most_bytes_ = 0;
  std::uint64_t growth_bytes_ = 0;
  double calm_bytes_ = 0;           // 0: not known yet
  std::uint64_t stayed_bytes_ = 0;  // when connections were taken again, and lower ones since then
  std::int64_t last_ms_ = 0;
  std::int64_t paused_until_ms_ = 0;
  bool paused_ = false;  // at the last look
};

// Of this process, in bytes, by /proc/self/statm; 0 where it cannot be read.
std::uint64_t resident_bytes();
// Has the allocator give back to the machine what is free.
void give_back_memory();
// What this process may have: the smallest of the limit of its control group and the machine's
// memory.
std::uint64_t memory_of_machine();

}  // namespace casewheel::doors
