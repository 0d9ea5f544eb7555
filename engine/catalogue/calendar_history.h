// All editions of all calendars: a clock is answered under the edition its date stands under, and
// told what has changed since. Immutable; editions share what did not change. Read from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/catalogue/calendar/calendar_set.h"
#include "engine/domain/rulebook.h"

namespace casewheel::catalogue {

class CalendarHistory {
 public:
  static std::shared_ptr<const CalendarHistory> empty();
  // From all stored versions of all calendars, in any order.
  static std::shared_ptr<const CalendarHistory> of(std::vector<stored::Calendar> versions);

  std::shared_ptr<const CalendarHistory> with(stored::Calendar next) const;

  // As it stood under that edition of the time rules.
  const CalendarSet& at(std::uint64_t edition) const;
  const CalendarSet& latest() const { return *sets_.back(); }

  // The latest change after `edition` that touches this calendar in this county; cause unspecified
  // when none does.
  domain::MoveReason change_since(std::uint64_t edition, std::string_view calendar,
                                  std::string_view county) const;
  // Whether any calendar is another one for cases of this county since then.
  bool touched_since(std::uint64_t edition, std::string_view county) const;

 private:
  std::vector<std::shared_ptr<const CalendarSet>> sets_;  // in order of edition, the first is empty
  std::vector<stored::Calendar> changes_;                 // what made sets_[i + 1] of sets_[i]
};

}  // namespace casewheel::catalogue
