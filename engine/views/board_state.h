// Behind Board: the model with its lock, and the strand that feeds it. Shared by the Board and what
// is posted on the strand, so that either may go first. Thread-safe, except what is marked as the
// strand's own.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/views/board.h"
#include "engine/views/inbox.h"
#include "engine/views/notices.h"
#include "engine/views/open_cases.h"
#include "engine/views/turnstile.h"
#include "engine/views/watch_state.h"

namespace casewheel::views {

class Board::State : public std::enable_shared_from_this<Board::State> {
 public:
  explicit State(boost::asio::any_io_executor executor);

  void load(const std::vector<partition::CaseChange>& cases);
  void load_totals(PartitionId partition, const journal::v1::Totals& totals);
  void loaded();
  void on_commit(const partition::Publication& publication);
  void tick(TimeMs now);
  DuePage list(const DueFilter& filter, TimeMs now, std::size_t page_size, DueKey after);
  Result<std::shared_ptr<WatchState>> subscribe(const DueFilter& filter, TimeMs now,
                                                std::shared_ptr<Watcher> watcher);
  std::vector<WatchMessage> take(const std::shared_ptr<WatchState>& watch, std::size_t rows_max);
  void cancel(const std::shared_ptr<WatchState>& watch);
  Statistics statistics(TimeMs now);
  std::size_t open_cases();
  std::uint64_t unclocked_cases();
  std::size_t watches();
  std::size_t bytes();
  void close();
  const Notices& notices() const { return notices_; }

 private:
  using Lock = std::lock_guard<Turnstile>;

  // A callback to make once the lock is free.
  struct Call {
    std::shared_ptr<Watcher> watcher;
    std::optional<Rejection> end;  // empty: on_available()
  };

  void schedule();  // makes sure that run() runs after this
  void run();       // on the strand: one slice of whatever is to do

  // With the lock held, on the strand.
  void apply_slice();
  void finish_delivery();
  void look_slice();

  // With the lock held.
  void note(CaseAddress address, const OpenCases::Step& step);
  void look_later(const std::shared_ptr<WatchState>& watch);
  void end(WatchState& watch, Rejection reason);

  boost::asio::strand<boost::asio::any_io_executor> strand_;
  std::atomic<bool> is_scheduled_ = false;  // run() is posted and has not begun
  Inbox inbox_;

  // The strand's own: what is being applied.
  Delivery in_hand_;
  std::size_t next_change_ = 0;

  Notices notices_;  // has a lock of its own

  Turnstile turnstile_;  // guards all below
  OpenCases cases_;
  absl::flat_hash_map<PartitionId, journal::v1::Totals> totals_;
  TimeMs now_ = 0;
  TimeMs looked_at_ = 0;  // when all watches last looked for rows that came due
  std::vector<std::shared_ptr<WatchState>> watches_;
  std::deque<std::shared_ptr<WatchState>> looking_;  // idle ones with rows to walk over
  std::vector<Call> calls_;
  bool is_closed_ = false;
};

}  // namespace casewheel::views
