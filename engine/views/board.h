// The board: open cases by their earliest due date, live, and the counters. A read model fed by
// the partitions' publications, rebuilt at start from the clock rows. Owned by the daemon; every
// method may be called from any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/partition/publication.h"
#include "engine/views/call_desk.h"
#include "engine/views/due_row.h"
#include "engine/views/notices.h"
#include "engine/views/statistics.h"
#include "engine/views/watch.h"

namespace casewheel::views {

// Publications are queued and applied, a bounded slice at a time, on a strand of the executor, so a
// partition never waits for a reader. What a reader sees is therefore a moment behind what is
// committed. Readers walk in bounded slices too and let others in between: no call makes another
// wait for long.
//
// The board's own time is the latest it heard of, from ticks, publications and subscribers; it
// decides what watchers are told. It never goes back.
class Board final : public partition::Listener {
 public:
  explicit Board(boost::asio::any_io_executor executor);
  ~Board() override;  // as close(); what is posted on the executor may outlive the board
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // At start, in one call or several: all open cases, calls, and each partition's totals. What was
  // published meanwhile counts, whichever comes first; loaded() ends that, and nothing is loaded then.
  void load(const std::vector<partition::CaseChange>& cases);
  void load_totals(PartitionId partition, const journal::v1::Totals& totals);
  void loaded();
  void on_load(const std::vector<partition::CaseChange>& slice) override { load(slice); }
  void on_load(PartitionId partition, const journal::v1::Call& call) override {
    calls_.load(partition, call);
  }
  void on_loaded() override { loaded(); }

  // On the partition's thread: copies what it needs and returns.
  void on_commit(const partition::Publication& publication) override;

  // Engine time has moved: about once a second, and whenever a virtual clock is advanced.
  void tick(TimeMs now);

  // Cases of the filter with due <= now + horizon. Rows that do not move between two calls are
  // neither skipped nor repeated. A filter by unit or handler visits all the tenant's rows up to
  // the horizon, some 0.1 us each, on the calling thread. `after`: of the page before, else the
  // start of the tenant, whose rows alone are looked at. Rejected: a malformed filter, or page_size
  // (from 1 to kPageRowsMax).
  Result<DuePage> list(const DueFilter& filter, TimeMs now, std::size_t page_size,
                       DueKey after = {}) const;

  // Returns at once; the snapshot is walked as it is taken. Rejected: a malformed filter, too many
  // watches, or a board that is closed.
  Result<std::shared_ptr<Watch>> subscribe(const DueFilter& filter, TimeMs now,
                                           std::shared_ptr<Watcher> watcher);

  const Notices& notices() const;  // like everything here a moment behind what is committed
  CallDesk& calls() { return calls_; }

  Statistics statistics(TimeMs now) const;
  std::size_t open_cases() const;
  std::uint64_t unclocked_cases() const;  // of which no clock runs or is paused
  std::size_t watches() const;
  std::size_t bytes() const;  // resident, of the cases and their indexes

  // Ends all watches with kUnavailable and accepts no more.
  void close();

 private:
  class State;
  class Subscription;

  std::shared_ptr<State> state_;
  CallDesk calls_;
};

}  // namespace casewheel::views
