// See oracle_clock.h.
#include "tests/simulation/oracle_clock.h"

#include <algorithm>

namespace casewheel::simulation {
namespace {

bool before_due(const stored::LadderStep& step) {
  return step.offset_working_days() != 0 ? step.offset_working_days() < 0 : step.offset_ms() < 0;
}

std::uint32_t times_of(const stored::LadderStep& step) {
  return step.repeat_every_ms() == 0 ? 1 : std::max(1u, step.repeat_limit());
}

}  // namespace

bool OracleClock::counts_by_calendar() const {
  const stored::Allowance& allowance = facts.allowance();
  return facts.kind() != stored::AGREED_DATE &&
         (allowance.has_working_ms() || allowance.has_working_days() ||
          allowance.has_calendar_days() || allowance.count_from() != stored::FROM_RECEIVED ||
          allowance.outside_hours_extra_ms() != 0 || allowance.outside_hours_extra_days() != 0);
}

bool OracleClock::ladder_needs_calendar() const {
  return rule != nullptr && std::any_of(rule->ladder().begin(), rule->ladder().end(),
                                        [](const stored::LadderStep& step) {
                                          return step.in_working_time() || step.waits_for_opening();
                                        });
}

TimeMs OracleClock::due_under(std::uint64_t edition, TimeMs open_until) const {
  const TimeMs own = own_due_under(edition, open_until);
  if (promised == 0) return own;
  TimeMs kept = promised;
  if (promised_at < promised) {  // else it had passed on its way here
    kept = use_up_wall(promised_at, promised - promised_at, counted(promised_at, open_until));
  }
  return carried ? kept : std::min(own, kept);
}

Pauses OracleClock::counted(TimeMs since, TimeMs open_until) const {
  Pauses all;
  for (const auto& [from, to] : pauses) {
    if (to != 0 && to <= since) continue;
    const TimeMs begins = std::max(from, since);
    all.emplace_back(begins, to == 0 && open_until != 0 ? std::max(begins, open_until) : to);
  }
  return all;
}

TimeMs OracleClock::own_due_under(std::uint64_t edition, TimeMs open_until) const {
  if (named) {
    const TimeMs due = use_up_wall(named->since_ms(), named->named_ms() - named->since_ms(),
                                   counted(facts.start_ms(), open_until));
    if (due == kNever || facts.calendar().empty()) return due;
    const SlowCalendar* then =
        calendars->at(named->rules_edition(), facts.calendar(), facts.county());
    if (then != nullptr && !then->has_work(named->named_ms())) return due;  // it was meant so
    return calendars->at(edition, facts.calendar(), facts.county())->to_working_day(due);
  }
  if (!counts_by_calendar())
    return use_up_wall(facts.start_ms(), facts.allowance().wall_ms(),
                       counted(facts.start_ms(), open_until));
  const SlowCalendar* calendar = calendars->at(edition, facts.calendar(), facts.county());
  CASEWHEEL_CHECK(calendar != nullptr, "no such calendar: " + facts.calendar());
  return calendar->due(facts.allowance(), facts.start_ms(), counted(facts.start_ms(), open_until));
}

TimeMs OracleClock::instant_of(const OracleSlot& slot, TimeMs due) const {
  if (due == kNever) return kNever;
  const stored::LadderStep& step = rule->ladder(static_cast<int>(slot.step));
  const DurationMs offset = step.offset_ms() + step.repeat_every_ms() * slot.repetition;
  if (!ladder_needs_calendar()) return due + offset;
  const SlowCalendar& calendar =
      *calendars->at(facts.rules_edition(), facts.calendar(), facts.county());
  TimeMs instant = due;
  if (step.in_working_time()) {
    if (step.offset_working_days() != 0)
      instant = calendar.add_working_days(due, step.offset_working_days());
    if (offset != 0) instant = calendar.add_working_ms(instant, offset);
  } else {
    instant += offset;
  }
  return step.waits_for_opening() ? calendar.next_opening(instant) : instant;
}

TimeMs OracleClock::firing_of(const OracleSlot& slot, TimeMs due) const {
  const TimeMs instant = instant_of(slot, due);
  if (instant == kNever || before_due(rule->ladder(static_cast<int>(slot.step)))) return instant;
  return std::max(instant, due + 1);
}

std::string OracleClock::ladder() const {
  std::string content;
  if (rule == nullptr) return content;
  for (const stored::LadderStep& step : rule->ladder()) content += step.SerializeAsString() + "\n";
  return content;
}

OracleSlot OracleClock::cursor() const {
  if (!left.empty()) return left.front();
  return {rule == nullptr ? 0 : static_cast<std::uint32_t>(rule->ladder_size()), 0};
}

void OracleClock::lay_out_whole() {
  left.clear();
  if (rule == nullptr) return;
  for (int i = 0; i < rule->ladder_size(); ++i) {
    for (std::uint32_t repetition = 0; repetition < times_of(rule->ladder(i)); ++repetition)
      left.push_back({static_cast<std::uint32_t>(i), repetition});
  }
}

void OracleClock::lay_out(TimeMs now, bool after_move) {
  lay_out_whole();
  const TimeMs due = due_under(facts.rules_edition(), now);
  if (due == kNever) return;
  while (!left.empty()) {
    const std::uint32_t step = left.front().step;
    const stored::LadderStep& rung = rule->ladder(static_cast<int>(step));
    const bool passed = instant_of({step, times_of(rung) - 1}, due) < now;
    if (!passed || (!after_move && !before_due(rung))) break;
    left.erase(left.begin(), left.begin() + times_of(rung));
  }
  while (after_move && !left.empty() && instant_of(left.front(), due) < now)
    left.erase(left.begin());
}

void OracleClock::leave_date(TimeMs due) {
  OracleClock whole = *this;
  whole.lay_out_whole();
  told.erase({ladder(), due});
  if (!breached && left.size() == whole.left.size()) return;  // nothing was told of it
  told[{ladder(), due}] = {left, breached, late_by_change};
}

void OracleClock::reach_date(const OracleClock& before, TimeMs now, bool by_change) {
  const TimeMs was = before.due();
  const TimeMs is = due();
  const bool same_ladder = ladder() == before.ladder();
  OracleClock leaving = before;
  leaving.leave_date(was);
  told = leaving.told;
  if (same_ladder && was == is) {
    if (is < now && by_change && before.status == stored::CANCELLED) late_by_change = true;
    return;
  }
  const auto found = told.find({ladder(), is});
  const Told* place = found == told.end() ? nullptr : &found->second;
  const bool late = is < now;
  const bool place_told = place != nullptr && place->breached;
  const bool was_owed = before.status != stored::CANCELLED;
  const bool staff_was_late =
      !before.late_by_change && (before.breached || (was_owed && was < now));
  breached = late && (before.breached || place_told);
  late_by_change = late && (place_told ? place->late_by_change : by_change && !staff_was_late);
  if (same_ladder && place == nullptr && !before.breached && !breached && (late || is == kNever))
    return;
  if (place != nullptr && (place_told || is == kNever)) {
    left = place->left;
    return;
  }
  lay_out(now, breached || !late);
  if (place != nullptr && place->left.size() < left.size()) left = place->left;
}

}  // namespace casewheel::simulation
