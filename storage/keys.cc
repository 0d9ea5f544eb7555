// Encodes and decodes the row keys of storage/keys.h. Pure, any thread.
#include "storage/keys.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "storage/store.h"

namespace casewheel::storage {
namespace {

constexpr std::size_t kPrefixBytes = 3;  // kind, partition
constexpr std::size_t kCaseKeyBytes = kPrefixBytes + 8;
constexpr std::size_t kLookupKeyBytes = kPrefixBytes + 16 + 8;
constexpr std::size_t kBlobBytes = 32;
constexpr std::size_t kHoldingKeyBytes = kPrefixBytes + kBlobBytes + 8;
constexpr std::size_t kCatalogueKeyBytes = kPrefixBytes + 1 + 4;
constexpr std::size_t kJournalKeyBytes = kPrefixBytes + 8;
constexpr std::size_t kRequestKeyBytes = kPrefixBytes + 4 + 8 + 8;
constexpr std::size_t kMergeKeyBytes = kPrefixBytes + 8 + 2 + 8;
constexpr std::size_t kCallPlaceBytes = 1 + 8;
constexpr std::size_t kCallKeyBytes = kPrefixBytes + kCallPlaceBytes + 16;
constexpr std::size_t kCallLookupKeyBytes = kPrefixBytes + 16 + 16;
constexpr std::size_t kUnsettledCallKeyBytes = kPrefixBytes + 16;

template <typename T>
void append_big_endian(std::string& key, T value) {
  static_assert(std::is_unsigned_v<T>);
  for (int shift = (static_cast<int>(sizeof(T)) - 1) * 8; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(value >> shift));
  }
}

template <typename T>
T read_big_endian(std::string_view key, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) |
                           static_cast<unsigned char>(key[at + i]));
  }
  return value;
}

void append_digest(std::string& key, const Digest16& digest) {
  key.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

Digest16 read_digest(std::string_view key, std::size_t at) {
  Digest16 digest{};
  std::copy_n(key.begin() + static_cast<std::ptrdiff_t>(at), digest.size(), digest.begin());
  return digest;
}

bool is_key_of(std::string_view key, RowKind kind, std::size_t bytes) {
  return key.size() == bytes &&
         static_cast<std::uint8_t>(key[0]) == static_cast<std::uint8_t>(kind);
}

PartitionId partition_of(std::string_view key) { return read_big_endian<std::uint16_t>(key, 1); }

// Room for every fixed-width key, so that building one allocates once.
std::string start_key(RowKind kind, PartitionId partition) {
  std::string key;
  key.reserve(kLookupKeyBytes);
  key.push_back(static_cast<char>(kind));
  append_big_endian(key, partition);
  return key;
}

std::string id_key(RowKind kind, PartitionId partition, std::uint64_t id) {
  std::string key = start_key(kind, partition);
  append_big_endian(key, id);
  return key;
}

std::optional<CaseAddress> decode_id_key(RowKind kind, std::string_view key) {
  if (!is_key_of(key, kind, kCaseKeyBytes)) return std::nullopt;
  return CaseAddress{partition_of(key), CaseId{read_big_endian<std::uint64_t>(key, kPrefixBytes)}};
}

}  // namespace

std::string kind_prefix(RowKind kind, PartitionId partition) { return start_key(kind, partition); }

std::string meta_key(std::string_view name) {
  std::string key = start_key(RowKind::kMeta, 0);
  key.append(name);
  return key;
}

std::string head_key(PartitionId partition) { return start_key(RowKind::kHead, partition); }

std::string case_key(PartitionId partition, CaseId id) {
  return id_key(RowKind::kCase, partition, id.value);
}

std::string clock_key(PartitionId partition, CaseId id) {
  return id_key(RowKind::kClock, partition, id.value);
}

std::string dedupe_key(PartitionId partition, const Digest16& digest) {
  std::string key = start_key(RowKind::kDedupe, partition);
  append_digest(key, digest);
  return key;
}

std::string lookup_prefix(PartitionId partition, const Digest16& person) {
  std::string key = start_key(RowKind::kLookup, partition);
  append_digest(key, person);
  return key;
}

std::string former_lookup_prefix(PartitionId partition, const Digest16& person) {
  std::string key = start_key(RowKind::kFormerLookup, partition);
  append_digest(key, person);
  return key;
}

std::string former_lookup_key(PartitionId partition, const Digest16& person, CaseId id) {
  std::string key = former_lookup_prefix(partition, person);
  append_big_endian(key, id.value);
  return key;
}

