// The board's model: every open case in about 80 bytes, found by address and in due order, with
// counters kept as cases move. Owned by the board; touched only under the board's lock. It reads no
// clock and knows nothing of watches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "engine/partition/publication.h"
#include "engine/views/due_key.h"
#include "engine/views/due_row.h"
#include "engine/views/names.h"
#include "engine/views/statistics.h"

namespace casewheel::views {

// An open case as stored. Bit fields, because there are millions.
struct OpenCase {
  std::uint64_t case_id = 0;
  std::uint64_t due : 48 = 0;  // 0: none; kUnclockedDue: somebody must say what is owed
  std::uint64_t partition : 16 = 0;
  std::uint64_t revision : 32 = 0;
  std::uint64_t kind : 4 = 0;
  std::uint64_t priority : 4 = 0;
  std::uint64_t status : 4 = 0;
  std::uint64_t due_kind : 4 = 0;
  NameId unit = 0;
  NameId handler = 0;
  NameId service : 26 = 0;  // from the catalogue, so there are thousands, not millions
  NameId provisional : 1 = 0;
  NameId county : 5 = 0;  // place in catalogue::counties(), from 1; 0: none of them
  std::uint16_t level : 11 = 0;
  std::uint16_t extension_requests : 5 = 0;
  std::uint16_t unacknowledged : 15 = 0;
  std::uint16_t breached : 1 = 0;

  CaseAddress address() const { return {static_cast<PartitionId>(partition), {case_id}}; }
  DueKey key() const { return DueKey::of(address(), static_cast<TimeMs>(due)); }
  bool operator==(const OpenCase&) const = default;
};
static_assert(sizeof(OpenCase) == 40, "a million open cases must fit a small machine");

// A filter with its names looked up; holds them until released.
struct Selection {
  std::uint8_t tenant_number = 0;
  std::vector<NameId> units;  // sorted; empty: all
  std::optional<NameId> handler;
  // Of a watcher who may not see all: her parts of the tenant, and whose own cases she sees besides.
  struct Part {
    std::vector<NameId> units;  // sorted; empty: all
    std::uint32_t kinds = 0;    // bits 1 << Kind; 0: all
  };
  bool limited = false;
  std::vector<Part> parts;
  std::optional<NameId> own;

  bool matches(const OpenCase& open_case) const;  // the due instant is the caller's business
};

struct ScanEnd {
  DueKey reached;           // everything up to here was visited; `through` when finished
  std::size_t visited = 0;  // entries
  bool finished = false;
};

class OpenCases {
 public:
  OpenCases();
  OpenCases(const OpenCases&) = delete;
  OpenCases& operator=(const OpenCases&) = delete;

  // As apply() of each, but much faster into an empty model. Until loaded() the model remembers which
  // cases have ended, so that what is loaded behind such an end does not open them again.
  void load(const std::vector<partition::CaseChange>& cases);
  void loaded();

  struct Step {
    std::optional<OpenCase> before;  // empty: was not open. Its names may be let go already
    std::optional<OpenCase> after;   // empty: is not open now
  };
  // Older than what is known of the case: nothing changes, and both are empty.
  Step apply(const partition::CaseChange& change);

  const OpenCase* find(CaseAddress address) const;
  DueRow row(const OpenCase& open_case) const;

  Selection select(const DueFilter& filter);
  void release(const Selection& selection);

  // Calls visit(const OpenCase&) for entries after `after` up to `through` in due order, at most
  // `budget` of them. When visit returns false the scan stops before that entry.
  template <typename Visit>
  ScanEnd scan(DueKey after, DueKey through, std::size_t budget, Visit visit) const {
    ScanEnd end{.reached = after};
    for (auto at = by_due_.upper_bound(after); at != by_due_.end(); ++at) {
      const DueKey key = at->key();
      if (key > through) break;
      if (end.visited == budget || !visit(cases_[at->slot])) return end;
      ++end.visited;
      end.reached = key;
    }
    end.reached = std::max(after, through);
    end.finished = true;
    return end;
  }
  // As scan(), but only counts entries; touches no case.
  ScanEnd count(DueKey after, DueKey through, std::size_t budget) const;
  TimeMs earliest_due(std::uint8_t tenant_number) const;  // 0 when none has one
  std::uint64_t unclocked(std::uint8_t tenant_number) const {
    return unclocked_of_tenant_[tenant_number];
  }

