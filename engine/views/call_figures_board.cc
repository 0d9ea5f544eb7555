#include "engine/views/call_figures_board.h"

#include "engine/views/board_limits.h"

namespace casewheel::views {

void CallFiguresBoard::load(const journal::v1::Call& call) {
  const std::lock_guard lock(turnstile_);
  history_.add(call);
}

bool CallFiguresBoard::hear(std::vector<partition::CallChange> changes) {
  const std::lock_guard lock(waiting_mutex_);
  const bool was_empty = waiting_.empty();
  for (partition::CallChange& change : changes) {
    const partition::CallAddress address{change.partition,
                                         partition::call_id_of(change.after.call_id())};
    const auto [place, is_new] = places_.try_emplace(address, nullptr);
    if (is_new) {
      place->second = &waiting_.emplace_back(std::move(change));
    } else {
      place->second->after = std::move(change.after);
    }
  }
  return was_empty;
}

bool CallFiguresBoard::apply_slice() {
  std::vector<partition::CallChange> slice;
  bool more = false;
  {
    const std::lock_guard lock(waiting_mutex_);
    while (!waiting_.empty() && slice.size() < kCallsPerHold) {
      partition::CallChange& first = waiting_.front();
      places_.erase({first.partition, partition::call_id_of(first.after.call_id())});
      slice.push_back(std::move(first));
      waiting_.pop_front();
    }
    more = !waiting_.empty();
  }
  const std::lock_guard lock(turnstile_);
  for (const partition::CallChange& change : slice) {
    if (change.before.version() != 0) history_.add(change.before, -1);
    history_.add(change.after);
  }
  return more;
}

bool CallFiguresBoard::knows_line(std::uint8_t tenant_number, std::string_view line) const {
  const std::lock_guard lock(turnstile_);
  return history_.knows_line(tenant_number, line);
}

bool CallFiguresBoard::knows_queue(std::uint8_t tenant_number, std::string_view queue) const {
  const std::lock_guard lock(turnstile_);
  return history_.knows_queue(tenant_number, queue);
}

CallFiguresBoard::Hours CallFiguresBoard::hours(std::uint8_t tenant_number, TimeMs from, TimeMs to,
                                                std::string_view line, std::string_view queue,
                                                std::size_t* looked, std::uint64_t* unnamed) const {
  Hours out;
  CallHistory::Place place = CallHistory::start(tenant_number, from);
  const auto add = [&](TimeMs hour, const CallFigures& figures) {
    if (out.empty() || out.back().first != hour) out.emplace_back(hour, CallFigures());
    out.back().second.add(figures);
  };
  std::uint64_t left_out = 0;
  for (bool done = false; !done;) {
    const std::lock_guard lock(turnstile_);
    std::size_t budget = kRowsPerHold;
    done = history_.visit(&place, to, line, queue, &budget, &left_out, add);
    if (looked != nullptr) *looked += kRowsPerHold - budget;
  }
  if (unnamed != nullptr) *unnamed = left_out;
  return out;
}

}  // namespace casewheel::views
