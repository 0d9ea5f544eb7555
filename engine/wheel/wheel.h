// The timer wheel: which case wants to be looked at next, and when. One entry an open case.
// Owned by a partition; touched by that partition's thread only. It reads no clock: the owner says
// what time it is, and sleeps no longer than next_instant().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "engine/base/time.h"

namespace casewheel::wheel {

// Names one armed entry, from schedule() until it is cancelled or popped; then it may be given to
// another entry.
using Handle = std::uint32_t;

// Never given out, so that a zeroed field can mean "not armed".
inline constexpr Handle kNoHandle = 0;

// Instants are below this (the year 10889), so that a due instant and its bucket share 8 bytes.
inline constexpr TimeMs kTimeLimit = TimeMs{1} << 48;

struct Expired {
  std::uint64_t payload = 0;
  TimeMs due = 0;
  Handle handle = kNoHandle;  // as it was; already free
};

// A hierarchical, tickless timer wheel over absolute UTC milliseconds (Varghese and Lauck, "Hashed
// and Hierarchical Timing Wheels", 1987): 8 levels of 64 slots, each level 64 times coarser than
// the one below, level 0 one millisecond a slot. An entry sits at the level of the highest 6-bit
// digit in which its instant differs from the wheel's time, and moves down as that time nears it.
//
// Order. An entry's place in time is its due instant or, when that has already passed, the wheel's
// time at the moment of arming. Entries are popped in order of place: those armed in time exactly
// in due order, an overdue one before everything that comes due later than its arming. Within one
// millisecond the order depends on nothing but the calls made, and entries in line to be popped are
// never overtaken, so that newcomers cannot starve a backlog.
//
// Time. It starts at `start` and moves only in advance(), never back: an older `now` counts as
// current(). It runs behind `now` for as long as a budget leaves work undone.
//
// schedule, cancel and rearm are O(1) and allocate only when the wheel is larger than ever before,
// one chunk at a time; memory is kept for reuse, never given back. Using a handle that is not armed
// is a bug and stops the process, as are instants of kTimeLimit or later, kNever included. Negative
// instants count as 0.
class Wheel {
 public:
  explicit Wheel(TimeMs start);
  Wheel(const Wheel&) = delete;
  Wheel& operator=(const Wheel&) = delete;

  Handle schedule(TimeMs due, std::uint64_t payload);
  void cancel(Handle handle);
  void rearm(Handle handle, TimeMs due);  // the handle stays the same

  TimeMs due(Handle handle) const;
  std::uint64_t payload(Handle handle) const;
  std::size_t size() const { return size_; }
  TimeMs current() const { return current_; }

  // The earliest instant at which advance() has work to do; kNever when the wheel is empty. Never
  // later than the earliest place in time, and equal to it when that lies within the current 64 ms.
  TimeMs next_instant() const;

  // The earliest due instant itself; kNever when the wheel is empty. Walks up to two slots, which
  // can hold every entry there is: for display, not for the loop that waits.
  TimeMs earliest_due() const;

  // Moves time towards `now` with at most `budget` units of work (an entry popped, or moved down,
  // is one) and appends what is popped to `out`. True when time has arrived at `now` and nothing
  // due is left; false when the budget ran out first: call again, also with other calls between.
  bool advance(TimeMs now, std::size_t budget, std::vector<Expired>* out);

  // Resident memory in bytes, slab included.
  std::size_t bytes() const;

 private:
  using Bucket = std::uint32_t;  // level * 64 + slot

  // A slot is a ring of entries through a sentinel, which is the slab entry with the bucket's own
  // number. So linking has no special cases, and unlinking touches no more than the neighbours.
  // A free entry has the bucket kFree and uses only `next`.
  //
  // Due (48 bits) and bucket (16 bits) are written in one store. As bit-fields they would be read
  // back half-written, which makes the processor wait for all stores before them, cache misses
  // included: measured at 40 ns a re-arm.
  struct Entry {
    std::uint64_t payload;
    std::uint64_t due_and_bucket;
    std::uint32_t previous;
    std::uint32_t next;

    TimeMs due() const { return static_cast<TimeMs>(due_and_bucket >> 16); }
    Bucket bucket() const { return static_cast<Bucket>(due_and_bucket & 0xffff); }
    void set(TimeMs due, Bucket bucket) {
      due_and_bucket = static_cast<std::uint64_t>(due) << 16 | bucket;
    }
  };
  static_assert(sizeof(Entry) == 24, "100 million timers must fit a small machine");

  struct ReleaseChunk {
    void operator()(Entry* chunk) const { std::free(chunk); }
  };

  static constexpr int kLevels = 8;
  static constexpr int kSlotBits = 6;
  static constexpr Bucket kSlots = 1 << kSlotBits;
  static constexpr Bucket kBuckets = kLevels * kSlots;
  static constexpr Bucket kFree = 0xffff;
  // 6 MiB a chunk: a power of two of entries that is also a whole number of 2 MiB pages.
  static constexpr int kChunkBits = 18;
  static constexpr std::size_t kChunkEntries = std::size_t{1} << kChunkBits;

  Entry& entry(std::uint32_t index) {
    return chunks_[index >> kChunkBits][index & (kChunkEntries - 1)];
  }
  const Entry& entry(std::uint32_t index) const {
    return chunks_[index >> kChunkBits][index & (kChunkEntries - 1)];
  }
  const Entry& armed_entry(Handle handle) const;

  Handle allocate();
  void release(Handle handle);
  void link(Handle handle, Bucket bucket);
  void unlink(const Entry& e, Bucket bucket);
  bool is_occupied(Bucket bucket) const {
    return (occupied_[bucket / kSlots] >> (bucket % kSlots) & 1) != 0;
  }
  Bucket bucket_for(TimeMs due) const;
  TimeMs start_of(Bucket bucket) const;
  Bucket first_bucket() const;
  TimeMs minimum_due_in(Bucket bucket) const;

  TimeMs current_;
  std::array<std::uint64_t, kLevels> occupied_{};  // a bit a slot
  std::vector<std::unique_ptr<Entry[], ReleaseChunk>> chunks_;
  std::uint32_t touched_ = 0;      // entries below this have been in use at some time
  Handle first_free_ = kNoHandle;  // among those
  std::size_t size_ = 0;
};

}  // namespace casewheel::wheel
