// A schedule as other systems write it in JSON, into a calendar: the part that a line of
// `casewheel sla` carries along. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "engine/base/result.h"
#include "engine/sla/calendar.h"

namespace casewheel::cli {

// {tz, weekly[{dow 1 Monday to 7, start, end}], holidays[date], overrides{date:[{start,end}]},
// breaks{date:[{start,end}]}}: times of day "HH:MM" or "HH:MM:SS", "24:00" for the end of the day;
// spans may overlap. An override replaces that date's hours, an empty one closes it; a holiday beats
// an override; a break is taken out. The rejection names the field.
Result<std::shared_ptr<const sla::Calendar>> read_schedule(const boost::json::object& schedule);

// Schedules repeat from line to line: each is read once while it is among the last few. One thread.
class ScheduleCache {
 public:
  Result<std::shared_ptr<const sla::Calendar>> calendar_of(const boost::json::object& schedule);

 private:
  // Beyond either, all are forgotten: what repeats is soon known again.
  static constexpr std::size_t kBytesMax = 16 * 1024 * 1024;
  static constexpr std::size_t kSchedulesMax = 256;

  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const sla::Calendar>> known_;
};

}  // namespace casewheel::cli
