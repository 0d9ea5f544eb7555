// The feeding side of the board, on its strand, and the watches; see board_state.h. Reading is in
// board_reads.cc.
#include "engine/views/board_state.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace casewheel::views {

namespace {

// What a watch costs in a slice besides the entries it visits: two searches of the index.
constexpr std::size_t kLookEntries = 8;

}  // namespace

Board::State::State(boost::asio::any_io_executor executor)
    : strand_(boost::asio::make_strand(std::move(executor))) {}

void Board::State::load(const std::vector<partition::CaseChange>& cases) {
  for (const partition::CaseChange& change : cases) notices_.load(change);
  Lock lock(turnstile_);
  cases_.load(cases);
}

void Board::State::loaded() {
  notices_.loaded();
  Lock lock(turnstile_);
  cases_.loaded();
}

void Board::State::load_totals(PartitionId partition, const journal::v1::Totals& totals) {
  Lock lock(turnstile_);
  totals_[partition] = totals;
}

void Board::State::on_commit(const partition::Publication& publication) {
  inbox_.add(publication);
  schedule();
}

void Board::State::tick(TimeMs now) {
  inbox_.tick(now);
  schedule();
}

void Board::State::schedule() {
  if (is_scheduled_.exchange(true)) return;
  boost::asio::post(strand_, [self = shared_from_this()] { self->run(); });
}

// Whatever is to do after the flag is cleared leads to another run: by schedule() from whoever
// added it, or from here.
void Board::State::run() {
  is_scheduled_.store(false);
  if (next_change_ == in_hand_.changes.size()) {
    in_hand_ = inbox_.take();
    next_change_ = 0;
  }
  std::vector<Call> calls;
  bool more = false;
  const std::size_t first = next_change_;
  {
    Lock lock(turnstile_);
    apply_slice();
    if (next_change_ == in_hand_.changes.size()) finish_delivery();
    look_slice();
    calls.swap(calls_);
    more = next_change_ < in_hand_.changes.size() || !looking_.empty();
  }
  for (std::size_t i = first; i < next_change_; ++i) notices_.apply(in_hand_.changes[i]);
  for (const Call& call : calls) {
    if (call.end) {
      call.watcher->on_end(*call.end);
    } else {
      call.watcher->on_available();
    }
  }
  if (more || !inbox_.is_empty()) schedule();
}

void Board::State::apply_slice() {
  std::size_t budget = std::clamp<std::size_t>(
      kComparisonsPerHold / std::max<std::size_t>(watches_.size(), 1), 1, kRowsPerHold);
  for (; next_change_ < in_hand_.changes.size() && budget > 0; --budget) {
    const partition::CaseChange& change = in_hand_.changes[next_change_++];
    note(change.address, cases_.apply(change));
  }
}

void Board::State::finish_delivery() {
  for (const auto& [partition, totals] : in_hand_.totals) totals_[partition] = totals;
  in_hand_.totals.clear();
  now_ = std::max(now_, std::exchange(in_hand_.now, 0));
  if (!std::exchange(in_hand_.ticked, false) && now_ - looked_at_ < kLookEveryMs) return;
  looked_at_ = now_;
  for (const auto& watch : watches_) {
    if (watch->idle) look_later(watch);
  }
}

void Board::State::look_slice() {
  std::size_t budget = kRowsPerHold;
  while (!looking_.empty() && budget > 0) {
    const std::shared_ptr<WatchState> watch = std::move(looking_.front());
    looking_.pop_front();
    watch->is_looking = false;
    if (watch->over || !watch->idle) continue;
    budget -= std::min(budget, kLookEntries);
    switch (watch->look(cases_, now_, &budget)) {
      case WatchState::Look::kSomething:
        watch->idle = false;
        calls_.push_back({watch->watcher, {}});
        break;
      case WatchState::Look::kUnknown:
        look_later(watch);
        break;
      case WatchState::Look::kNothing:
        break;
    }
  }
}

void Board::State::note(CaseAddress address, const OpenCases::Step& step) {
  bool is_one_over = false;
  for (const auto& watch : watches_) {
    if (watch->selection.tenant_number != address.id.tenant_number()) continue;
    if (!watch->note(address, step)) {
      end(*watch, Rejection::of(RejectionCode::kOverloaded, "watch fell behind"));
      is_one_over = true;
    } else if (watch->idle && watch->has_changes()) {
      watch->idle = false;
      calls_.push_back({watch->watcher, {}});
    }
  }
  if (is_one_over) std::erase_if(watches_, [](const auto& watch) { return watch->over; });
}

void Board::State::look_later(const std::shared_ptr<WatchState>& watch) {
  if (watch->is_looking) return;
  watch->is_looking = true;
  looking_.push_back(watch);
}

void Board::State::end(WatchState& watch, Rejection reason) {
  watch.over = true;
  cases_.release(watch.selection);
  calls_.push_back({std::move(watch.watcher), std::move(reason)});
}

Result<std::shared_ptr<WatchState>> Board::State::subscribe(const DueFilter& filter, TimeMs now,
                                                            std::shared_ptr<Watcher> watcher) {
  Lock lock(turnstile_);
  if (is_closed_) return Rejection::of(RejectionCode::kUnavailable, "the engine is stopping");
  if (watches_.size() >= kWatchesMax) {
    return Rejection::of(RejectionCode::kOverloaded, "too many watches are open", kMinuteMs);
  }
  now_ = std::max(now_, now);
  watches_.push_back(std::make_shared<WatchState>(std::move(watcher), cases_.select(filter),
                                                  filter.horizon_ms, now_));
  return watches_.back();
}

std::vector<WatchMessage> Board::State::take(const std::shared_ptr<WatchState>& watch,
                                             std::size_t rows_max) {
  std::vector<WatchMessage> messages;
  bool look_on = false;
  {
    Lock lock(turnstile_);
    if (watch->over) return messages;
    messages = watch->take(cases_, now_, std::clamp<std::size_t>(rows_max, 1, kRowsPerHold));
    watch->idle = messages.empty();
    std::size_t no_budget = 0;
    if (watch->idle && watch->look(cases_, now_, &no_budget) != WatchState::Look::kNothing) {
      look_later(watch);
      look_on = true;
    }
  }
  if (look_on) schedule();
  return messages;
}

void Board::State::cancel(const std::shared_ptr<WatchState>& watch) {
  std::shared_ptr<Watcher> let_go;  // after the lock: what it owns may call back
  Lock lock(turnstile_);
  if (watch->over) return;
  watch->over = true;
  cases_.release(watch->selection);
  let_go = std::move(watch->watcher);
  std::erase_if(calls_, [&](const Call& call) { return call.watcher == let_go; });
  std::erase(watches_, watch);
}

void Board::State::close() {
  {
    Lock lock(turnstile_);
    is_closed_ = true;
    for (const auto& watch : watches_) {
      end(*watch, Rejection::of(RejectionCode::kUnavailable, "the engine is stopping"));
    }
    watches_.clear();
  }
  schedule();
}

}  // namespace casewheel::views
