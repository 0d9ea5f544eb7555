// Row keys of every table: the stored format, version 1.
//
//   key = kind byte, partition (u16), then the fields named below
// All integers are big-endian and of fixed width, so that byte order is number order and a partition
// is one range a kind. A string is always the last field and stands as it is; the first key that
// needs one earlier must escape it (0x00 -> 0x00 0xff, end 0x00 0x01).
// A kind byte is never given a second meaning. tests/golden pins the bytes.
//
//   kind  row         fields                              table    value
//   0x01  meta        name (string)                       state    by name, see engine/partition
//   0x02  head        -                                   state    PartitionHead
//   0x10  case        case id (u64)                       state    sealing key (32 bytes), CaseState
//   0x11  clock       case id (u64)                       state    ClockRow; open cases only
//   0x12  dedupe      key digest (16 bytes)               state    DedupeRow
//   0x13  look-up     person digest (16 bytes), case id   state    empty
//   0x14  cursor      tenant number (u8), source (string) state    CursorRow; of an import the source stands
//                                                                  behind a byte 0x01, which no name has
//   0x15  catalogue   tenant number (u8), version (u32)   state    Catalogue
//   0x16  calendar    edition (u64)                       state    Calendar
//   0x17  account     name (string)                       state    Account; partition 0, as the next two
//   0x18  api key     id (string)                         state    ApiKey
//   0x19  session     token digest (16 bytes)             state    Session
//   0x1a  audit       sequence (u64), place (u32)         state    AuditRecord
//   0x1b  holding     blob (32 bytes), case id (u64)      state    empty; one for all of a case's
//                                                                  attachments of the same bytes
//   0x1c  former look-up  person digest (16 bytes), case id state  empty; of who stood in the case before a
//                                                                  correction, for export and erasure
//   0x20  journal     sequence (u64)                      journal  JournalEntry
//   0x28  request     period (u32), case id (u64),        state    RequestRow; see limits::kRequestPeriodMs
//                     request digest (u64)
//   0x29  merge       case id (u64), other partition      state    MergeRow; between two steps of a merge
//                     (u16), other case id (u64)
//   0x2c  session use  token digest (16 bytes)            state    SessionUse; partition 0
//   0x30  call        tenant number (u8), begun (u64 ms), state    sealing key (32 bytes), Call
//                     call id (16 bytes)
//   0x31  call place  call id (16 bytes)                  state    tenant number (u8), begun (u64 ms)
//   0x32  call look-up  person digest (16 bytes), call id state    empty
//   0x33  unsettled   call id (16 bytes)                  state    empty; calls the engine has to end or
//                                                                  to see called back
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ids.h"

