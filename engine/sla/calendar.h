// A calendar (辦公日曆) ready for arithmetic: every local date's opening hours, with inheritance and
// one county's closures already resolved. Immutable, read from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/sla/zone.h"

namespace casewheel::sla {

// A local date as days since 1970-01-01.
using Date = std::int32_t;

Date date_of(int year, int month, int day);  // proleptic Gregorian
std::uint32_t yyyymmdd(Date date);
std::optional<Date> date_of_yyyymmdd(std::uint32_t number);  // empty when there is no such date
int weekday(Date date);                                      // 1 Monday to 7 Sunday
std::string iso_date(Date date);                             // 2026-01-05

// Local time of day, seconds since midnight; to is exclusive and may be 86400 (24:00).
struct OpenSpan {
  std::int32_t from_s = 0;
  std::int32_t to_s = 0;
  bool operator==(const OpenSpan&) const = default;
};
// In order, apart from one another (spans that touch are joined).
using DayHours = std::vector<OpenSpan>;

// Why a date's hours are not those of its weekday.
enum class DayOrigin : std::uint8_t { kWeekly, kHoliday, kWorkingDay, kOwnHours, kClosure };

struct DayPlan {
  DayHours hours;
  DayOrigin origin = DayOrigin::kWeekly;
  std::string name;          // of the holiday, make-up day or closure; may be empty
  bool provisional = false;  // after the last date the publisher has spoken for
};

// What a calendar is made from. One layer is one calendar of the tree; the layers of a calendar go
// from itself up to the national one, and the first that speaks of a thing decides it: of a date, of
// the weekly hours in force on a date, of the zone. known_until is the largest of all layers. Before
// the first effective date of all layers there are no weekly hours.
struct CalendarLayer {
  struct Weekly {
    Date effective_from = 0;
    std::array<DayHours, 7> hours;  // Monday first
  };
  // A make-up day (kWorkingDay) has the weekly hours of its weekday; where that is a day off, those
  // of the first weekday of the week that has any.
  struct Day {
    Date date = 0;
    DayOrigin what = DayOrigin::kHoliday;  // kHoliday, kWorkingDay or kOwnHours
    DayHours hours;                        // of kOwnHours
    std::string name;
  };
  std::vector<Weekly> weekly;  // in order of effective_from
  std::vector<Day> days;       // in order of date, one of each
  Date known_until = 0;        // 0: says nothing of its own
};

// A closure that holds for the county the calendar is made for. Taken out of whatever hours the
// date has. Of several for one date a later one decides the hours it names, so that a morning and an
// afternoon add up, and a reopening gives back no more than it says.
struct ClosedPart {
  Date date = 0;
  bool reopened = false;
  DayHours hours;  // empty: the whole day
  std::string reason;
};

// Dates beyond these cannot be computed with (1900-01-01 to 2299-12-31).
inline constexpr Date kDateMin = -25567;
inline constexpr Date kDateMax = 120529;

class DayTable;

class Calendar {
 public:
  // Layers nearest first. Refused: no weekly rule in any layer (one without hours is a rule), spans
  // out of order or out of the day, weekly rules or days out of order, dates beyond kDateMin to
  // kDateMax. Closures come in the order in which they were declared.
  static Result<std::shared_ptr<const Calendar>> make(Zone zone,
                                                      std::span<const CalendarLayer> layers,
                                                      std::span<const ClosedPart> closures);
  ~Calendar();

  const Zone& zone() const { return zone_; }
  Date known_until() const { return known_until_; }
  // The first instant of the date after known_until.
  TimeMs known_end() const { return known_end_; }
  DayPlan plan(Date date) const;
  // As if no closure had been declared: what the closed hours of a date were before.
  DayPlan plan_before_closures(Date date) const;
  const DayTable& table() const { return *table_; }
  std::size_t memory_bytes() const;

 private:
  struct Rules;
  Calendar(Zone zone, Date known_until, std::unique_ptr<const Rules> rules,
           std::unique_ptr<const DayTable> table);

  Zone zone_;
  Date known_until_;
  TimeMs known_end_;
  std::unique_ptr<const Rules> rules_;
  std::unique_ptr<const DayTable> table_;
};

}  // namespace casewheel::sla
