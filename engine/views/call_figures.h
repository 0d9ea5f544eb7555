// How inbound calls went, by the hour they rang in, kept for 200 days. What one call adds follows from its
// record alone, so that a change takes the old away and adds the new. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "casewheel/journal/v1/calls.pb.h"
#include "engine/base/time.h"
#include "engine/partition/publication.h"

namespace casewheel::views {

struct CallFigures {
  std::int64_t offered = 0;
  std::int64_t answered = 0;
  std::int64_t answered_in_time = 0;  // within what was promised when they rang
  std::int64_t abandoned = 0;
  std::int64_t abandoned_short = 0;  // of them within kShortMs
  std::int64_t missed = 0;           // the exchange gave up, or voicemail took it
  std::int64_t forwarded = 0;
  DurationMs waited_ms = 0;  // until answered, of all together
  std::int64_t talks = 0;    // answered ones that have ended
  DurationMs talked_ms = 0;
  std::int64_t wrap_ups = 0;
  DurationMs wrapped_up_ms = 0;
  DurationMs longest_wait_ms = 0;

  static constexpr DurationMs kShortMs = 5 * kSecondMs;

  // `sign` -1 takes away again, but for the longest wait, which stays.
  void add(const CallFigures& other, int sign = 1);
  // Answered in time of those who waited for an answer; empty where nobody did.
  std::optional<double> service_level() const;
};

// What one call adds: nothing where it is no inbound one.
CallFigures figures_of(const journal::v1::Call& call);

class CallHistory {
 public:
  static constexpr DurationMs kKeptMs = partition::kCallsLoadedMs;
  // Pairs of line and queue a tenant is told apart by; what comes beyond stands under two empty names.
  static constexpr std::size_t kSeriesMax = 500;
  static constexpr std::uint32_t kUnnamed = 0;

  void add(const journal::v1::Call& call, int sign = 1);
  // Whether a call of the tenant had that line, that queue; true as well where not all are told apart.
  bool knows_line(std::uint8_t tenant_number, std::string_view line) const;
  bool knows_queue(std::uint8_t tenant_number, std::string_view queue) const;
  // Where a walk over a tenant's hours stands: tenant, hour, series.
  using Place = std::tuple<std::uint8_t, std::int64_t, std::uint32_t>;
  static Place start(std::uint8_t tenant_number, TimeMs from) {
    return {tenant_number, hour_of(from), 0};
  }
  // Calls `visit(hour's start, figures)` for hours from `place` to `to` that have any, in order, and moves
  // `place` behind them; a line or queue that is empty stands for all. At most `budget` entries are
  // looked at, and taken off it; false: there are more. `unnamed`: gains the calls of which it is
  // not known
  // whether they are of the line and queue that are asked for.
  template <typename Visit>
  bool visit(Place* place, TimeMs to, std::string_view line, std::string_view queue,
             std::size_t* budget, std::uint64_t* unnamed, Visit visit) const {
    const auto end = hours_.lower_bound({std::get<0>(*place), hour_of(to + kHourMs - 1), 0});
    for (auto at = hours_.lower_bound(*place); at != end; ++at) {
      *place = at->first;
      if (*budget == 0) return false;
      --*budget;
      const std::uint32_t series = std::get<2>(at->first);
      const bool all = line.empty() && queue.empty();
      if (series == kUnnamed && !all) {
        *unnamed += at->second.offered;
        continue;
      }
      const auto& [line_of, queue_of] = names_.at(series);
      if ((line.empty() || line == line_of) && (queue.empty() || queue == queue_of))
        visit(std::get<1>(at->first) * kHourMs, at->second);
    }
    return true;
  }

 private:
  static std::int64_t hour_of(TimeMs time) { return time / kHourMs; }
  std::uint32_t series_of(const journal::v1::Call& call);
  template <typename Is>
  bool any_series(std::uint8_t tenant_number, Is is) const;

  std::map<Place, CallFigures> hours_;
  std::map<std::tuple<std::uint8_t, std::string, std::string>, std::uint32_t> series_;
  std::map<std::uint32_t, std::pair<std::string, std::string>> names_{{kUnnamed, {}}};
  std::map<std::uint8_t, std::size_t> series_count_;
  std::map<std::uint8_t, std::int64_t> newest_hour_;
};

}  // namespace casewheel::views