namespace casewheel::storage {

enum class RowKind : std::uint8_t {
  kMeta = 0x01,
  kHead = 0x02,
  kCase = 0x10,
  kClock = 0x11,
  kDedupe = 0x12,
  kLookup = 0x13,
  kCursor = 0x14,
  kCatalogue = 0x15,
  kCalendar = 0x16,
  kAccount = 0x17,
  kApiKey = 0x18,
  kSession = 0x19,
  kAudit = 0x1a,
  kHolding = 0x1b,
  kFormerLookup = 0x1c,
  kJournal = 0x20,
  kRequest = 0x28,
  kMerge = 0x29,
  kSessionUse = 0x2c,
  kCall = 0x30,
  kCallPlace = 0x31,
  kCallLookup = 0x32,
  kUnsettledCall = 0x33,
};

using Digest16 = std::array<std::uint8_t, 16>;

std::string meta_key(std::string_view name);  // partition 0: belongs to the installation
std::string head_key(PartitionId partition);
std::string case_key(PartitionId partition, CaseId id);
std::string clock_key(PartitionId partition, CaseId id);
std::string dedupe_key(PartitionId partition, const Digest16& digest);
std::string lookup_key(PartitionId partition, const Digest16& person, CaseId id);
std::string lookup_prefix(PartitionId partition, const Digest16& person);
std::string former_lookup_key(PartitionId partition, const Digest16& person, CaseId id);
std::string former_lookup_prefix(PartitionId partition, const Digest16& person);
std::string cursor_key(PartitionId partition, std::uint8_t tenant_number, std::string_view source);
std::string request_key(PartitionId partition, std::uint32_t period, CaseId id,
                        std::uint64_t request_digest);
std::string merge_key(PartitionId partition, CaseId id, CaseAddress other);
std::string catalogue_key(PartitionId partition, std::uint8_t tenant_number, std::uint32_t version);
std::string calendar_key(PartitionId partition, std::uint64_t edition);
std::string account_key(PartitionId partition, std::string_view name);
std::string api_key_key(PartitionId partition, std::string_view id);
std::string session_key(PartitionId partition, const Digest16& token);
std::string session_use_key(PartitionId partition, const Digest16& token);
// `place`: of the event within its journal entry.
std::string audit_key(PartitionId partition, std::uint64_t seq, std::uint32_t place);
// `blob`: as the shelf names it (storage/shelf).
std::string holding_key(PartitionId partition, std::string_view blob, CaseId id);
std::string holding_prefix(PartitionId partition, std::string_view blob);
std::string journal_key(PartitionId partition, std::uint64_t seq);

// Where a call's row stands: calls of a tenant in the order they were first heard of.
struct CallPlace {
  std::uint8_t tenant_number = 0;
  std::uint64_t begun_ms = 0;
  Digest16 id{};
};
std::string call_key(PartitionId partition, const CallPlace& place);
// The first key of the tenant's calls from that instant on.
std::string call_start(PartitionId partition, std::uint8_t tenant_number, std::uint64_t begun_ms);
std::string call_tenant_prefix(PartitionId partition, std::uint8_t tenant_number);
std::string call_place_key(PartitionId partition, const Digest16& id);
std::string call_place_value(const CallPlace& place);
std::string call_lookup_key(PartitionId partition, const Digest16& person, const Digest16& id);
std::string call_lookup_prefix(PartitionId partition, const Digest16& person);
std::string unsettled_call_key(PartitionId partition, const Digest16& id);

// Kind and partition: the prefix all such rows share.
std::string kind_prefix(RowKind kind, PartitionId partition);
// Case rows of one tenant, in order of their registration day.
std::string case_tenant_prefix(PartitionId partition, std::uint8_t tenant_number);

// A range of keys that never leaves the rows of one prefix: an empty bound is the prefix's own, one
// outside it is moved to its edge. Where a bound comes from a request, its scan is over this.
struct KeyRange {
  std::string begin;
  std::string end;
  bool empty() const { return begin >= end; }
};
KeyRange within(const std::string& prefix, std::string begin, std::string end);

// The decoders answer nothing when the key is not of that kind or has the wrong length.
std::optional<CaseAddress> decode_case_key(std::string_view key);
std::optional<CaseAddress> decode_clock_key(std::string_view key);
std::optional<CaseAddress> decode_lookup_key(std::string_view key);  // the case it leads to
std::optional<CaseAddress> decode_former_lookup_key(std::string_view key);
std::optional<std::uint64_t> decode_calendar_edition(std::string_view key);
struct AuditKey {
  std::uint64_t seq = 0;
  std::uint32_t place = 0;
};
std::optional<AuditKey> decode_audit_key(std::string_view key);
std::optional<std::string_view> decode_holding_blob(std::string_view key);
std::optional<std::uint64_t> decode_journal_seq(std::string_view key);
std::optional<std::uint32_t> decode_request_period(std::string_view key);
struct MergeKey {
  CaseAddress address;
  CaseAddress other;
};
std::optional<MergeKey> decode_merge_key(std::string_view key);

std::optional<CallPlace> decode_call_key(std::string_view key);
// Of a place row, whose key has the id.
std::optional<CallPlace> decode_call_place(const Digest16& id, std::string_view value);
std::optional<Digest16> decode_call_lookup_key(std::string_view key);  // the call it leads to
std::optional<Digest16> decode_unsettled_call_key(std::string_view key);

struct CatalogueKey {
  std::uint8_t tenant_number = 0;
  std::uint32_t version = 0;
};
std::optional<CatalogueKey> decode_catalogue_key(std::string_view key);

}  // namespace casewheel::storage
