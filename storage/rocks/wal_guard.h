// Refuses a write-ahead log that RocksDB 7.8 would replay with acknowledged records missing.
//
// kTolerateCorruptedTailRecords reports a bad checksum, yet takes three kinds of damage in the
// middle for the end of the log, without a word (found by the tests of this folder):
//   - in the last 32 KiB block, a length that reaches beyond the end of the file: "torn tail";
//   - anywhere, a record type that turns into a recyclable one (one flipped bit): "older record";
//   - zeros, where the next thing readable begins a record: "preallocated".
// and it does not see a log file that is missing or cut short while a later one is there. No option
// of 7.8 closes these: track_and_verify_wals_in_manifest leaves out the newest log, and can call a
// log missing that was rightly deleted (facebook/rocksdb#10892, fixed after 7.8). Two checks:
//   - check_wal_tails, before opening: behind an unreadable record there must be no intact one.
//     Every write is synced before the next begins, so only the last may be torn.
//   - WalContinuity, while replaying: sequence numbers are dense.
// Format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
// Used by open_rocks on the opening thread only.
#pragma once

#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace casewheel::storage {

// kCorruption names the file and both offsets. Reads every log file in `directory` once.
Status check_wal_tails(const std::string& directory);

// The file and offset of the first log record whose bytes do not match its checksum; empty when there
// is none. Slow: for the message, after RocksDB has refused.
std::string find_bad_checksum(const std::string& directory);

// Must outlive the database it was given to.
class WalContinuity final : public rocksdb::WalFilter {
 public:
  WalProcessingOption LogRecordFound(unsigned long long log_number,
                                     const std::string& log_file_name,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch* new_batch, bool* batch_changed) override;
  const char* Name() const override { return "casewheel.WalContinuity"; }

  // What was missing; empty when nothing was.
  const std::string& gap() const { return gap_; }

 private:
  std::uint64_t next_sequence_ = 0;  // 0: no record seen yet
  std::string gap_;
};

}  // namespace casewheel::storage
