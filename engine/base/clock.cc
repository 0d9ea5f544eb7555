#include "engine/base/clock.h"

#include <algorithm>
#include <chrono>

namespace casewheel {
namespace {

class MachineClock final : public ClockSource {
 public:
  TimeMs system_ms() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t steady_ms() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace

ClockSource& machine_clock() {
  static MachineClock clock;
  return clock;
}

std::unique_ptr<EngineClock> EngineClock::make_real(ClockSource& source, TimeMs last_now,
                                                    ClockLimits limits, TimeMs frozen_since) {
  std::unique_ptr<EngineClock> clock(new EngineClock(source, false, last_now, limits));
  const TimeMs system = source.system_ms();
  if (last_now == 0) {
    clock->now_ = system;
  } else if (frozen_since != 0) {
    clock->frozen_ = true;
    clock->hold_ = {frozen_since, 0};
  } else if (system - last_now > limits.absence_ms) {
    clock->frozen_ = true;
    clock->hold_ = {last_now, 0};
  } else {
    clock->now_ = std::max(last_now, system);
  }
  return clock;
}

std::unique_ptr<EngineClock> EngineClock::make_virtual(ClockSource& source, TimeMs start) {
  return std::unique_ptr<EngineClock>(new EngineClock(source, true, start, {}));
}

EngineClock::EngineClock(ClockSource& source, bool is_virtual, TimeMs start, ClockLimits limits)
    : source_(source),
      virtual_(is_virtual),
      limits_(limits),
      now_(start),
      steady_(source.steady_ms()) {}

EngineClock::Reading EngineClock::read() {
  const std::scoped_lock lock(mutex_);
  if (virtual_) return {now_, false};
  const std::int64_t steady = source_.steady_ms();
  const TimeMs system = source_.system_ms();
  const TimeMs expected = now_ + std::max<std::int64_t>(0, steady - steady_);
  steady_ = std::max(steady_, steady);
  behind_ms_ = std::max<DurationMs>(0, expected - system);
  if (!frozen_ && system - expected > limits_.jump_ms) {
    frozen_ = true;
    hold_ = {expected, 0};
  }
  now_ = frozen_ ? expected : std::max(now_, system);
  return {now_, frozen_};
}

Status EngineClock::advance_to(TimeMs target) {
  const std::scoped_lock lock(mutex_);
  if (!virtual_) return {Status::Code::kInvalid, "the engine runs on the real clock"};
  if (target < now_) return {Status::Code::kInvalid, "engine time never goes back"};
  now_ = target;
  return {};
}

void EngineClock::confirm() {
  const std::scoped_lock lock(mutex_);
  if (virtual_ || !frozen_) return;
  now_ = std::max(now_, source_.system_ms());
  steady_ = source_.steady_ms();
  frozen_ = false;
  hold_.until = now_;
}

EngineClock::Hold EngineClock::hold() {
  const std::scoped_lock lock(mutex_);
  return hold_;
}

std::string EngineClock::alarm() {
  const std::scoped_lock lock(mutex_);
  if (frozen_)
    return "the machine's clock jumped forward: deadlines wait until an operator confirms the time";
  if (behind_ms_ > kMinuteMs) {
    return "the machine's clock is " + std::to_string(behind_ms_ / kSecondMs) +
           " s behind engine time: time stands still";
  }
  return {};
}

}  // namespace casewheel
