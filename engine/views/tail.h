// How far each partition's journal has come, and word of it when one goes on. Thread-safe; made before
// the engine, whose listener it is.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "engine/partition/publication.h"

namespace casewheel::views {

class Tail final : public partition::Listener {
 public:
  void on_commit(const partition::Publication& publication) override {
    {
      // Before the flag: who has set it and finds the journal shorter here is told below.
      Place& place = places_[publication.partition];
      const std::scoped_lock lock(place.mutex);
      place.end = {publication.seq, publication.entry_digest};
    }
    if (!wanted_.exchange(false)) return;
    const std::scoped_lock lock(mutex_);
    if (told_) told_();
  }

  struct End {
    std::uint64_t seq = 0;     // of the latest entry that is durable
    std::uint64_t digest = 0;  // of that entry, as in Publication
  };
  // Of zeros: none since the start, which is before any is served.
  End end(PartitionId partition) const {
    const std::scoped_lock lock(places_[partition].mutex);
    return places_[partition].end;
  }
  // Who is told, on a partition's thread: must not block. Null: nobody any more, once this returns.
  void tell(std::function<void()> told) {
    const std::scoped_lock lock(mutex_);
    told_ = std::move(told);
  }
  // To be told of the next commit, once; look at end() again after this.
  void want() { wanted_.store(true); }

 private:
  static constexpr std::size_t kPartitions = 100;  // case numbers have two digits for them

  struct Place {
    mutable std::mutex mutex;
    End end;
  };
  std::array<Place, kPartitions> places_{};
  std::atomic<bool> wanted_ = false;
  std::mutex mutex_;
  std::function<void()> told_;
};

}  // namespace casewheel::views
