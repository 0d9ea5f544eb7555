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

bool OracleClock::pauses_for(stored::PauseReason reason) const {
  if (rule == nullptr) return false;
  if (reason == stored::AWAITING_APPLICANT_DOCUMENTS) return rule->pauses_awaiting_documents();
  return std::find(rule->pauses().begin(), rule->pauses().end(), reason) != rule->pauses().end();
}

TimeMs OracleClock::due_under(std::uint64_t edition, TimeMs open_until) const {
  const TimeMs own = own_due_under(edition, open_until);
  if (promised == 0) return own;
  Pauses counted = pauses;
  for (auto& [from, to] : counted) {
    if (to == 0 && open_until != 0) to = std::max(from, open_until);
  }
  const TimeMs kept = use_up_wall(promised_at, promised - promised_at, std::move(counted));
  return carried ? kept : std::min(own, kept);
}

TimeMs OracleClock::own_due_under(std::uint64_t edition, TimeMs open_until) const {
  Pauses counted = pauses;
  for (auto& [from, to] : counted) {
    if (to == 0 && open_until != 0) to = std::max(from, open_until);
  }
  if (facts.kind() == stored::AGREED_DATE) {
    return use_up_wall(facts.start_ms(), facts.agreed_ms() - facts.start_ms() + extension,
                       std::move(counted));
  }
  if (!counts_by_calendar()) {
    return use_up_wall(facts.start_ms(), facts.allowance().wall_ms() + extension,
                       std::move(counted));
  }
  const SlowCalendar* calendar = calendars->at(edition, facts.calendar(), facts.county());
  CASEWHEEL_CHECK(calendar != nullptr, "no such calendar: " + facts.calendar());
  const TimeMs due = calendar->due(facts.allowance(), facts.start_ms(), counted);
  if (due == kNever || extension == 0) return due;
  return use_up_wall(due, extension, std::move(counted));
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
    if (!passed || (!after_move && !before_due(rung))) return;
    left.erase(left.begin(), left.begin() + times_of(rung));
  }
}

}  // namespace casewheel::simulation
