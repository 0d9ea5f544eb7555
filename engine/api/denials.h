// Denials on the trail, bounded: whoever goes on asking for what is not allowed must not fill the
// disk with lines. Of one identity so many lines a minute stand as they are; the rest of the minute
// is one line with their number, written when the minute is over. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "casewheel/journal/v1/access.pb.h"
#include "engine/base/time.h"

namespace casewheel::api {

class Denials {
 public:
  static constexpr DurationMs kWindowMs = kMinuteMs;
  static constexpr std::size_t kLinesOfWindow = 20;
  // Identities remembered at once. Beyond it the windows of all end early: whoever holds so many
  // accounts is on the trail with two lines for each.
  static constexpr std::size_t kNamesMax = 10'000;

  using Line = ::casewheel::journal::v1::AuditRecord;

  // The lines to write now that this one came.
  std::vector<Line> take(Line line, std::int64_t steady_ms);
  // The lines of minutes that are over; to be called every second or so.
  std::vector<Line> over(std::int64_t steady_ms);
  // The lines of all: when the process ends.
  std::vector<Line> all();

 private:
  struct Window {
    std::int64_t begun_ms = 0;
    std::size_t lines = 0;
    std::uint64_t folded = 0;
    Line last = {};
  };
  static void end(Window* window, std::vector<Line>* lines);

  std::mutex mutex_;
  std::map<std::string, Window> windows_;  // by who was denied
};

}  // namespace casewheel::api
