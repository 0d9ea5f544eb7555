// The escalation ladder (稽催層級) as arithmetic: when its steps come and which one fires now.
// Pure, callable from any thread. Whom a step speaks to is the catalogue's business.
//
// At due the clock is still in time: a step that is not before due fires when due has passed, so that no
// step speaks of a breach before there is one.
//
// A repeating rung is the last of its ladder (the catalogue check refuses others), so the rung
// under the cursor is always the next one: steps go in order, and one that its calendar moves behind
// its successor holds that one up.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/time.h"
#include "engine/sla/calendar.h"

namespace casewheel::sla {

struct LadderRung {
  DurationMs offset_ms = 0;        // from due: negative before, positive after
  DurationMs repeat_every_ms = 0;  // 0: once
  std::uint32_t repeat_limit = 0;  // how often it fires in all, the first and the skipped included
  // Offset and repetition count within opening hours; offset_working_days are walked first.
  bool in_working_time = false;
  std::int32_t offset_working_days = 0;
  // What comes outside opening hours waits for the next opening.
  bool waits_for_opening = false;

  std::uint32_t times() const {
    if (repeat_every_ms <= 0) return 1;
    return repeat_limit == 0 ? 1 : repeat_limit;
  }
  bool needs_calendar() const { return in_working_time || waits_for_opening; }
  bool before_due() const {
    return offset_working_days != 0 ? offset_working_days < 0 : offset_ms < 0;
  }
};

// A ladder on a due date. `calendar` may be null when no rung needs one; a rung that cannot be
// walked on its calendar (it never opens) counts by the wall.
struct Ladder {
  std::span<const LadderRung> rungs;
  TimeMs due = 0;  // kNever: nothing waits
  const Calendar* calendar = nullptr;
};

// What a clock waits for. step == rungs.size(): nothing is left.
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
TimeMs rung_instant(const LadderRung& rung, std::uint32_t repetition, TimeMs due,
                    const Calendar* calendar);

// When the cursor's step comes; kNever when due is kNever or the ladder is used up.
TimeMs next_instant(const Ladder& ladder, LadderCursor cursor);
// When it fires: then, or in the first millisecond that is late.
TimeMs next_firing(const Ladder& ladder, LadderCursor cursor);

// What fires at `now`: the cursor's step if its instant is at or before now, and due has passed where the
// step is not before due. Steps that do not
// repeat fire one a call, each on its own record, however late; missed repetitions fall together in
// one.
std::optional<Firing> firing_at(const Ladder& ladder, LadderCursor cursor, TimeMs now);

// Where a ladder begins for a clock that starts, or whose due moved, at `now`. At the start,
// warnings (before due) whose instant lies before now are left out; steps at or after due never
// are, so that a case entered late still reports its breach. After a move every step and repetition
// whose instant lies before now is left out: it spoke of the earlier date, or was told of it.
LadderCursor first_step(const Ladder& ladder, TimeMs now, bool after_move);

}  // namespace casewheel::sla
