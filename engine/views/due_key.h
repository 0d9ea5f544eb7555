// A place in the board's order: tenant, due instant, case, partition. Plain value; any thread.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/views/board_limits.h"

namespace casewheel::views {

// The case id starts with its tenant, so 8 + 48 + 64 - 8 + 16 bits fill two words exactly.
struct DueKey {
  std::uint64_t high = 0;  // tenant (8 bits), due (48), case id without its tenant: first 8 bits
  std::uint64_t low = 0;   // the other 48 bits of the case id, partition (16)

  static DueKey of(CaseAddress address, TimeMs due) {
    const std::uint64_t id = address.id.value;
    return {start_of_tenant(address.id.tenant_number()).high |
                static_cast<std::uint64_t>(due) << 8 | (id >> 48 & 0xff),
            id << 16 | address.partition};
  }
  // Before every key of the tenant: no key has a due instant of 0.
  static DueKey start_of_tenant(std::uint8_t tenant_number) {
    return {static_cast<std::uint64_t>(tenant_number) << 56, 0};
  }
  // Behind every key of the tenant that is due at `until` or earlier, before all later ones.
  static DueKey end_of(std::uint8_t tenant_number, TimeMs until) {
    const TimeMs kept = std::clamp<TimeMs>(until, 0, kInstantLimit - 1);
    return {start_of_tenant(tenant_number).high | static_cast<std::uint64_t>(kept) << 8 | 0xff,
            std::numeric_limits<std::uint64_t>::max()};
  }

  std::uint8_t tenant_number() const { return static_cast<std::uint8_t>(high >> 56); }
  TimeMs due() const { return static_cast<TimeMs>(high >> 8 & (kInstantLimit - 1)); }
  CaseAddress address() const {
    const std::uint64_t tenant = high >> 56 << 56;
    return {static_cast<PartitionId>(low & 0xffff), {tenant | (high & 0xff) << 48 | low >> 16}};
  }

  auto operator<=>(const DueKey&) const = default;
};

// Behind all that is overdue at `now`, or comes due within the horizon where there is one. At due a case
// is not overdue.
inline DueKey horizon_of(std::uint8_t tenant_number, TimeMs now, DurationMs horizon_ms) {
  const TimeMs until = horizon_ms <= 0 ? now - 1 : now + std::min(horizon_ms, kInstantLimit);
  return DueKey::end_of(tenant_number, std::max(until, kUnclockedDue));
}

}  // namespace casewheel::views
