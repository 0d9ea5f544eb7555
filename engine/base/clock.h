// Engine time: never goes back, and does not believe a jump.
//
// A step back of the machine's clock holds engine time still until the clock has caught up. A step
// forward beyond a limit freezes firing: engine time goes on by the steady clock until an operator
// confirms the new time. On the virtual clock time moves only when told to. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace casewheel {

// Where the two clocks of the machine are read; tests have their own.
class ClockSource {
 public:
  virtual ~ClockSource() = default;
  virtual TimeMs system_ms() = 0;        // UTC, may be set by anybody
  virtual std::int64_t steady_ms() = 0;  // never goes back, counts while the machine is awake
};

ClockSource& machine_clock();

struct ClockLimits {
  DurationMs jump_ms = 5 * kMinuteMs;    // forward, between two readings of a running engine
  DurationMs absence_ms = 366 * kDayMs;  // forward, between the last commit and the start
};

class EngineClock {
 public:
  struct Reading {
    TimeMs now = 0;
    bool frozen = false;  // deadlines wait for confirm()
  };
  // A stretch in which firing was held because of a jump; `until` is 0 while it lasts.
  struct Hold {
    TimeMs from = 0;
    TimeMs until = 0;
  };

  // `last_now`: engine time of the last commit, 0 on a new installation. `frozen_since`: a jump at
  // that engine time was not confirmed before the engine stopped, so it still waits; 0: none.
  static std::unique_ptr<EngineClock> make_real(ClockSource& source, TimeMs last_now,
                                                ClockLimits limits, TimeMs frozen_since = 0);
  static std::unique_ptr<EngineClock> make_virtual(ClockSource& source, TimeMs start);

  Reading read();
  bool is_virtual() const { return virtual_; }
  TimeMs system_ms() { return source_.system_ms(); }

  // Virtual clock: moves time on. Refused on a real clock or backwards.
  Status advance_to(TimeMs target);
  // Accepts the machine's time after a jump.
  void confirm();
  Hold hold();
  // What an operator should know, in words; empty when all is well.
  std::string alarm();

 private:
  EngineClock(ClockSource& source, bool is_virtual, TimeMs start, ClockLimits limits);

  std::mutex mutex_;
  ClockSource& source_;
  const bool virtual_;
  const ClockLimits limits_;
  TimeMs now_;
  std::int64_t steady_;  // reading of the steady clock at now_
  bool frozen_ = false;
  DurationMs behind_ms_ = 0;  // how far the machine's clock was behind engine time, last read
  Hold hold_;
};

}  // namespace casewheel
