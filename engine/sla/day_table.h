// Opening hours over all dates that can be computed with, summed up so that a question about any of
// them costs a binary search and no allocation. Owned by its Calendar; immutable, read from any
// thread.
//
// The dates form runs in which the weekly pattern repeats and the zone's offset stays: a date with
// hours of its own is a run of one, so is a date on which the clocks jump. A run knows what lies
// before it; within a run, weeks are multiplied. A row for each date of 400 years would take
// megabytes a calendar, and a row for the years around today would need a second, slower way beyond
// them.
//
// It is open at an instant when the wall clock then shows a time within the hours of the date it
// shows. That makes days of 23 and 25 hours add up, and an hour that comes twice count twice.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/time.h"
#include "engine/sla/calendar.h"
#include "engine/sla/zone.h"

namespace casewheel::sla {

// Open from inclusive to exclusive, as time elapsed since the date began.
struct OpenStretch {
  std::int32_t from_ms = 0;
  std::int32_t to_ms = 0;
  std::int32_t open_ms_before = 0;  // on this date
};

// The hours of every date, as a DayTable is made from them.
struct HoursByDate {
  struct Week {
    Date from = 0;
    std::array<DayHours, 7> hours;
  };
  struct Own {
    Date date = 0;
    DayHours hours;
  };
  std::vector<Week> weeks;  // in order; each holds until the next, before the first it is closed
  std::vector<Own> own;     // in order; instead of the week's

  const DayHours& on(Date date) const;
  const Own* own_on(Date date) const;    // null when it has none of its own
  const Week* week_on(Date date) const;  // null before the first
};

class DayTable {
 public:
  DayTable(const Zone& zone, const HoursByDate& hours);

  // Instants outside [begin, end] are taken for the nearer of the two.
  TimeMs begin() const { return runs_.front().start; }
  TimeMs end() const { return runs_.back().start; }

  // A date begins when the wall clock first shows its 00:00 (where that is left out, at the jump)
  // and lasts until the next one begins; it may be empty.
  Date date_at(TimeMs instant) const;
  TimeMs start_of(Date date) const;
  // Of the instant on its date_at.
  DurationMs time_of_day(TimeMs instant) const;
  // When the wall clock shows this; see Zone::instant.
  TimeMs instant(Date date, DurationMs time_ms) const;

  bool is_open_at(TimeMs instant) const;
  // In order, relative to start_of(date).
  std::span<const OpenStretch> stretches(Date date) const;

  // Working time from begin to the instant; in all.
  DurationMs open_ms_before(TimeMs instant) const;
  DurationMs open_ms() const { return runs_.back().open_ms_before; }
  // The first instant with that much working time before it: a closing, not the next opening.
  // 0 < open_ms <= open_ms().
  TimeMs reached_at(DurationMs open_ms) const;
  // The last such instant: an opening, not the closing before it. 0 <= open_ms < open_ms().
  TimeMs left_at(DurationMs open_ms) const;

  // A working day is a date that is open for any time at all.
  bool is_working_day(Date date) const { return !stretches(date).empty(); }
  std::int32_t working_days_before(Date date) const;
  std::int32_t working_days() const { return runs_.back().days_before; }
  // The working day with that many before it. 0 <= index < working_days().
  Date working_day(std::int32_t index) const;
  // Of a working day.
  TimeMs closing_of(Date date) const { return start_of(date) + stretches(date).back().to_ms; }

  std::size_t memory_bytes() const;

 private:
  struct Shape {  // of one date
    std::uint32_t first_stretch = 0;
    std::uint32_t stretch_count = 0;
    std::int32_t open_ms = 0;
  };
  struct Week {
    std::array<std::uint32_t, 7> shapes{};
    // Before the nth date from a Monday on, two weeks long: differences give any part of a week.
    std::array<std::int32_t, 15> open_ms_before{};
    std::array<std::int8_t, 15> days_before{};
  };
  struct Run {
    TimeMs start = 0;
    DurationMs open_ms_before = 0;
    Date first = 0;
    std::int32_t days_before = 0;
    std::uint32_t week = 0;
    std::uint8_t first_day = 0;  // weekday of first, 0 Monday
    bool plain = true;           // the wall clock does not jump
  };
  // A date of a run, and what its run says of the dates before it.
  struct Place {
    const Run* run = nullptr;
    std::int32_t days_in = 0;
    DurationMs elapsed_ms = 0;  // of that date
  };
  // Finds the last run whose member is not above a value: buckets of equal width say where it can be,
  // so that only the runs of some weeks are searched, wherever in 400 years they lie.
  template <typename Value>
  class Index {
   public:
    void build(const std::vector<Run>& runs, Value Run::*member);
    // `value` is not below that of the first run.
    const Run& find(const std::vector<Run>& runs, Value value) const;
    std::size_t memory_bytes() const { return first_.capacity() * sizeof(std::uint32_t); }

   private:
    Value Run::*member_ = nullptr;
    Value origin_ = 0;
    int shift_ = 0;
    std::vector<std::uint32_t> first_;  // run at the beginning of each bucket, and of one more
  };
  class Builder;

  void index_runs();
  Place place_of(TimeMs instant) const;
  const Run& run_of(Date date) const;
  const Shape& shape_of(const Run& run, std::int32_t days_in) const;
  std::span<const OpenStretch> stretches_of(const Shape& shape) const {
    return {stretches_.data() + shape.first_stretch, shape.stretch_count};
  }

  Zone zone_;
  std::vector<OpenStretch> stretches_;
  std::vector<Shape> shapes_;
  std::vector<Week> weeks_;
  std::vector<Run> runs_;  // the last one begins after kDateMax and is empty
  Index<TimeMs> by_start_;
  Index<DurationMs> by_open_ms_;
  Index<Date> by_date_;
  Index<std::int32_t> by_days_;
};

}  // namespace casewheel::sla