std::string lookup_key(PartitionId partition, const Digest16& person, CaseId id) {
  std::string key = lookup_prefix(partition, person);
  append_big_endian(key, id.value);
  return key;
}

std::string cursor_key(PartitionId partition, std::uint8_t tenant_number, std::string_view source) {
  std::string key = start_key(RowKind::kCursor, partition);
  append_big_endian(key, tenant_number);
  key.append(source);
  return key;
}

std::string catalogue_key(PartitionId partition, std::uint8_t tenant_number,
                          std::uint32_t version) {
  std::string key = start_key(RowKind::kCatalogue, partition);
  append_big_endian(key, tenant_number);
  append_big_endian(key, version);
  return key;
}

std::string calendar_key(PartitionId partition, std::uint64_t edition) {
  return id_key(RowKind::kCalendar, partition, edition);
}

std::string account_key(PartitionId partition, std::string_view name) {
  return start_key(RowKind::kAccount, partition).append(name);
}

std::string api_key_key(PartitionId partition, std::string_view id) {
  return start_key(RowKind::kApiKey, partition).append(id);
}

std::string session_key(PartitionId partition, const Digest16& token) {
  return start_key(RowKind::kSession, partition)
      .append(reinterpret_cast<const char*>(token.data()), token.size());
}

std::string session_use_key(PartitionId partition, const Digest16& token) {
  return start_key(RowKind::kSessionUse, partition)
      .append(reinterpret_cast<const char*>(token.data()), token.size());
}

std::string audit_key(PartitionId partition, std::uint64_t seq, std::uint32_t place) {
  std::string key = id_key(RowKind::kAudit, partition, seq);
  append_big_endian(key, place);
  return key;
}

std::string holding_prefix(PartitionId partition, std::string_view blob) {
  return start_key(RowKind::kHolding, partition).append(blob);
}

std::string holding_key(PartitionId partition, std::string_view blob, CaseId id) {
  std::string key = holding_prefix(partition, blob);
  append_big_endian(key, id.value);
  return key;
}

std::string journal_key(PartitionId partition, std::uint64_t seq) {
  return id_key(RowKind::kJournal, partition, seq);
}

std::string request_key(PartitionId partition, std::uint32_t period, CaseId id,
                        std::uint64_t request_digest) {
  std::string key = start_key(RowKind::kRequest, partition);
  append_big_endian(key, period);
  append_big_endian(key, id.value);
  append_big_endian(key, request_digest);
  return key;
}

std::optional<std::uint32_t> decode_request_period(std::string_view key) {
  if (!is_key_of(key, RowKind::kRequest, kRequestKeyBytes)) return std::nullopt;
  return read_big_endian<std::uint32_t>(key, kPrefixBytes);
}

std::string merge_key(PartitionId partition, CaseId id, CaseAddress other) {
  std::string key = id_key(RowKind::kMerge, partition, id.value);
  append_big_endian(key, other.partition);
  append_big_endian(key, other.id.value);
  return key;
}

std::optional<MergeKey> decode_merge_key(std::string_view key) {
  if (!is_key_of(key, RowKind::kMerge, kMergeKeyBytes)) return std::nullopt;
  return MergeKey{{partition_of(key), CaseId{read_big_endian<std::uint64_t>(key, kPrefixBytes)}},
                  {read_big_endian<std::uint16_t>(key, kPrefixBytes + 8),
                   CaseId{read_big_endian<std::uint64_t>(key, kPrefixBytes + 10)}}};
}

std::string call_place_value(const CallPlace& place) {
  std::string value;
  append_big_endian(value, place.tenant_number);
  append_big_endian(value, place.begun_ms);
  return value;
}

std::string call_key(PartitionId partition, const CallPlace& place) {
  std::string key = call_start(partition, place.tenant_number, place.begun_ms);
  append_digest(key, place.id);
  return key;
}

std::string call_start(PartitionId partition, std::uint8_t tenant_number, std::uint64_t begun_ms) {
  return start_key(RowKind::kCall, partition)
      .append(call_place_value({tenant_number, begun_ms, {}}));
}

std::string call_tenant_prefix(PartitionId partition, std::uint8_t tenant_number) {
  std::string key = start_key(RowKind::kCall, partition);
  append_big_endian(key, tenant_number);
  return key;
}

std::string call_place_key(PartitionId partition, const Digest16& id) {
  std::string key = start_key(RowKind::kCallPlace, partition);
  append_digest(key, id);
  return key;
}

std::string call_lookup_prefix(PartitionId partition, const Digest16& person) {
  std::string key = start_key(RowKind::kCallLookup, partition);
  append_digest(key, person);
  return key;
}

