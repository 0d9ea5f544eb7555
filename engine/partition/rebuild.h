// One partition of a repair: its journal is replayed, what is lacking is taken from rows, and what had to be
// taken, or could not be, is put on record at the journal's end; then its rows are written. Used by
// repair.cc alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/catalogue/catalogue.h"
#include "engine/partition/call_rows.h"
#include "engine/partition/mended_journal.h"
#include "engine/partition/repair.h"
#include "engine/partition/repaired_gaps.h"
#include "engine/partition/rows.h"

namespace casewheel::partition {

class Rebuild {
 public:
  struct Parts {
    const SalvagePool* pool = nullptr;
    storage::Store* out = nullptr;
    RepairReport* report = nullptr;
    std::string secret;
    std::uint64_t epoch = 0;  // of what the repair writes
    TimeMs machine_now = 0;
    bool state_is_whole = false;
    RandomBytes random;
  };
  Rebuild(Parts parts, PartitionId id) : parts_(std::move(parts)), id_(id) {}

  // The journal, and the rows that its events do not give.
  Status begin();
  // Of partition 0, after begin().
  std::shared_ptr<const catalogue::Registry> registry() const;
  // Cases and calls, and everything into `out`.
  Status finish(const catalogue::Registry& registry);

 private:
  // An entry is closed when it has come to this: half of what one may have.
  static constexpr std::size_t kEntryBytes = 128 * 1024;

  struct Later {
    stored::Event event;
    std::uint64_t seq = 0;
    TimeMs now = 0;
  };
  struct Case {
    stored::CaseState state;   // of revision 0: no lodging was found
    std::vector<Later> later;  // behind a gap
    bool restated = false;     // another one than the journal adds up to
    bool incomplete = false;
    bool other_rules = false;  // the catalogue or calendar it counted by is lost
    bool had_row = false;
  };

  Status replay();
  void replay_event(const stored::JournalEntry& entry, std::uint32_t place,
                    const stored::Event& event);
  // Of the case's next event; a restore makes them jump, see restored.h.
  std::uint32_t next_revision(const stored::CaseState& state) const;
  void keep_rows(const storage::Batch& batch);
  std::string lost_entries() const;  // in words
  bool has_gap() const { return gaps_.any(); }

  // What is put on record.
  void append(stored::Event event);
  Status close_entry();
  Status tell_repaired();
  stored::PartitionHead stated_head() const;
  std::vector<std::uint64_t> find_lost() const;
  bool has_loss() const;
  void name_gaps();
  Status restate_rows();
  bool wants(std::string_view key, std::string_view value) const;
  void end_sessions();

  Status settle_cases(const catalogue::Registry& registry);
  Status settle(std::uint64_t id, const catalogue::Registry& registry);
  void take_later(Case& known, const std::optional<CaseRecord>& row);
  bool fits(const stored::CaseState& state, const CaseRecord& row);
  void restate(std::uint64_t id, Case& known);
  void seal_off(std::uint64_t id, Case& known);
  Status write(const CaseRecord& record, const catalogue::Registry& registry);
  Status settle_calls();
  Status settle_call(const storage::Digest16& id, const std::optional<CallRecord>& row);
  Status put(bool last);
  void tell(RepairReport::Kind kind, std::uint64_t id, std::string why);

  const Parts parts_;
  const PartitionId id_;
  MendedJournal journal_;
  RepairedGaps gaps_;
  std::unordered_map<std::uint64_t, Case> cases_;
  std::map<storage::Digest16, stored::Call> calls_;
  std::map<std::string, std::string> rows_;  // of the partition's own events, and of lodgings
  std::set<std::string> removed_;            // keys that the journal took from them
  stored::PartitionHead head_;
  std::vector<std::uint64_t> lost_;
  stored::JournalEntry entry_;  // being made
  storage::Batch batch_;
  Sealer sealer_;
};

}  // namespace casewheel::partition
