// The due instant of a wall-time allowance whose counting was paused, derived from the intervals
// themselves: nothing like "remaining time" is ever stored or accumulated. Pure, callable from any
// thread, no allocation: asked for every clock of every case a partition touches.
#pragma once

#include "engine/base/time.h"

namespace casewheel::sla {

// Time that does not count: from inclusive, to exclusive; to == 0 while it lasts.
struct Pause {
  TimeMs from = 0;
  TimeMs to = 0;
};

// Walks the pauses of one clock in order of their beginning. What overlaps counts once; what lies
// before the start counts nothing. A pause that begins at or after the due instant, as moved by the
// pauses before it, does not move it: the clock was already broken.
class PausedDue {
 public:
  PausedDue(TimeMs start, DurationMs amount) : counted_until_(start), due_(start + amount) {}

  void add(TimeMs from, TimeMs to) {
    if (due_ == kNever || from >= due_) return;
    if (to == 0) {
      due_ = kNever;
      return;
    }
    if (from < counted_until_) from = counted_until_;
    if (to <= from) return;
    due_ += to - from;
    counted_until_ = to;
  }

  // kNever while an open pause that began before due lasts.
  TimeMs due() const { return due_; }

 private:
  TimeMs counted_until_;  // pauses before this instant are already in due_
  TimeMs due_;
};

}  // namespace casewheel::sla