std::string call_lookup_key(PartitionId partition, const Digest16& person, const Digest16& id) {
  std::string key = call_lookup_prefix(partition, person);
  append_digest(key, id);
  return key;
}

std::string unsettled_call_key(PartitionId partition, const Digest16& id) {
  std::string key = start_key(RowKind::kUnsettledCall, partition);
  append_digest(key, id);
  return key;
}

std::string case_tenant_prefix(PartitionId partition, std::uint8_t tenant_number) {
  std::string key = start_key(RowKind::kCase, partition);
  append_big_endian(key, tenant_number);  // the first byte of a case id
  return key;
}

KeyRange within(const std::string& prefix, std::string begin, std::string end) {
  const std::string past = prefix_end(prefix);
  KeyRange range{std::max(std::move(begin), prefix), std::move(end)};
  if (range.end.empty() || (!past.empty() && range.end > past)) range.end = past;
  return range;
}

std::optional<CaseAddress> decode_case_key(std::string_view key) {
  return decode_id_key(RowKind::kCase, key);
}

std::optional<CaseAddress> decode_clock_key(std::string_view key) {
  return decode_id_key(RowKind::kClock, key);
}

namespace {

std::optional<CaseAddress> decode_person_key(RowKind kind, std::string_view key) {
  if (!is_key_of(key, kind, kLookupKeyBytes)) return std::nullopt;
  return CaseAddress{partition_of(key),
                     CaseId{read_big_endian<std::uint64_t>(key, kLookupKeyBytes - 8)}};
}

}  // namespace

std::optional<CaseAddress> decode_lookup_key(std::string_view key) {
  return decode_person_key(RowKind::kLookup, key);
}

std::optional<CaseAddress> decode_former_lookup_key(std::string_view key) {
  return decode_person_key(RowKind::kFormerLookup, key);
}

std::optional<std::uint64_t> decode_calendar_edition(std::string_view key) {
  if (!is_key_of(key, RowKind::kCalendar, kJournalKeyBytes)) return std::nullopt;
  return read_big_endian<std::uint64_t>(key, kPrefixBytes);
}

std::optional<AuditKey> decode_audit_key(std::string_view key) {
  if (!is_key_of(key, RowKind::kAudit, kJournalKeyBytes + sizeof(std::uint32_t)))
    return std::nullopt;
  return AuditKey{read_big_endian<std::uint64_t>(key, kPrefixBytes),
                  read_big_endian<std::uint32_t>(key, kPrefixBytes + sizeof(std::uint64_t))};
}

std::optional<std::string_view> decode_holding_blob(std::string_view key) {
  if (!is_key_of(key, RowKind::kHolding, kHoldingKeyBytes)) return std::nullopt;
  return key.substr(kPrefixBytes, kBlobBytes);
}

std::optional<std::uint64_t> decode_journal_seq(std::string_view key) {
  if (!is_key_of(key, RowKind::kJournal, kJournalKeyBytes)) return std::nullopt;
  return read_big_endian<std::uint64_t>(key, kPrefixBytes);
}

std::optional<CallPlace> decode_call_place(const Digest16& id, std::string_view value) {
  if (value.size() != kCallPlaceBytes) return std::nullopt;
  return CallPlace{static_cast<std::uint8_t>(value[0]), read_big_endian<std::uint64_t>(value, 1),
                   id};
}

std::optional<CallPlace> decode_call_key(std::string_view key) {
  if (!is_key_of(key, RowKind::kCall, kCallKeyBytes)) return std::nullopt;
  return decode_call_place(read_digest(key, kCallKeyBytes - 16),
                           key.substr(kPrefixBytes, kCallPlaceBytes));
}

std::optional<Digest16> decode_call_lookup_key(std::string_view key) {
  if (!is_key_of(key, RowKind::kCallLookup, kCallLookupKeyBytes)) return std::nullopt;
  return read_digest(key, kCallLookupKeyBytes - 16);
}

std::optional<Digest16> decode_unsettled_call_key(std::string_view key) {
  if (!is_key_of(key, RowKind::kUnsettledCall, kUnsettledCallKeyBytes)) return std::nullopt;
  return read_digest(key, kPrefixBytes);
}

std::optional<CatalogueKey> decode_catalogue_key(std::string_view key) {
  if (!is_key_of(key, RowKind::kCatalogue, kCatalogueKeyBytes)) return std::nullopt;
  return CatalogueKey{static_cast<std::uint8_t>(key[kPrefixBytes]),
                      read_big_endian<std::uint32_t>(key, kPrefixBytes + 1)};
}

}  // namespace casewheel::storage
