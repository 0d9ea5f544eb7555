// Rows as they come out of a damaged directory, in no order and in several versions, for a repair: keeps of
// each the version that counts, in a scratch store. Knows which rows are versioned by themselves (cases, calls,
// heads), which never change (journal entries), and which only the directory itself can tell (accounts, keys,
// cursors). What can be derived (clock, look-up, holding and place rows) is not kept.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "storage/store.h"

namespace casewheel::partition {

class SalvagePool {
 public:
  explicit SalvagePool(storage::Store& scratch) : scratch_(scratch) {}

  // `newest`: as it stands, and no older version.
  Status add(std::string_view key, std::string_view value, bool newest);
  // After the last one.
  Status flush();

  storage::Store& rows() const { return scratch_; }
  const std::optional<journal::v1::Installation>& installation() const { return installation_; }
  const journal::v1::StartRecord& start() const { return start_; }
  // Of that partition, the latest; null when none could be read.
  const journal::v1::PartitionHead* head(PartitionId partition) const;
  // Other bytes than those in rows() that were found in the place of a journal entry.
  const std::vector<std::string>* other_entries(PartitionId partition, std::uint64_t seq) const;
  // The cases some row speaks of, whether or not their own could be read.
  const std::set<std::uint64_t>& cases_named(PartitionId partition) const;
  // The last entry of the partition's journal that some case's row says it has an event in; 0: none does.
  std::uint64_t last_entry_named(PartitionId partition) const;
  bool is_newest(const std::string& key) const { return newest_.contains(key); }
  // The end of the newest log was damaged: what was committed last is lost, and nothing tells what it was.
  void note_lost_end() { lost_end_ = true; }
  bool has_lost_end() const { return lost_end_; }

 private:
  Status keep(storage::Table table, std::string_view key, std::string_view value);
  Status add_entry(std::string_view key, std::string_view value);
  Status add_versioned(std::string_view key, std::string_view value, std::uint32_t version);
  void add_meta(std::string_view key, std::string_view value);
  void add_head(PartitionId partition, std::string_view value);
  void name_case(std::string_view key, std::string_view value);

  storage::Store& scratch_;
  storage::Batch batch_;
  std::optional<journal::v1::Installation> installation_;
  journal::v1::StartRecord start_;
  std::map<PartitionId, journal::v1::PartitionHead> heads_;
  absl::flat_hash_map<std::string, std::uint32_t> versions_;  // of cases and calls, by key
  absl::flat_hash_map<std::string, std::uint64_t> entries_;   // short digests, by key
  std::map<std::string, std::vector<std::string>> others_;    // by key
  std::map<PartitionId, std::set<std::uint64_t>> named_;
  std::map<PartitionId, std::uint64_t> entry_named_;
  bool lost_end_ = false;
  std::set<std::string> newest_;  // keys of rows that only the directory can tell
};

}  // namespace casewheel::partition
