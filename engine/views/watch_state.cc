// The walks and the pending changes of one watch, see watch_state.h. Under the board's lock.
#include "engine/views/watch_state.h"

#include <algorithm>
#include <utility>

namespace casewheel::views {

namespace {

// What a watcher can see of it is the same.
bool looks_alike(const OpenCase& a, OpenCase b) {
  b.revision = a.revision;
  return a == b;
}

}  // namespace

WatchState::WatchState(std::shared_ptr<Watcher> told, Selection chosen, DurationMs horizon_ms,
                       TimeMs now)
    : watcher(std::move(told)),
      selection(std::move(chosen)),
      horizon_ms_(std::min<DurationMs>(horizon_ms, kInstantLimit)),
      entered_(DueKey::start_of_tenant(selection.tenant_number)),
      told_overdue_(overdue(now)) {}

DueKey WatchState::horizon(TimeMs now) const {
  return horizon_of(selection.tenant_number, now, horizon_ms_);
}

DueKey WatchState::overdue(TimeMs now) const { return horizon_of(selection.tenant_number, now, 0); }

bool WatchState::has(const OpenCase& open_case) const {
  return open_case.due != 0 && open_case.key() <= entered_ && selection.matches(open_case);
}

bool WatchState::wants(const OpenCase& open_case) const {
  return selection.matches(open_case) && !pending_.contains(open_case.address());
}

bool WatchState::note(CaseAddress address, const OpenCases::Step& step) {
  if (step.before && step.after && looks_alike(*step.before, *step.after)) return true;
  const bool had = step.before && has(*step.before);
  if (had || (step.after && has(*step.after))) pending_.try_emplace(address, had);
  return pending_.size() <= kWatchPendingMax;
}

WatchState::Look WatchState::look(const OpenCases& cases, TimeMs now, std::size_t* budget) {
  if (has_changes()) return Look::kSomething;
  bool found = false;
  const auto walk = [&](DueKey* place, DueKey through) {
    const ScanEnd end = cases.scan(*place, through, *budget, [&](const OpenCase& open_case) {
      found = wants(open_case);
      return !found;
    });
    *place = end.reached;
    *budget -= end.visited;
    return end.finished;
  };
  bool at_end = walk(&entered_, horizon(now));
  if (!snapshot_complete_) return found || at_end ? Look::kSomething : Look::kUnknown;
  if (at_end && horizon_ms_ > 0) at_end = walk(&told_overdue_, std::min(overdue(now), entered_));
  if (found) return Look::kSomething;
  return at_end ? Look::kNothing : Look::kUnknown;
}

std::vector<WatchMessage> WatchState::take(const OpenCases& cases, TimeMs now,
                                           std::size_t rows_max) {
  std::vector<WatchMessage> messages;
  const auto deliver = [&](auto change) {
    messages.push_back({.revision = ++revision_, .as_of = now, .change = std::move(change)});
  };
  std::size_t budget = kRowsPerHold;
  const auto walk = [&](DueKey* place, DueKey through, auto room_left, auto row) {
    const ScanEnd end = cases.scan(*place, through, budget, [&](const OpenCase& open_case) {
      if (!room_left()) return false;
      if (wants(open_case)) row(open_case);
      return true;
    });
    *place = end.reached;
    budget -= end.visited;
    return end.finished;
  };

  if (!snapshot_complete_) {
    Snapshot slice;
    slice.complete = walk(
        &entered_, horizon(now), [&] { return slice.rows.size() < rows_max; },
        [&](const OpenCase& open_case) { slice.rows.push_back(cases.row(open_case)); });
    snapshot_complete_ = slice.complete;
    if (slice.complete || !slice.rows.empty()) deliver(std::move(slice));
    return messages;
  }
  take_pending(cases, rows_max, &budget, deliver);
  const auto room_left = [&] { return messages.size() < rows_max; };
  const auto upsert = [&](const OpenCase& open_case) { deliver(Upsert{cases.row(open_case)}); };
  if (horizon_ms_ > 0) {
    walk(&told_overdue_, std::min(overdue(now), entered_), room_left, upsert);
  }
  walk(&entered_, horizon(now), room_left, upsert);
  return messages;
}

template <typename Deliver>
void WatchState::take_pending(const OpenCases& cases, std::size_t rows_max, std::size_t* budget,
                              Deliver deliver) {
  std::size_t delivered = 0;
  for (; !pending_.empty() && delivered<rows_max&& * budget> 0; --*budget) {
    const auto next = next_pending();
    const auto [address, had] = *next;
    pending_.erase(next);
    last_pending_ = address;
    const OpenCase* open_case = cases.find(address);
    if (open_case != nullptr && has(*open_case)) {
      deliver(Upsert{cases.row(*open_case)});
    } else if (had) {
      deliver(Removed{address});
    } else {
      continue;
    }
    ++delivered;
  }
}

WatchState::Pending::iterator WatchState::next_pending() {
  const auto next = pending_.upper_bound(last_pending_);
  return next == pending_.end() ? pending_.begin() : next;
}

}  // namespace casewheel::views
