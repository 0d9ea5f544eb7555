// `casewheel sla`: a JSON object a line in, one a line out, without a server. For other systems, and
// for checking what the engine says. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "engine/cli/sla/schedule.h"

namespace casewheel::cli {

// A schedule with every date of thirty years written out fits.
inline constexpr std::size_t kCalculatorLineBytesMax = 1024 * 1024;

class SlaCalculator {
 public:
  // {id, schedule, start, amount_business_seconds | business_days with day_rule | calendar_days}
  // into {"id","due"}, due in the schedule's zone.
  std::string due(std::string_view line);
  // {id, schedule, start, end} into {"id","business_seconds"}: negative when end lies before start,
  // a fraction when it is not whole.
  std::string elapsed(std::string_view line);

  // Lines that were answered {"id","error"}: what is wrong with one is no reason to stop.
  std::uint64_t mistakes() const { return mistakes_; }

  using Answer = std::string (SlaCalculator::*)(std::string_view line);
  // Answers line by line until the input ends; empty lines are passed over.
  void run(Answer answer, std::istream& in, std::ostream& out);

 private:
  template <typename Compute>
  std::string answered(std::string_view line, Compute compute);

  ScheduleCache schedules_;
  std::uint64_t mistakes_ = 0;
};

}  // namespace casewheel::cli
