// How the wheel turns: entries, rings of entries, and the walk from slot to slot. See wheel.h for
// the contract. Touched by the owning partition's thread only.
//
// Invariants:
//   - every entry agrees with current_ in all digits above its level, and all but one slot hold
//     entries of a later digit than current_ has there;
//   - that one is the slot being drained: current_ is its start and stays there until it is empty.
//     Nothing new can land in it above level 0, because its instants agree with current_ in that
//     digit too. So a drain can stop after any entry and needs no memory of having stopped.
#include "engine/wheel/wheel.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "engine/base/result.h"

namespace casewheel::wheel {

namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

TimeMs checked(TimeMs time) {
  CASEWHEEL_CHECK(time < kTimeLimit, "an instant beyond the wheel's range");
  return std::max<TimeMs>(time, 0);
}

}  // namespace

Wheel::Wheel(TimeMs start) : current_(checked(start)) {
  for (Bucket bucket = 0; bucket < kBuckets; ++bucket) {
    Entry& sentinel = entry(allocate());
    sentinel.set(0, kFree);  // so that its number is no armed handle
    sentinel.previous = bucket;
    sentinel.next = bucket;
  }
}

Handle Wheel::schedule(TimeMs due, std::uint64_t payload) {
  const TimeMs kept_due = checked(due);
  const Bucket bucket = bucket_for(kept_due);
  const Handle handle = allocate();
  Entry& e = entry(handle);
  e.payload = payload;
  e.set(kept_due, bucket);
  link(handle, bucket);
  ++size_;
  return handle;
}

void Wheel::cancel(Handle handle) {
  const Entry& e = armed_entry(handle);
  unlink(e, e.bucket());
  release(handle);
}

void Wheel::rearm(Handle handle, TimeMs due) {
  const TimeMs kept_due = checked(due);
  const Bucket bucket = bucket_for(kept_due);
  const Bucket bucket_before = armed_entry(handle).bucket();
  Entry& e = entry(handle);
  e.set(kept_due, bucket);
  // Staying put spares the two cache misses of the neighbours. Far from now slots are wide (level 5
  // is 12 days), so it is common.
  if (bucket == bucket_before) return;
  unlink(e, bucket_before);
  link(handle, bucket);
}

TimeMs Wheel::due(Handle handle) const { return armed_entry(handle).due(); }

std::uint64_t Wheel::payload(Handle handle) const { return armed_entry(handle).payload; }

TimeMs Wheel::next_instant() const {
  const Bucket bucket = first_bucket();
  return bucket == kFree ? kNever : start_of(bucket);
}

TimeMs Wheel::earliest_due() const {
  const Bucket first = first_bucket();
  if (first == kFree) return kNever;
  TimeMs earliest = minimum_due_in(first);
  // When `first` is being drained, part of it has moved down, and what moved may be earlier.
  for (Bucket level = 0; level < first / kSlots; ++level) {
    if (occupied_[level] == 0) continue;
    const auto slot = static_cast<Bucket>(std::countr_zero(occupied_[level]));
    return std::min(earliest, minimum_due_in(level * kSlots + slot));
  }
  return earliest;
}

bool Wheel::advance(TimeMs now, std::size_t budget, std::vector<Expired>* out) {
  const TimeMs target = std::max(checked(now), current_);
  for (;;) {
    const Bucket bucket = first_bucket();
    if (bucket == kFree || start_of(bucket) > target) {
      current_ = target;
      return true;
    }
    if (budget == 0) return false;
    current_ = start_of(bucket);
    for (; budget > 0 && is_occupied(bucket); --budget) {
      const Handle handle = entry(bucket).next;
      Entry& e = entry(handle);
      unlink(e, bucket);
      if (bucket < kSlots) {
        out->push_back({e.payload, e.due(), handle});
        release(handle);
      } else {
        const Bucket lower = bucket_for(e.due());
        e.set(e.due(), lower);
        link(handle, lower);
      }
    }
  }
}

