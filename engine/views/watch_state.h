// How far one watcher has come, and what it has yet to be told. Owned by the board; touched only
// under the board's lock. No callbacks here.
//
// What the watcher has is not stored but follows from two places in the due order:
//   - it has every row of its selection up to `entered_`, which trails now + horizon. The snapshot
//     is the first walk there; rows that enter the horizon later are the same walk, going on;
//   - it has been told that rows up to `told_overdue_` are overdue, which trails now.
// Only cases that changed behind its back are listed, with whether it had them. So the passing of
// time costs a watch nothing until it is read, however many deadlines fall into one second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/views/open_cases.h"
#include "engine/views/watch.h"

namespace casewheel::views {

class WatchState {
 public:
  WatchState(std::shared_ptr<Watcher> told, Selection chosen, DurationMs horizon_ms, TimeMs now);

  // Called for every step of a case of its tenant. False when more cases wait than are allowed.
  [[nodiscard]] bool note(CaseAddress address, const OpenCases::Step& step);

  // Walks over what the watcher need not hear of, at most `budget` entries (taken off), until it
  // comes to something to take (kSomething), the end (kNothing) or the budget's end (kUnknown).
  enum class Look { kSomething, kNothing, kUnknown };
  Look look(const OpenCases& cases, TimeMs now, std::size_t* budget);

  // The next messages; visits at most kRowsPerHold rows.
  std::vector<WatchMessage> take(const OpenCases& cases, TimeMs now, std::size_t rows_max);

  bool has_changes() const { return snapshot_complete_ && !pending_.empty(); }

  std::shared_ptr<Watcher> watcher;  // empty once it is over
  const Selection selection;

  // Kept for the board, which decides on them.
  bool idle = false;        // waits for on_available()
  bool is_looking = false;  // in the board's list of watches to look()
  bool over = false;        // cancelled or ended

 private:
  struct ByAddress {
    bool operator()(const CaseAddress& a, const CaseAddress& b) const {
      return a.id != b.id ? a.id < b.id : a.partition < b.partition;
    }
  };
  using Pending = absl::btree_map<CaseAddress, bool, ByAddress>;

  bool has(const OpenCase& open_case) const;    // unless it is pending
  bool wants(const OpenCase& open_case) const;  // when the walk comes to it
  DueKey horizon(TimeMs now) const;
  DueKey overdue(TimeMs now) const;
  Pending::iterator next_pending();
  template <typename Deliver>
  void take_pending(const OpenCases& cases, std::size_t rows_max, std::size_t* budget,
                    Deliver deliver);

  const DurationMs horizon_ms_;
  DueKey entered_;
  DueKey told_overdue_;
  bool snapshot_complete_ = false;
  Pending pending_;           // to whether the watcher has it
  CaseAddress last_pending_;  // taken; the next one follows it, so that none waits for ever
  std::uint64_t revision_ = 0;
};

}  // namespace casewheel::views
