#include "engine/partition/restored.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace casewheel::partition {
namespace {

constexpr TimeMs kNamesEpochMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr DurationMs kNameMs = 100;                  // a name each
// Of a machine whose clock is wrong, and from 2039 on, when tenths of a second no longer fit: beyond
// all that one case changes between two restores.
constexpr std::uint64_t kNamesAhead = 1'000'000;
constexpr std::uint64_t kNamesOfTimeMax = 4'000'000'000;
constexpr std::uint64_t kNamesMax = 0xf0000000;
// How far apart the clocks of the lost engine and of this one may have been.
constexpr DurationMs kClocksApartMs = kDayMs;

static_assert(kNumbersAhead + std::uint64_t{kNumbersPerSecondMax} * 86'400 <
                  limits::kCasesPerDayMax - 500'000'000,
              "a restore just before midnight leaves numbers for the rest of the day");

std::uint32_t names_at(TimeMs restored_ms, std::uint32_t before) {
  const std::uint64_t ahead = before + kNamesAhead;
  const auto tenths =
      static_cast<std::uint64_t>(std::max<TimeMs>(restored_ms - kNamesEpochMs, 0) / kNameMs);
  const std::uint64_t names = tenths > kNamesOfTimeMax ? ahead : std::max(tenths, ahead);
  return static_cast<std::uint32_t>(std::min(names, kNamesMax));
}

}  // namespace

bool is_restored_anew(const Installation& installation, const stored::PartitionHead& head) {
  return installation.restore != head.restored().mark();
}

stored::HistoryRestored restored_history(const Installation& installation,
                                         const stored::PartitionHead& head, TimeMs now) {
  stored::HistoryRestored restored;
  restored.set_mark(installation.restore);
  restored.set_last_seq(head.seq());
  restored.set_restored_ms(installation.started_ms);
  restored.set_engine_ms(now);
  restored.set_names_from(names_at(installation.started_ms, head.restored().names_from()));
  if (!installation.virtual_clock)
    restored.set_numbers_until_ms(std::max(now, installation.started_ms) + kClocksApartMs);
  restored.set_copied(installation.copied);
  return restored;
}

bool is_since_restore(const stored::PartitionHead& head, const stored::CaseState& state) {
  return head.has_restored() &&
         (state.journal_seqs().empty() || state.journal_seqs(0) > head.restored().last_seq());
}

bool is_since_restore(const stored::PartitionHead& head, const stored::Call& call) {
  return head.has_restored() &&
         (call.version() == 0 || call.begun_ms() > head.restored().engine_ms());
}

// Some way below kNamesAhead, for what was named since the restore before.
bool is_leap(std::uint32_t before, std::uint32_t next) {
  return next > before && next - before > kNamesAhead / 2;
}

std::uint32_t names_from(const stored::PartitionHead& head, const stored::CaseState& state) {
  return is_since_restore(head, state) ? 0 : head.restored().names_from();
}

std::uint32_t names_from(const stored::PartitionHead& head, const stored::Call& call) {
  return is_since_restore(head, call) ? 0 : head.restored().names_from();
}

std::uint32_t first_number(const stored::PartitionHead& head, const catalogue::TenantRules& rules,
                           std::uint32_t roc_date) {
  if (!head.has_restored()) return 1;
  const TimeMs until = head.restored().numbers_until_ms();
  if (until != 0 && roc_date > rules.roc_date(until)) return 1;
  const DurationMs of_day = rules.wall_time(head.restored().restored_ms()).time_ms;
  return 1 + kNumbersAhead + static_cast<std::uint32_t>(of_day * kNumbersPerSecondMax / kSecondMs);
}

}  // namespace casewheel::partition
