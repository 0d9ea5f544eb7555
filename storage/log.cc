// The local Log: entries are rows of the journal table. See log.h for threads and promises.
#include "storage/log.h"

#include <utility>

#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::storage {
namespace {

std::string place(PartitionId partition, std::uint64_t seq) {
  return "journal entry " + std::to_string(seq) + " of partition " + std::to_string(partition);
}

// Whether `seq` may be appended to what the store holds.
AppendResult check_next(const Store& store, PartitionId partition, std::uint64_t seq) {
  std::string ignored;
  Status status = store.get(Table::kJournal, journal_key(partition, seq), &ignored);
  if (status.is_ok()) return {AppendOutcome::kConflict, place(partition, seq) + " exists already"};
  // A damaged block hides whether it does. The caller knows its last entry from its own rows, which
  // are written with it: what is checked here is a second writer, whom the store's lock keeps out too.
  if (status.code() != Status::Code::kNotFound && !is_damage(status))
    return {AppendOutcome::kUnknown, status.message()};
  if (seq == 1) return {};
  status = store.get(Table::kJournal, journal_key(partition, seq - 1), &ignored);
  if (status.is_ok() || is_damage(status)) return {};
  if (status.code() != Status::Code::kNotFound) return {AppendOutcome::kUnknown, status.message()};
  return {AppendOutcome::kConflict, place(partition, seq) + " has no predecessor"};
}

}  // namespace

AppendResult LocalLog::append(PartitionId partition, std::uint64_t expected_seq,
                              std::string_view entry, Batch rows) {
  CASEWHEEL_CHECK(partition < kPartitionCountMax, "no such partition");
  CASEWHEEL_CHECK(expected_seq >= 1, "journal sequences start at 1");
  std::uint64_t& last_seq = last_seq_[partition];
  // One writer a partition: once this object has appended, it knows the end of the journal, and
  // the hot path reads nothing.
  if (last_seq == 0) {
    AppendResult next = check_next(store_, partition, expected_seq);
    if (next.outcome != AppendOutcome::kOk) return next;
  } else if (expected_seq != last_seq + 1) {
    return {AppendOutcome::kConflict,
            place(partition, expected_seq) + " does not follow " + std::to_string(last_seq)};
  }
  rows.put(Table::kJournal, journal_key(partition, expected_seq), std::string(entry));
  if (Status status = store_.write(rows); !status) {
    last_seq = 0;
    return {AppendOutcome::kUnknown, place(partition, expected_seq) + ": " + status.message()};
  }
  last_seq = expected_seq;
  return {};
}

Status LocalLog::read(PartitionId partition, std::uint64_t from_seq,
                      const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  std::uint64_t next = from_seq == 0 ? 1 : from_seq;
  Status broken;
  Status status = store_.scan(Table::kJournal, journal_key(partition, next),
                              prefix_end(kind_prefix(RowKind::kJournal, partition)),
                              [&](std::string_view key, std::string_view entry) {
                                const auto seq = decode_journal_seq(key);
                                if (seq != next) {
                                  broken = Status(Status::Code::kCorruption,
                                                  place(partition, next) + " is missing");
                                  return false;
                                }
                                ++next;
                                return visit(*seq, entry);
                              });
  return status ? broken : status;
}

Status LocalLog::read_one(PartitionId partition, std::uint64_t seq, std::string* entry) const {
  return store_.get(Table::kJournal, journal_key(partition, seq), entry);
}

}  // namespace casewheel::storage
