#include "engine/sla/ladder.h"

#include <algorithm>

#include "engine/sla/due.h"

namespace casewheel::sla {
namespace {

TimeMs or_else(const Result<TimeMs>& instant, TimeMs otherwise) {
  return instant ? *instant : otherwise;
}

}  // namespace

TimeMs rung_instant(const LadderRung& rung, std::uint32_t repetition, TimeMs due,
                    const Calendar* calendar) {
  const DurationMs offset =
      rung.offset_ms + static_cast<DurationMs>(repetition) * rung.repeat_every_ms;
  if (calendar == nullptr) return due + rung.offset_working_days * kDayMs + offset;
  TimeMs instant = due;
  if (rung.in_working_time) {
    if (rung.offset_working_days != 0) {
      instant = or_else(
          add_working_days(*calendar, due, rung.offset_working_days, DayRule::kKeepWallTime),
          due + rung.offset_working_days * kDayMs);
    }
    if (offset != 0)
      instant = or_else(add_working_time(*calendar, instant, offset), instant + offset);
  } else {
    instant += offset;
  }
  return rung.waits_for_opening ? or_else(next_opening(*calendar, instant), instant) : instant;
}

TimeMs next_instant(const Ladder& ladder, LadderCursor cursor) {
  if (ladder.due == kNever || cursor.step >= ladder.rungs.size()) return kNever;
  const LadderRung& rung = ladder.rungs[cursor.step];
  if (cursor.repetition >= rung.times()) return kNever;
  return rung_instant(rung, cursor.repetition, ladder.due, ladder.calendar);
}

TimeMs next_firing(const Ladder& ladder, LadderCursor cursor) {
  const TimeMs instant = next_instant(ladder, cursor);
  if (instant == kNever || ladder.rungs[cursor.step].before_due()) return instant;
  return std::max(instant, ladder.due + 1);
}

std::optional<Firing> firing_at(const Ladder& ladder, LadderCursor cursor, TimeMs now) {
  const TimeMs instant = next_instant(ladder, cursor);
  if (instant == kNever || next_firing(ladder, cursor) > now) return std::nullopt;
  const LadderRung& rung = ladder.rungs[cursor.step];
  const std::uint32_t left = rung.times() - cursor.repetition - 1;
  std::uint32_t skipped = 0;
  if (left > 0 && rung.needs_calendar() && ladder.calendar != nullptr) {
    while (skipped < left && rung_instant(rung, cursor.repetition + skipped + 1, ladder.due,
                                          ladder.calendar) <= now) {
      ++skipped;
    }
  } else if (left > 0) {
    skipped = static_cast<std::uint32_t>(
        std::min<DurationMs>((now - instant) / rung.repeat_every_ms, left));
  }
  Firing firing;
  firing.fired = {cursor.step, cursor.repetition + skipped};
  firing.skipped = skipped;
  firing.instant = instant;
  firing.next = skipped < left ? LadderCursor{cursor.step, cursor.repetition + skipped + 1}
                               : LadderCursor{cursor.step + 1, 0};
  return firing;
}

LadderCursor first_step(const Ladder& ladder, TimeMs now, bool after_move) {
  LadderCursor cursor;
  if (ladder.due == kNever) return cursor;
  const auto passed = [&](const LadderRung& rung, std::uint32_t repetition) {
    return rung_instant(rung, repetition, ladder.due, ladder.calendar) < now;
  };
  for (; cursor.step < ladder.rungs.size(); ++cursor.step) {
    const LadderRung& rung = ladder.rungs[cursor.step];
    const bool may_be_left_out = after_move || rung.before_due();
    if (may_be_left_out && passed(rung, rung.times() - 1)) continue;
    while (after_move && passed(rung, cursor.repetition)) ++cursor.repetition;
    break;
  }
  return cursor;
}

}  // namespace casewheel::sla
