#include "engine/views/call_figures.h"

#include <algorithm>

namespace casewheel::views {

void CallFigures::add(const CallFigures& other, int sign) {
  offered += sign * other.offered;
  answered += sign * other.answered;
  answered_in_time += sign * other.answered_in_time;
  abandoned += sign * other.abandoned;
  abandoned_short += sign * other.abandoned_short;
  missed += sign * other.missed;
  forwarded += sign * other.forwarded;
  waited_ms += sign * other.waited_ms;
  talks += sign * other.talks;
  talked_ms += sign * other.talked_ms;
  wrap_ups += sign * other.wrap_ups;
  wrapped_up_ms += sign * other.wrapped_up_ms;
  if (sign > 0) longest_wait_ms = std::max(longest_wait_ms, other.longest_wait_ms);
}

std::optional<double> CallFigures::service_level() const {
  const std::int64_t waited = offered - abandoned_short - forwarded;
  if (waited <= 0) return std::nullopt;
  return static_cast<double>(answered_in_time) / static_cast<double>(waited);
}

CallFigures figures_of(const journal::v1::Call& call) {
  CallFigures figures;
  if (call.direction() != journal::v1::INBOUND || call.rang_ms() == 0) return figures;
  figures.offered = 1;
  // An end that nobody told says nothing of how long it was.
  const bool told = call.cause() != "unended";
  const bool ended = call.ended_ms() != 0 && told;
  if (call.answered_ms() != 0) {
    figures.answered = 1;
    figures.waited_ms = figures.longest_wait_ms = call.answered_ms() - call.rang_ms();
    figures.answered_in_time = figures.waited_ms <= call.promised_ms() ? 1 : 0;
    if (!ended) return figures;
    figures.talks = 1;
    figures.talked_ms = call.ended_ms() - call.answered_ms();
    if (call.wrapped_ms() == 0) return figures;
    figures.wrap_ups = 1;
    figures.wrapped_up_ms = std::max<DurationMs>(call.wrapped_ms() - call.ended_ms(), 0);
    return figures;
  }
  if (ended) figures.longest_wait_ms = call.ended_ms() - call.rang_ms();
  switch (call.end()) {
    case journal::v1::CALL_ABANDONED:
      figures.abandoned = 1;
      figures.abandoned_short = figures.longest_wait_ms <= CallFigures::kShortMs ? 1 : 0;
      break;
    case journal::v1::CALL_MISSED:
    case journal::v1::CALL_VOICEMAIL:
      figures.missed = 1;
      break;
    case journal::v1::CALL_FORWARDED:
      figures.forwarded = 1;
      break;
    default:
      break;
  }
  return figures;
}

std::uint32_t CallHistory::series_of(const journal::v1::Call& call) {
  const auto tenant = static_cast<std::uint8_t>(call.tenant_number());
  const auto key = std::tuple(tenant, call.line(), call.queue());
  if (const auto known = series_.find(key); known != series_.end()) return known->second;
  if (series_count_[tenant] >= kSeriesMax) return kUnnamed;
  ++series_count_[tenant];
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.emplace(number, std::pair(call.line(), call.queue()));
  series_.emplace(key, number);
  return number;
}

template <typename Is>
bool CallHistory::any_series(std::uint8_t tenant_number, Is is) const {
  const auto count = series_count_.find(tenant_number);
  if (count == series_count_.end()) return false;
  if (count->second >= kSeriesMax) return true;
  for (auto at = series_.lower_bound({tenant_number, "", ""});
       at != series_.end() && std::get<0>(at->first) == tenant_number; ++at) {
    if (is(at->first)) return true;
  }
  return false;
}

bool CallHistory::knows_line(std::uint8_t tenant_number, std::string_view line) const {
  return any_series(tenant_number,
                    [line](const auto& series) { return std::get<1>(series) == line; });
}

bool CallHistory::knows_queue(std::uint8_t tenant_number, std::string_view queue) const {
  return any_series(tenant_number,
                    [queue](const auto& series) { return std::get<2>(series) == queue; });
}

void CallHistory::add(const journal::v1::Call& call, int sign) {
  const CallFigures figures = figures_of(call);
  if (figures.offered == 0) return;
  const auto tenant = static_cast<std::uint8_t>(call.tenant_number());
  const std::int64_t hour = hour_of(call.rang_ms());
  std::int64_t& newest = newest_hour_[tenant];
  const std::int64_t kept = kKeptMs / kHourMs;
  if (hour <= newest - kept) return;
  hours_[{tenant, hour, series_of(call)}].add(figures, sign);
  if (hour <= newest) return;
  newest = hour;
  hours_.erase(hours_.lower_bound({tenant, 0, 0}),
               hours_.lower_bound({tenant, hour - kept + 1, 0}));
}

}  // namespace casewheel::views
