// The rows of the state table as values: how events become rows, and rows become events' states
// again. The one place that writes them: the partition, the replay of verify and the tests all go
// through it. Key layouts: storage/keys.h; values: proto/casewheel/journal/v1/rows.proto.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/domain/rulebook.h"
#include "engine/partition/seal.h"
#include "storage/store.h"

namespace casewheel::partition {

namespace stored = ::casewheel::journal::v1;

inline constexpr std::uint32_t kFormat = 1;

struct CaseRecord {
  SealKey key{};
  stored::CaseState state;
};

// Value of a case row: the 32-byte sealing key, then CaseState. The key is no part of the state: it
// cannot be replayed, and erasing a person overwrites it.
std::string encode_case(const CaseRecord& record);
bool decode_case(std::string_view value, CaseRecord* record);
// Likewise of the row of that case: false also where it is sound as no case, or as another one.
bool decode_case(std::string_view value, CaseId id, CaseRecord* record);

// The personal data of a case as it is now; false when the key does not fit any more (erased).
bool unseal_personal(Sealer& sealer, const CaseRecord& record, stored::PersonalData* personal);

// Case row, and clock row while the case is open (else its removal).
void write_case(storage::Batch* batch, PartitionId partition, const CaseRecord& record,
                const stored::ClockRow* row);

// Where an event stands in the journal.
struct EventPlace {
  std::uint64_t seq = 0;
  std::uint32_t place = 0;  // within its entry
  TimeMs now = 0;           // engine time of the entry
};

// Under what a lodging is known: all that its answer takes, so that the same request again reads
// nothing else.
stored::DedupeRow dedupe_row(CaseId id, const stored::CaseLodged& lodged);

// The stretch of time in which a request's row stands; it is looked for in that of now and the one before.
std::uint32_t request_period(TimeMs now);
// The name of a source's resume point in its row's key.
std::string cursor_name(stored::IntakeKind kind, std::string_view source);

// Rows of the partition's own events (catalogue, cursors, accounts, audit), the dedupe row of a lodging,
// the row of the request that led to the event, and those of merges between two steps. Not what
// RequestsForgotten takes away: that is a range.
void write_event_rows(storage::Batch* batch, PartitionId partition, const EventPlace& at,
                      const stored::Event& event);

// What an event of any kind changes in the partition's head (totals and number counters).
void apply_to_head(stored::PartitionHead* head, const stored::Event& event);

std::string encode(const google::protobuf::MessageLite& message);  // deterministic bytes

// As the next two; of a partition that has committed nothing yet: an empty one.
Status read_head(const storage::Snapshot& snapshot, PartitionId partition,
                 stored::PartitionHead* head);

// The body that request was given to the case with, where it was not refused and is not older than is kept.
Status read_request(const storage::Store& store, PartitionId partition, CaseId id,
                    std::uint64_t request_digest, TimeMs now, std::optional<std::uint64_t>* body);

// Reads and decodes; kCorruption when the bytes are not what they should be.
Status read_case(const storage::Store& store, PartitionId partition, CaseId id, CaseRecord* record);
Status read_case(const storage::Snapshot& snapshot, PartitionId partition, CaseId id,
                 CaseRecord* record);

}  // namespace casewheel::partition
