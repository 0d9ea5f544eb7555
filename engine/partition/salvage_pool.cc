#include "engine/partition/salvage_pool.h"

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/partition/call_rows.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {
namespace {

using storage::RowKind;
using storage::Table;

constexpr std::size_t kScratchBatchBytes = std::size_t{4} << 20;
constexpr std::size_t kPrefixBytes = 3;  // kind and partition

PartitionId partition_of(std::string_view key) {
  return static_cast<PartitionId>(static_cast<unsigned char>(key[1]) << 8 |
                                  static_cast<unsigned char>(key[2]));
}

}  // namespace

Status SalvagePool::keep(Table table, std::string_view key, std::string_view value) {
  batch_.put(table, std::string(key), std::string(value));
  return batch_.bytes() < kScratchBatchBytes ? Status() : flush();
}

Status SalvagePool::flush() {
  if (batch_.empty()) return {};
  Status status = scratch_.write(batch_);
  batch_.clear();
  return status;
}

Status SalvagePool::add(std::string_view key, std::string_view value, bool newest) {
  if (key.size() < kPrefixBytes) return {};
  name_case(key, value);
  switch (static_cast<RowKind>(key.front())) {
    case RowKind::kMeta:
      add_meta(key, value);
      return {};
    case RowKind::kHead:
      add_head(partition_of(key), value);
      return {};
    case RowKind::kJournal:
      return add_entry(key, value);
    case RowKind::kCase: {
      CaseRecord record;
      const auto address = storage::decode_case_key(key);
      if (!address || !decode_case(value, address->id, &record)) return {};
      std::uint64_t& last = entry_named_[partition_of(key)];
      for (const std::uint64_t seq : record.state.journal_seqs()) last = std::max(last, seq);
      return add_versioned(key, value, record.state.revision());
    }
    case RowKind::kCall: {
      CallRecord record;
      if (!storage::decode_call_key(key) || !decode_call(value, &record) ||
          storage::call_key(partition_of(key), place_of(record.call)) != key)
        return {};
      return add_versioned(key, value, record.call.version());
    }
    case RowKind::kCursor:
    case RowKind::kAccount:
    case RowKind::kApiKey:
    case RowKind::kMerge:
      if (newest) newest_.insert(std::string(key));
      if (!newest && newest_.contains(std::string(key))) return {};
      return keep(Table::kState, key, value);
    case RowKind::kDedupe:
    case RowKind::kCatalogue:
    case RowKind::kCalendar:
    case RowKind::kAudit:
    case RowKind::kRequest:
      return keep(Table::kState, key, value);
    default:
      return {};
  }
}

void SalvagePool::add_meta(std::string_view key, std::string_view value) {
  if (key == storage::meta_key("installation")) {
    journal::v1::Installation row;
    if (row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
        row.format() == kFormat && row.partitions() > 0 && !row.secret().empty())
      installation_ = std::move(row);
  } else if (key == storage::meta_key("start")) {
    journal::v1::StartRecord row;
    if (row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
        row.epoch() >= start_.epoch())
      start_ = std::move(row);
  }
}

void SalvagePool::add_head(PartitionId partition, std::string_view value) {
  journal::v1::PartitionHead row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      row.hash().size() != sizeof(Sha256) || row.seq() == 0)
    return;
  journal::v1::PartitionHead& known = heads_[partition];
  if (row.seq() >= known.seq()) known = std::move(row);
}

Status SalvagePool::add_entry(std::string_view key, std::string_view value) {
  const auto seq = storage::decode_journal_seq(key);
  journal::v1::JournalEntry entry;
  if (!seq || !entry.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      entry.seq() != *seq || entry.partition() != partition_of(key))
    return {};
  const std::uint64_t digest = short_digest(sha256(value));
  const auto [known, is_new] = entries_.try_emplace(std::string(key), digest);
  if (is_new) return keep(Table::kJournal, key, value);
  if (known->second == digest) return {};
  std::vector<std::string>& others = others_[std::string(key)];
  if (std::find(others.begin(), others.end(), value) == others.end()) others.emplace_back(value);
  return {};
}

Status SalvagePool::add_versioned(std::string_view key, std::string_view value,
                                  std::uint32_t version) {
  std::uint32_t& known = versions_[std::string(key)];
  if (version < known) return {};
  known = version;
  return keep(Table::kState, key, value);
}

void SalvagePool::name_case(std::string_view key, std::string_view value) {
  const auto name = [&](std::uint64_t id) {
    if (id != 0) named_[partition_of(key)].insert(id);
  };
  switch (static_cast<RowKind>(key.front())) {
    case RowKind::kCase:
      if (const auto address = storage::decode_case_key(key)) name(address->id.value);
      break;
    case RowKind::kClock:
      if (const auto address = storage::decode_clock_key(key)) name(address->id.value);
      break;
    case RowKind::kLookup:
      if (const auto address = storage::decode_lookup_key(key)) name(address->id.value);
      break;
    case RowKind::kFormerLookup:
      if (const auto address = storage::decode_former_lookup_key(key)) name(address->id.value);
      break;
    case RowKind::kDedupe: {
      journal::v1::DedupeRow row;
      if (row.ParseFromArray(value.data(), static_cast<int>(value.size()))) name(row.case_id());
      break;
    }
    default:
      break;
  }
}

const journal::v1::PartitionHead* SalvagePool::head(PartitionId partition) const {
  const auto found = heads_.find(partition);
  return found == heads_.end() ? nullptr : &found->second;
}

const std::vector<std::string>* SalvagePool::other_entries(PartitionId partition,
                                                           std::uint64_t seq) const {
  const auto found = others_.find(storage::journal_key(partition, seq));
  return found == others_.end() ? nullptr : &found->second;
}

std::uint64_t SalvagePool::last_entry_named(PartitionId partition) const {
  const auto found = entry_named_.find(partition);
  return found == entry_named_.end() ? 0 : found->second;
}

const std::set<std::uint64_t>& SalvagePool::cases_named(PartitionId partition) const {
  static const std::set<std::uint64_t> kNone;
  const auto found = named_.find(partition);
  return found == named_.end() ? kNone : found->second;
}

}  // namespace casewheel::partition
