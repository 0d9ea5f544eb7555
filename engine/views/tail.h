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
    // Before the flag in one order that all threads see: else this could miss want() and who wants this.
    seqs_[publication.partition].store(publication.seq);
    if (!wanted_.exchange(false)) return;
    const std::scoped_lock lock(mutex_);
    if (told_) told_();
  }

  // Of the latest entry that is durable; 0: none since the start, which is before any is served.
  std::uint64_t seq(PartitionId partition) const { return seqs_[partition].load(); }
  // Who is told, on a partition's thread: must not block. Null: nobody any more, once this returns.
  void tell(std::function<void()> told) {
    const std::scoped_lock lock(mutex_);
    told_ = std::move(told);
  }
  // To be told of the next commit, once; look at seq() again after this.
  void want() { wanted_.store(true); }

 private:
  static constexpr std::size_t kPartitions = 100;  // case numbers have two digits for them

  std::array<std::atomic<std::uint64_t>, kPartitions> seqs_{};
  std::atomic<bool> wanted_ = false;
  std::mutex mutex_;
  std::function<void()> told_;
};

}  // namespace casewheel::views