  std::uint64_t size(std::uint8_t tenant_number) const { return open_of_tenant_[tenant_number]; }
  std::size_t size() const { return cases_.size() - free_.size(); }

  // Appends at most `budget` counters behind `cursor` (0 at first), and moves it; false when there
  // are no more.
  bool counts(std::uint64_t* cursor, std::size_t budget, std::vector<OpenCount>* out) const;

  std::size_t bytes() const;  // resident, within a few percent

 private:
  using Slot = std::uint32_t;

  // 20 bytes: five words, not two and a half double words.
  class DueEntry {
   public:
    DueEntry(DueKey key, Slot slot_of_case)
        : slot(slot_of_case),
          words_{upper(key.high), lower(key.high), upper(key.low), lower(key.low)} {}
    DueKey key() const { return {join(words_[0], words_[1]), join(words_[2], words_[3])}; }

    Slot slot;

   private:
    static std::uint32_t upper(std::uint64_t word) {
      return static_cast<std::uint32_t>(word >> 32);
    }
    static std::uint32_t lower(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
    static std::uint64_t join(std::uint32_t upper, std::uint32_t lower) {
      return static_cast<std::uint64_t>(upper) << 32 | lower;
    }
    std::array<std::uint32_t, 4> words_;
  };
  struct EarlierDue {
    using is_transparent = void;
    static DueKey key(const DueKey& key) { return key; }
    static DueKey key(const DueEntry& entry) { return entry.key(); }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return key(a) < key(b);
    }
  };

  // The address index holds slots only and reads the address from the case itself.
  struct AddressHash {
    using is_transparent = void;
    const std::deque<OpenCase>* cases;
    std::size_t operator()(CaseAddress address) const;
    std::size_t operator()(Slot slot) const { return (*this)((*cases)[slot].address()); }
  };
  struct SameAddress {
    using is_transparent = void;
    const std::deque<OpenCase>* cases;
    bool operator()(Slot a, Slot b) const { return a == b; }
    bool operator()(Slot a, CaseAddress b) const { return (*cases)[a].address() == b; }
    bool operator()(CaseAddress a, Slot b) const { return (*cases)[b].address() == a; }
  };
  using AddressIndex = absl::flat_hash_set<Slot, AddressHash, SameAddress>;
  // In shards, because growing an index visits all its cases in one go, under the lock.
  static constexpr std::size_t kShards = 64;

  bool is_older(const partition::CaseChange& change) const;
  AddressIndex& shard(CaseAddress address);
  const AddressIndex& shard(CaseAddress address) const;
  std::optional<Slot> slot_of(CaseAddress address) const;
  OpenCase packed(const partition::CaseChange& change);  // acquires names
  void release_names(const OpenCase& open_case);
  Slot add(const OpenCase& open_case);  // everywhere but in due order
  void count_in(const OpenCase& open_case);
  void count_out(const OpenCase& open_case);

  struct WholeAddressHash {
    std::size_t operator()(CaseAddress address) const;
  };

  bool loading_ = true;
  // While loading: the revisions at which cases have ended.
  absl::flat_hash_map<CaseAddress, std::uint32_t, WholeAddressHash> ended_;
  Names names_;
  std::deque<OpenCase> cases_;  // never moves an element
  std::vector<Slot> free_;
  std::vector<AddressIndex> by_address_;
  absl::btree_set<DueEntry, EarlierDue> by_due_;  // those that have a due instant
  // Packed tenant, unit, kind and status, in that order, to cases; never 0.
  absl::btree_map<std::uint64_t, std::uint32_t> counts_;
  std::array<std::uint64_t, 256> open_of_tenant_{};
  std::array<std::uint64_t, 256> unclocked_of_tenant_{};
};

}  // namespace casewheel::views
