// Every limit of the engine, with its reason. Going over one is answered with INVALID_ARGUMENT or
// RESOURCE_EXHAUSTED naming the field and the limit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace casewheel::limits {

// Text, in characters. Sizes of the forms the utilities use today, with room.
inline constexpr std::size_t kNameChars = 100;
inline constexpr std::size_t kPhoneChars = 40;
inline constexpr std::size_t kEmailChars = 254;  // RFC 5321
inline constexpr std::size_t kAddressChars = 300;
inline constexpr std::size_t kCustomerNumberChars = 40;
inline constexpr std::size_t kSubjectChars = 200;
inline constexpr std::size_t kTextChars = 4000;  // Open311's description
inline constexpr std::size_t kToldChars =
    16'000;  // told to an applicant: the longest letters sent, twice
inline constexpr std::size_t kIdChars = 64;  // request ids, external references, sources
inline constexpr std::size_t kReasonChars = 500;
inline constexpr std::size_t kDocumentChars = 100;
inline constexpr std::size_t kDocumentsPerRequest = 64;

// Attachments. A photograph of a telephone is 3 to 8 MiB, a scanned contract of thirty pages some 15; what
// is larger is sent some other way.
inline constexpr std::uint64_t kAttachmentBytes = 20 * 1024 * 1024;
inline constexpr std::size_t kAttachmentsPerCase = 30;
inline constexpr std::uint64_t kAttachmentBytesPerCase = 100 * 1024 * 1024;
inline constexpr std::size_t kFileNameChars = 200;
// Uploads at once: each is a file on the disk and a piece in memory.
inline constexpr std::size_t kUploadsMax = 64;
// Downloads at once: each is an open file, of which a process may usually have 1,024, and half of them are
// the store's.
inline constexpr std::size_t kDownloadsMax = 128;

// Messages. A case is at most some 20 KB; a catalogue of a large enterprise is the largest message.
inline constexpr int kMessageBytes = 5 * 1024 * 1024;
inline constexpr std::size_t kCatalogueBytes = 4 * 1024 * 1024;
// Of a caller nobody knows, who may sign in and little else: a name and a password, with room.
inline constexpr std::size_t kUnauthenticatedBytes = 64 * 1024;

// Paging.
inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 500;
inline constexpr int kHistoryPageDefault = 100;
inline constexpr int kHistoryPageMax = 1000;
// Why somebody looks at, gives out or erases personal data: a line of the audit trail.
inline constexpr std::size_t kPrivacyReasonChars = 100;
// Cases erased by one call, and rows looked at: bounds the memory and time of each.
inline constexpr int kErasedAtOnceMax = 10'000;
inline constexpr int kRetentionRowsMax = 200'000;
// What one look of an applicant shows of what he was told, and the journal entries read for it: one
// case is no library.
inline constexpr int kToldMax = 50;
inline constexpr int kTrackedEntriesMax = 500;
// Rows one page may look at: bounds the work of a narrow filter over many cases.
inline constexpr int kRowsPerPageMax = 20'000;

// Queues of a partition, in requests and bytes: about a second of work, so that what is accepted is
// answered while the caller still waits.
inline constexpr std::size_t kPeopleQueue = 8192;
inline constexpr std::size_t kBulkQueue = 8192;
inline constexpr std::size_t kQueueBytes = 64 * 1024 * 1024;

// One batch: as much as keeps a commit near ten milliseconds, so that nobody waits long behind it.
inline constexpr std::size_t kBatchPeople = 512;
inline constexpr std::size_t kBatchBulk = 512;
inline constexpr std::size_t kBatchBulkWhenBusy =
    64;  // beside deadlines or people: bulk never starves
inline constexpr std::size_t kBatchExpiries = 256;
// The same while the device is slow: at a few hundred milliseconds an fsync the slice above would
// drain hardly more than a thousand a second, and each stall would grow the backlog of the last.
inline constexpr std::size_t kBatchExpiriesSlow = 2048;
inline constexpr std::size_t kBatchBytes = 4 * 1024 * 1024;
// Carrying a changed calendar or policy to open cases: cases laid anew, and rows looked at, a batch.
inline constexpr std::size_t kBatchRelaid = 128;
inline constexpr std::size_t kBatchSwept = 8192;

// A case's journal positions and events: 10,000 changes are no case but a fault in a feed. The
// engine's own firings are bounded by the ladders' repeat limits.
inline constexpr int kCaseChangesMax = 10'000;

// Free space below which the store takes no more work: room for the memtables, the WAL and a
// compaction to finish, so that a full disk never meets a half-written log.
inline constexpr std::uint64_t kDiskReserveBytes = 256ULL * 1024 * 1024;

// Intake streams.
inline constexpr std::uint32_t kIngestWindow = 1024;      // unanswered items a stream
inline constexpr std::uint64_t kIngestCheckpoint = 2048;  // items between durable resume points

// Watchers and streams open at once: each costs some memory.
inline constexpr std::size_t kWatchersMax = 2000;
// Of one agent: her desk, her telephone, a supervisor who looks on, and what was lately cut off.
inline constexpr std::size_t kScreensOfAgent = 8;

// Calls a second that are answered, with as much again twice over at once. Of one identity: what one
// feed sends call by call, and a tenth of what the engine can do. Of one address where nobody is known:
// an office that signs in at eight.
inline constexpr int kCallsOfIdentity = 2000;
inline constexpr int kCallsOfAddress = 50;
// How long a tracking code counts: the call it is read out in and what follows; at most until the
// letter it is written in has arrived.
inline constexpr int kTrackingMinutesDefault = 30;
inline constexpr int kTrackingMinutesMax = 7 * 24 * 60;

// How far other clocks may be ahead of ours: an instant of what has happened that is stated within this
// is taken for now, a later one is refused.
inline constexpr DurationMs kClockAheadMs = 10 * kSecondMs;

// Requests that took effect are known, and answered again, for one such period at least and two at most:
// as long as a queue of another system may stand still over a week.
inline constexpr DurationMs kRequestPeriodMs = 7 * kDayMs;
// Rows of older ones that one batch takes away, beside twice as many as it serves requests.
inline constexpr std::size_t kRequestsForgottenAtOnce = 64;

// Rows looked at for a caller that count as one call: a row is decoded in some 5 us, and a call of one case
// takes some 100. So one identity may have 40,000 rows a second looked at, one address a thousand.
inline constexpr int kRowsPerCall = 20;
// How far ahead of her rate a caller may be put by what one call cost: nobody is shut out for longer.
inline constexpr DurationMs kRateDebtMaxMs = kMinuteMs;

// Scans and long calls that wait for their turn, of all and of one caller: a scan takes some 100 ms at
// most, so that a line of the first is answered while its callers still wait; a long call may take minutes.
inline constexpr std::size_t kScansWaiting = 1024;
inline constexpr std::size_t kScansWaitingOfOne = 64;
inline constexpr std::size_t kLongWorkWaiting = 32;
inline constexpr std::size_t kLongWorkWaitingOfOne = 4;

inline constexpr DurationMs kRetryAfterMs = 200;

// Instants accepted from outside: 1970 to 9999, so that ROC dates and 48-bit timers hold.
inline constexpr TimeMs kTimeMin = 0;
inline constexpr TimeMs kTimeMax = 253402300799999;

inline constexpr int kPartitionsMax = 64;
// Backups kept in one directory: an hourly one of a year, with room.
inline constexpr std::uint32_t kBackupsKeptMax = 10'000;
inline constexpr std::uint32_t kCasesPerDayMax = 0xfffffff0;

}  // namespace casewheel::limits
