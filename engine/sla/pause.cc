#include "engine/sla/pause.h"

#include <algorithm>

namespace casewheel::sla {

TimeMs due_with_pauses(TimeMs start, DurationMs amount, std::span<const Pause> pauses) {
  PausedDue walk(start, amount);
  for (const Pause& pause : pauses) walk.add(pause.from, pause.to);
  return walk.due();
}

DurationMs counted_time(TimeMs start, TimeMs until, std::span<const Pause> pauses) {
  if (until <= start) return 0;
  DurationMs counted = until - start;
  TimeMs passed = start;
  for (const Pause& pause : pauses) {
    const TimeMs from = std::max(pause.from, passed);
    const TimeMs to = std::min(pause.to == 0 ? until : pause.to, until);
    if (to <= from) continue;
    counted -= to - from;
    passed = to;
  }
  return counted;
}

}  // namespace casewheel::sla
