// The part of CallsApi that counts: how calls were answered by the hour, and how many agents that takes.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "engine/api/calls.h"
#include "engine/api/work.h"
#include "engine/sla/zone.h"
#include "engine/views/erlang_c.h"

namespace casewheel::api {
namespace {

// Planned for where nobody has answered a call yet.
constexpr DurationMs kHandlingAssumedMs = 5 * kMinuteMs;
constexpr DurationMs kRangeMsMax = 100 * kDayMs;
constexpr DurationMs kPlannedFromMs = 28 * kDayMs;

struct Range {
  TimeMs from = 0;
  TimeMs to = 0;
};

template <typename Request>
Result<Range> range_of(const Request& request, TimeMs now, DurationMs unless_given) {
  Range range;
  const Result<TimeMs> to =
      time_of("to_time", request.has_to_time() ? &request.to_time() : nullptr);
  if (!to) return to.error();
  range.to = *to == 0 ? now + 1 : *to;  // what rang just now is in it
  const Result<TimeMs> from =
      time_of("from_time", request.has_from_time() ? &request.from_time() : nullptr);
  if (!from) return from.error();
  if (!request.has_from_time() && unless_given == 0)
    return Rejection::invalid("from_time", "is required");
  range.from = request.has_from_time() ? *from : std::max<TimeMs>(range.to - unless_given, 0);
  if (range.from >= range.to) return Rejection::invalid("to_time", "must be after from_time");
  if (range.to - range.from > kRangeMsMax)
    return Rejection::invalid("to_time", "must be at most 100 days after from_time");
  return range;
}

DurationMs average(DurationMs total, std::int64_t count) { return count == 0 ? 0 : total / count; }

// Talk of each, and of those that were wrapped up what that took: as if the others had taken as long.
DurationMs handling_of(const views::CallFigures& figures) {
  return average(figures.talked_ms, figures.talks) +
         average(figures.wrapped_up_ms, figures.wrap_ups);
}

void show(const views::CallFigures& from, v1::CallFigures* out) {
  const auto count = [](std::int64_t value) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
  };
  out->set_offered(count(from.offered));
  out->set_answered(count(from.answered));
  out->set_answered_in_time(count(from.answered_in_time));
  out->set_abandoned(count(from.abandoned));
  out->set_abandoned_short(count(from.abandoned_short));
  out->set_missed(count(from.missed));
  out->set_forwarded(count(from.forwarded));
  if (const std::optional<double> level = from.service_level()) out->set_service_level(*level);
  set_duration(out->mutable_average_speed_of_answer(), average(from.waited_ms, from.answered));
  set_duration(out->mutable_longest_wait(), from.longest_wait_ms);
  set_duration(out->mutable_average_talk(), average(from.talked_ms, from.talks));
  set_duration(out->mutable_average_wrap_up(), average(from.wrapped_up_ms, from.wrap_ups));
  set_duration(out->mutable_average_handling(), handling_of(from));
}

DurationMs seconds(double value) { return static_cast<DurationMs>(std::llround(value * 1000)); }

bool is_share(double value, double least, double most) {
  return std::isfinite(value) && value >= least && value <= most;
}

// 1970-01-01 was a Thursday.
std::uint32_t weekday_of(std::int32_t date) {
  return static_cast<std::uint32_t>(((date + 3) % 7 + 7) % 7) + 1;
}

// Figures are of the hotline as a whole, which is the unit's that calls back.
Result<Desk> hotline_desk(const Call& call, const Services& services, const std::string& tenant) {
  Result<Desk> desk = desk_of(call, services, "tenant", tenant);
  if (!desk) return desk.error();
  if (partition::covers(desk->who, *desk->rules, stored::Call())) return desk;
  return Rejection::of(RejectionCode::kNotPermitted,
                       "takes the right for the unit that calls back, whose the hotline is");
}

// Why a line or queue is refused: neither the catalogue nor any call has it, so that its figures would look as if
// nobody had called.
template <typename Request>
std::optional<Rejection> unknown_part(const Request& request, const catalogue::TenantRules& rules,
                                      const views::CallDesk& calls) {
  const stored::Hotline& hotline = rules.catalogue().hotline();
  const auto lists = [](const auto& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!request.line().empty() && !lists(hotline.lines(), request.line()) &&
      !calls.knows_line(rules.tenant_number(), request.line()))
    return Rejection::invalid("line",
                              "no such line in the catalogue or of a call: " + request.line());
  if (!request.queue().empty() && !lists(hotline.queues(), request.queue()) &&
      !calls.knows_queue(rules.tenant_number(), request.queue()))
    return Rejection::invalid("queue",
                              "no such queue in the catalogue or of a call: " + request.queue());
  return std::nullopt;
}

}  // namespace

