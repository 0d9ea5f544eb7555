// The escalation ladder (稽催層級) as arithmetic: when its steps come and which one fires now. Pure,
// callable from any thread, no allocation. Whom a step speaks to is the catalogue's business.
//
// A repeating rung is the last of its ladder (the catalogue check refuses others), so the rung under
// the cursor always has the earliest instant of all that are left.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/time.h"

namespace casewheel::sla {

struct LadderRung {
  DurationMs offset_ms = 0;        // from due: negative before, positive after
  DurationMs repeat_every_ms = 0;  // 0: once
  std::uint32_t repeat_limit = 0;  // how often it fires in all, the first and the skipped included

  std::uint32_t times() const {
    if (repeat_every_ms <= 0) return 1;
    return repeat_limit == 0 ? 1 : repeat_limit;
  }
};
using Ladder = std::span<const LadderRung>;

// What a clock waits for. step == ladder.size(): nothing is left.
struct LadderCursor {
  std::uint32_t step = 0;
  std::uint32_t repetition = 0;
  bool operator==(const LadderCursor&) const = default;
};

struct Firing {
  LadderCursor fired;         // the repetition that fires: the latest at or before now
  std::uint32_t skipped = 0;  // repetitions missed before it, which fall together in it
  TimeMs instant = 0;         // of the earliest one missed: what lateness is measured from
  LadderCursor next;          // the next future slot, or the rung after it
};

// The instant of one repetition of one rung.
inline TimeMs rung_instant(const LadderRung& rung, std::uint32_t repetition, TimeMs due) {
  return due + rung.offset_ms + static_cast<DurationMs>(repetition) * rung.repeat_every_ms;
}

// When the cursor's step comes; kNever when due is kNever or the ladder is used up.
TimeMs next_instant(Ladder ladder, LadderCursor cursor, TimeMs due);

// What fires at `now`: the cursor's step if its instant is at or before now. Steps that do not repeat
// fire one a call, each on its own record, however late; missed repetitions fall together in one.
std::optional<Firing> firing_at(Ladder ladder, LadderCursor cursor, TimeMs due, TimeMs now);

// Where a ladder begins for a clock that starts, or whose due moved, at `now`. At the start, warnings
// (before due) whose instant lies before now are left out; steps at or after due never are, so that a
// case entered late still reports its breach. After a move every step whose instant lies before now
// is left out: it spoke of the earlier date. A repeating step is left out only when its last
// repetition has passed, else its remaining ones would be lost; it then fires once and re-anchors.
std::uint32_t first_step(Ladder ladder, TimeMs due, TimeMs now, bool after_move);

}  // namespace casewheel::sla
