#include "engine/sla/ladder.h"

#include <algorithm>

namespace casewheel::sla {

TimeMs next_instant(Ladder ladder, LadderCursor cursor, TimeMs due) {
  if (due == kNever || cursor.step >= ladder.size()) return kNever;
  const LadderRung& rung = ladder[cursor.step];
  if (cursor.repetition >= rung.times()) return kNever;
  return rung_instant(rung, cursor.repetition, due);
}

std::optional<Firing> firing_at(Ladder ladder, LadderCursor cursor, TimeMs due, TimeMs now) {
  const TimeMs instant = next_instant(ladder, cursor, due);
  if (instant > now || instant == kNever) return std::nullopt;
  const LadderRung& rung = ladder[cursor.step];
  const std::uint32_t left = rung.times() - cursor.repetition - 1;
  std::uint32_t skipped = 0;
  if (left > 0) {
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

std::uint32_t first_step(Ladder ladder, TimeMs due, TimeMs now, bool after_move) {
  if (due == kNever) return 0;
  std::uint32_t step = 0;
  for (; step < ladder.size(); ++step) {
    const LadderRung& rung = ladder[step];
    const bool may_be_left_out = after_move || rung.offset_ms < 0;
    const bool passed = rung_instant(rung, rung.times() - 1, due) < now;
    if (!may_be_left_out || !passed) break;
  }
  return step;
}

}  // namespace casewheel::sla
