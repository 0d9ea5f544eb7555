// The figures of calls as partitions and readers share them: partitions leave word of what changed, the
// desk's strand puts it into the history a slice at a time, and readers walk the history in slices. So no
// partition waits for a reader. Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/partition/call_address.h"
#include "engine/partition/publication.h"
#include "engine/views/call_figures.h"
#include "engine/views/turnstile.h"

namespace casewheel::views {

class CallFiguresBoard {
 public:
  using Hours = std::vector<std::pair<TimeMs, CallFigures>>;  // by their start, in order

  void load(const journal::v1::Call& call);  // at start

  // On a partition's thread. True: apply_slice() is to be run, and nobody was told so before.
  [[nodiscard]] bool hear(std::vector<partition::CallChange> changes);
  // One slice of what was heard; true: there is more.
  bool apply_slice();

  // As of CallHistory.
  bool knows_line(std::uint8_t tenant_number, std::string_view line) const;
  bool knows_queue(std::uint8_t tenant_number, std::string_view queue) const;

  // `looked`, where given: how many entries were visited. `unnamed`, likewise: calls of which it is
  // not known whether
  // they are of that line and queue.
  Hours hours(std::uint8_t tenant_number, TimeMs from, TimeMs to, std::string_view line,
              std::string_view queue, std::size_t* looked, std::uint64_t* unnamed) const;

 private:
  // A call waits at most once, so however far this is behind, its backlog is no longer than the list of
  // calls: what it was before the first change, and is after the last.
  std::mutex waiting_mutex_;
  std::deque<partition::CallChange> waiting_;
  std::map<partition::CallAddress, partition::CallChange*> places_;  // in waiting_

  mutable Turnstile turnstile_;  // guards the history
  CallHistory history_;
};

}  // namespace casewheel::views
