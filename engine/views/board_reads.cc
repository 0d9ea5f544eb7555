// The reading side of the board: pages and counts, walked in slices that let others in between.
// Any thread; see board_state.h.
#include "engine/views/board_state.h"

namespace casewheel::views {

namespace {

// Lets whoever waits have the lock between two slices.
void give_way(Turnstile& turnstile) {
  turnstile.unlock();
  turnstile.lock();
}

}  // namespace

DuePage Board::State::list(const DueFilter& filter, TimeMs now, std::size_t page_size,
                           DueKey after) {
  DuePage page;
  const DueKey through = horizon_of(filter.tenant_number, now, filter.horizon_ms);
  Lock lock(turnstile_);
  const Selection selection = cases_.select(filter);
  bool is_full = false;  // and there is a row for the next page
  for (;;) {
    const ScanEnd end = cases_.scan(after, through, kRowsPerHold, [&](const OpenCase& open_case) {
      if (!selection.matches(open_case)) return true;
      is_full = page.rows.size() == page_size;
      if (!is_full) page.rows.push_back(cases_.row(open_case));
      return !is_full;
    });
    after = end.reached;
    page.looked += end.visited;
    if (is_full || end.finished) break;
    give_way(turnstile_);
  }
  if (is_full) page.next = after;
  cases_.release(selection);
  return page;
}

Statistics Board::State::statistics(TimeMs now) {
  Statistics result;
  Lock lock(turnstile_);
  std::uint64_t cursor = 0;
  while (cases_.counts(&cursor, kRowsPerHold, &result.open_counts)) give_way(turnstile_);

  for (unsigned number = 0; number < 256; ++number) {
    const auto tenant_number = static_cast<std::uint8_t>(number);
    TenantCount tenant{.tenant_number = tenant_number, .open = cases_.size(tenant_number)};
    if (tenant.open == 0) continue;
    const TimeMs earliest = cases_.earliest_due(tenant_number);
    tenant.oldest_due_ms = earliest < now ? earliest : 0;
    tenant.unclocked = cases_.unclocked(tenant_number);
    const DueKey through = DueKey::end_of(tenant_number, now - 1);
    DueKey place = DueKey::end_of(tenant_number, kUnclockedDue);
    for (;;) {
      const ScanEnd end = cases_.count(place, through, kCountsPerHold);
      tenant.overdue += end.visited;
      place = end.reached;
      if (end.finished) break;
      give_way(turnstile_);
    }
    result.tenants.push_back(tenant);
  }

  for (const auto& [partition, totals] : totals_) {
    journal::v1::Totals& sum = result.totals;
    sum.set_lodged(sum.lodged() + totals.lodged());
    sum.set_closed(sum.closed() + totals.closed());
    sum.set_events(sum.events() + totals.events());
    sum.set_steps_fired(sum.steps_fired() + totals.steps_fired());
    sum.set_clocks_met(sum.clocks_met() + totals.clocks_met());
    sum.set_clocks_broken(sum.clocks_broken() + totals.clocks_broken());
    sum.set_breaches(sum.breaches() + totals.breaches());
    sum.set_clocks_late_by_change(sum.clocks_late_by_change() + totals.clocks_late_by_change());
    sum.set_breaches_by_change(sum.breaches_by_change() + totals.breaches_by_change());
    sum.set_clocks_no_longer_owed(sum.clocks_no_longer_owed() + totals.clocks_no_longer_owed());
  }
  return result;
}

std::size_t Board::State::open_cases() {
  Lock lock(turnstile_);
  return cases_.size();
}

std::uint64_t Board::State::unclocked_cases() {
  Lock lock(turnstile_);
  std::uint64_t count = 0;
  for (unsigned tenant = 0; tenant < 256; ++tenant)
    count += cases_.unclocked(static_cast<std::uint8_t>(tenant));
  return count;
}

std::size_t Board::State::watches() {
  Lock lock(turnstile_);
  return watches_.size();
}

std::size_t Board::State::bytes() {
  Lock lock(turnstile_);
  return cases_.bytes();
}

}  // namespace casewheel::views
