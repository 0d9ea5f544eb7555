// What due() finds on its way to the date, kept for explain(), so that the two cannot disagree.
// Internal to engine/sla.
#pragma once

#include "engine/sla/due.h"

namespace casewheel::sla {

struct Reckoning {
  DueAnswer answer;
  TimeMs counted_from = 0;
  DurationMs extra_ms = 0;
  std::int32_t extra_days = 0;
  TimeMs due_counted = 0;  // kNever while a pause lasts
  // Of days: the date that is not counted, the last one counted, and the instant that the rule looks
  // for an opening from.
  Date first_date = 0;
  Date last_date = 0;
  TimeMs days_end = 0;
};

Result<Reckoning> reckon(const Calendar* calendar, const DueQuestion& question);

// The pause as the question wants it: one that lasts ends at open_until, when that is given. to is
// kNever when it lasts for good.
Pause as_asked(const Pause& pause, const DueQuestion& question);

// Dates a pause keeps from being counted: those after `after` up to and with `through`.
struct PausedDates {
  Date after = 0;
  Date through = 0;
};
// `counted_until`: dates up to it are counted or paused already.
PausedDates paused_dates(const DayTable& table, const Pause& pause, Date counted_until);

}  // namespace casewheel::sla
