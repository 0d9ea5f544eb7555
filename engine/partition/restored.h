// Names after a restore. A directory that was restored from a backup, or copied, has a lost future:
// what its history gave out behind the backup, to people who still hold it. Nobody knows how far that
// went, so what is named from now on lies beyond all it can have come to:
//
//   1. The running numbers of case numbers skip, on each tenant's day, to kNumbersAhead and
//      kNumbersPerSecondMax for every second of the day that has passed by the machine's clock when
//      the engine starts. No tenant lodges faster in one partition, so neither the lost time nor
//      another restore of the same backup can have come there. Only days that the lost time can have
//      seen skip: up to the day after the restore, where clocks were a day apart; on a virtual clock,
//      which may have been anywhere, every day.
//   2. Within a case or call that was there before the restore, revisions (which are etags, the ids of
//      attachments and of requests for extension, and the nonces of what is sealed) and the numbers of
//      clocks and escalations go on from names_from: tenths of a second from 2026 to the start. No
//      case changes oftener over such a time, and no two restores have the same.
//   3. A position in the journal carries the hash of its entry (engine/api/change_reader.h), so one of
//      the lost time fits no entry of this one.
//
// The first entry of each partition after the restore says all of that, once (HistoryRestored), and
// the partition's head keeps it. Each partition compares the mark of the restore with its own, so that
// a crash between them leaves none out. Pure; any thread.
#pragma once

#include "casewheel/journal/v1/calls.pb.h"
#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/time.h"
#include "engine/catalogue/catalogue.h"
#include "engine/partition/installation.h"

namespace casewheel::partition {

// Some twice of what a whole engine has been seen to lodge.
inline constexpr std::uint32_t kNumbersPerSecondMax = 40'000;
// More than a tenant has lodged on a day on which nobody knows when the lost time was (virtual clock).
inline constexpr std::uint32_t kNumbersAhead = 10'000'000;

// True until the partition's journal says that its directory was restored or copied.
bool is_restored_anew(const Installation& installation, const stored::PartitionHead& head);
// What it has to say; `now`: engine time.
stored::HistoryRestored restored_history(const Installation& installation,
                                         const stored::PartitionHead& head, TimeMs now);

// The least that the next revision of the case may be, or that of a number within it; 0: any.
std::uint32_t names_from(const stored::PartitionHead& head, const stored::CaseState& state);
// Likewise of the version of a call.
std::uint32_t names_from(const stored::PartitionHead& head, const stored::Call& call);
// Whether revisions that go on so skip as they do after a restore, so that none in between was ever given.
bool is_leap(std::uint32_t before, std::uint32_t next);
// True of what the restored history did not have: lodged, or heard of, since.
bool is_since_restore(const stored::PartitionHead& head, const stored::CaseState& state);
bool is_since_restore(const stored::PartitionHead& head, const stored::Call& call);

// The least running number of a case lodged on that registration day; 1 where nothing was restored.
std::uint32_t first_number(const stored::PartitionHead& head, const catalogue::TenantRules& rules,
                           std::uint32_t roc_date);

}  // namespace casewheel::partition