void CallsApi::statistics(const Call& call, const v1::GetCallStatisticsRequest& request,
                          Done<v1::CallStatistics> done) {
  scan(services_, call, done,
       [this, call, request, done](Work& work) { find_statistics(call, request, work, done); });
}

void CallsApi::find_statistics(const Call& call, const v1::GetCallStatisticsRequest& request,
                               Work& work, const Done<v1::CallStatistics>& done) {
  const Result<Desk> desk = hotline_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  const TimeMs now = services_.engine.clock().read().now;
  const Result<Range> range = range_of(request, now, 0);
  if (!range) return done(range.error());
  if (auto unknown = unknown_part(request, *desk->rules, services_.board.calls()))
    return done(*std::move(unknown));
  const sla::Zone zone =
      sla::Zone::load(desk->rules->catalogue().time_zone()).value_or(sla::Zone::utc());
  v1::CallStatistics out;
  set_duration(out.mutable_answer_within(), desk->rules->answer_within_ms());
  set_time(out.mutable_as_of(), now);
  views::CallFigures total;
  views::CallFigures day;
  std::int32_t date = 0;
  const auto end_day = [&] {
    if (day.offered == 0) return;
    v1::CallStatistics::Slot& slot = *out.add_days();
    set_time(slot.mutable_start_time(), zone.instant(date, 0));
    show(day, slot.mutable_figures());
    day = {};
  };
  std::size_t looked = 0;
  std::uint64_t unnamed = 0;
  const views::CallDesk::Hours hours =
      services_.board.calls().hours(desk->rules->tenant_number(), range->from, range->to,
                                    request.line(), request.queue(), &looked, &unnamed);
  work.look_at(looked / kEntriesPerRow);
  for (const auto& [start, figures] : hours) {
    if (figures.offered == 0) continue;
    const std::int32_t on = zone.wall_time(start).date;
    if (on != date) end_day();
    date = on;
    v1::CallStatistics::Slot& slot = *out.add_hours();
    set_time(slot.mutable_start_time(), start);
    show(figures, slot.mutable_figures());
    day.add(figures);
    total.add(figures);
  }
  end_day();
  show(total, out.mutable_total());
  out.set_calls_not_told_apart(unnamed);
  done(std::move(out));
}

void CallsApi::plan_staffing(const Call& call, const v1::PlanStaffingRequest& request,
                             Done<v1::StaffingPlan> done) {
  scan(services_, call, done,
       [this, call, request, done](Work& work) { find_staffing(call, request, work, done); });
}