std::size_t Wheel::bytes() const {
  const std::size_t slab = touched_ * sizeof(Entry);
  const std::size_t slab_resident = (slab + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  return sizeof(*this) + chunks_.capacity() * sizeof(chunks_[0]) + slab_resident;
}

const Wheel::Entry& Wheel::armed_entry(Handle handle) const {
  CASEWHEEL_CHECK(handle < touched_, "a handle the wheel never gave out");
  const Entry& e = entry(handle);
  CASEWHEEL_CHECK(e.bucket() != kFree, "a handle that is not armed");
  return e;
}

Handle Wheel::allocate() {
  if (first_free_ != kNoHandle) {
    const Handle handle = first_free_;
    first_free_ = entry(handle).next;
    return handle;
  }
  CASEWHEEL_CHECK(touched_ < std::numeric_limits<std::uint32_t>::max(), "the wheel is full");
  if (touched_ == chunks_.size() * kChunkEntries) {
    static_assert(kChunkEntries * sizeof(Entry) % kHugePageBytes == 0);
    void* chunk = std::aligned_alloc(kHugePageBytes, kChunkEntries * sizeof(Entry));
    CASEWHEEL_CHECK(chunk != nullptr, "out of memory");
    // Entries are visited at random: with 4 KiB pages every visit is a miss of the TLB as well.
    // Advice only, so a kernel that cannot follow it is no error.
    (void)madvise(chunk, kChunkEntries * sizeof(Entry), MADV_HUGEPAGE);
    chunks_.emplace_back(static_cast<Entry*>(chunk));
  }
  return touched_++;
}

void Wheel::release(Handle handle) {
  Entry& e = entry(handle);
  e.set(0, kFree);
  e.next = first_free_;
  first_free_ = handle;
  --size_;
}

// At the ring's end, so that a slot is drained in the order it was filled. The entry there is the
// last one linked, which is likely still in the cache.
void Wheel::link(Handle handle, Bucket bucket) {
  Entry& e = entry(handle);
  Entry& sentinel = entry(bucket);
  e.previous = sentinel.previous;
  e.next = bucket;
  entry(sentinel.previous).next = handle;
  sentinel.previous = handle;
  occupied_[bucket / kSlots] |= std::uint64_t{1} << (bucket % kSlots);
}

void Wheel::unlink(const Entry& e, Bucket bucket) {
  entry(e.previous).next = e.next;
  entry(e.next).previous = e.previous;
  // Only the sentinel is on both sides of an entry that was alone.
  if (e.previous == e.next) {
    occupied_[bucket / kSlots] &= ~(std::uint64_t{1} << (bucket % kSlots));
  }
}

Wheel::Bucket Wheel::bucket_for(TimeMs due) const {
  const auto place = static_cast<std::uint64_t>(std::max(due, current_));
  const std::uint64_t differing = place ^ static_cast<std::uint64_t>(current_);
  const int level = (std::bit_width(differing | 1) - 1) / kSlotBits;
  return static_cast<Bucket>(level) * kSlots +
         static_cast<Bucket>(place >> (level * kSlotBits) & (kSlots - 1));
}

TimeMs Wheel::start_of(Bucket bucket) const {
  const auto shift = static_cast<int>(bucket / kSlots) * kSlotBits;
  const TimeMs shared_digits = current_ >> (shift + kSlotBits) << (shift + kSlotBits);
  return shared_digits | static_cast<TimeMs>(bucket % kSlots) << shift;
}

// The occupied bucket that starts first. A bucket above level 0 that is being drained starts at
// current_, possibly together with one at level 0: it goes first, since it may hold entries for
// that same millisecond. No other two buckets can start together.
Wheel::Bucket Wheel::first_bucket() const {
  Bucket first = kFree;
  TimeMs first_start = kNever;
  for (Bucket level = kLevels; level-- > 0;) {
    if (occupied_[level] == 0) continue;
    const Bucket bucket = level * kSlots + static_cast<Bucket>(std::countr_zero(occupied_[level]));
    const TimeMs start = start_of(bucket);
    if (start < first_start) {
      first = bucket;
      first_start = start;
    }
  }
  return first;
}

TimeMs Wheel::minimum_due_in(Bucket bucket) const {
  TimeMs earliest = kNever;
  for (Handle handle = entry(bucket).next; handle != bucket; handle = entry(handle).next) {
    earliest = std::min(earliest, entry(handle).due());
  }
  return earliest;
}

}  // namespace casewheel::wheel