void CallsApi::find_staffing(const Call& call, const v1::PlanStaffingRequest& request, Work& work,
                             const Done<v1::StaffingPlan>& done) {
  const Result<Desk> desk = hotline_desk(call, services_, request.tenant());
  if (!desk) return done(desk.error());
  const TimeMs now = services_.engine.clock().read().now;
  const Result<Range> range = range_of(request, now, kPlannedFromMs);
  if (!range) return done(range.error());
  if (auto unknown = unknown_part(request, *desk->rules, services_.board.calls()))
    return done(*std::move(unknown));
  const double level = request.service_level() == 0 ? 0.8 : request.service_level();
  if (!is_share(level, 0.01, 0.999))
    return done(Rejection::invalid("service_level", "must be from 0.01 to 0.999"));
  const double busier = request.busier() == 0 ? 1 : request.busier();
  if (!is_share(busier, 0.001, 100))
    return done(Rejection::invalid("busier", "must be from 0.001 to 100"));
  const Result<DurationMs> within = duration_of("answer_within", request.answer_within());
  if (!within) return done(within.error());
  if (*within < 0 || *within > kHourMs)
    return done(Rejection::invalid("answer_within", "must be from 0 to 1 hour"));
  const Result<DurationMs> handling = duration_of("handling", request.handling());
  if (!handling) return done(handling.error());
  if (*handling < 0 || *handling > 4 * kHourMs)
    return done(Rejection::invalid("handling", "must be from 0 to 4 hours"));
  std::uint32_t weekdays = 0;
  for (const std::uint32_t weekday : request.weekdays()) {
    if (weekday < 1 || weekday > 7)
      return done(Rejection::invalid("weekdays", "are 1 (Monday) to 7 (Sunday)"));
    weekdays |= 1u << weekday;
  }
  const DurationMs promise =
      request.has_answer_within() ? *within : desk->rules->answer_within_ms();
  const sla::Zone zone =
      sla::Zone::load(desk->rules->catalogue().time_zone()).value_or(sla::Zone::utc());
  const auto counts = [&](std::int32_t date) {
    return weekdays == 0 || (weekdays >> weekday_of(date) & 1) != 0;
  };

  std::array<views::CallFigures, 24> by_hour;
  views::CallFigures all;
  std::size_t looked = 0;
  std::uint64_t unnamed = 0;
  const views::CallDesk::Hours hours =
      services_.board.calls().hours(desk->rules->tenant_number(), range->from, range->to,
                                    request.line(), request.queue(), &looked, &unnamed);
  work.look_at(looked / kEntriesPerRow);
  for (const auto& [start, figures] : hours) {
    const sla::WallTime wall = zone.wall_time(start);
    if (!counts(wall.date)) continue;
    by_hour[static_cast<std::size_t>(wall.time_ms / kHourMs)].add(figures);
    all.add(figures);
  }
  std::uint32_t days = 0;
  const std::int32_t last = zone.wall_time(range->to - 1).date;
  for (std::int32_t date = zone.wall_time(range->from).date; date <= last; ++date)
    days += counts(date) ? 1 : 0;
  v1::StaffingPlan out;
  out.set_days(days);
  out.set_calls_not_told_apart(unnamed);
  out.set_service_level(level);
  set_duration(out.mutable_answer_within(), promise);
  set_time(out.mutable_as_of(), now);
  for (std::size_t hour = 0; hour < by_hour.size(); ++hour) {
    const views::CallFigures& figures = by_hour[hour];
    DurationMs takes = *handling;
    if (takes == 0) takes = handling_of(figures);
    if (takes == 0) takes = handling_of(all);
    if (takes == 0 && figures.offered > 0) {
      takes = kHandlingAssumedMs;
      out.set_handling_assumed(true);
    }
    const double calls =
        days == 0 ? 0
                  : busier * static_cast<double>(std::max<std::int64_t>(figures.offered, 0)) / days;
    const double erlangs = calls * static_cast<double>(takes) / kHourMs;
    if (erlangs > views::kErlangsMax)
      return done(Rejection::invalid("busier", "gives more than 10,000 erlangs of work"));
    const views::Staffing staffing =
        views::staffing_for(erlangs, static_cast<double>(takes) / kSecondMs,
                            static_cast<double>(promise) / kSecondMs, level);
    v1::StaffingPlan::Hour& row = *out.add_hours();
    row.set_hour(static_cast<std::uint32_t>(hour));
    row.set_calls(calls);
    set_duration(row.mutable_handling(), takes);
    row.set_erlangs(erlangs);
    row.set_agents(staffing.agents);
    row.set_service_level(staffing.service_level);
    row.set_occupancy(staffing.occupancy);
    set_duration(row.mutable_average_speed_of_answer(), seconds(staffing.wait_s));
  }
  done(std::move(out));
}

}  // namespace casewheel::api
