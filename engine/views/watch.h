// Watching the board: a snapshot of a filter, then every change, pulled by the watcher at its own
// pace. The board owns the state behind a Watch; see each method for its thread.
//
// Protocol. After subscribe() the watcher takes until take() returns nothing; from then on it is
// idle, and the board calls on_available() once when there is something again. So a slow reader
// costs the board one entry a changed case, never a message, and nobody waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/views/due_row.h"

namespace casewheel::views {

struct Snapshot {
  std::vector<DueRow> rows;
  bool complete = false;  // true on the last slice, and only there
};
// The row came into the filter, changed, or went from due soon to overdue. It may repeat what the
// watcher knows.
struct Upsert {
  DueRow row;
};
// The case left the filter. Sent only for rows the watcher has.
struct Removed {
  CaseAddress address;
};

struct WatchMessage {
  std::uint64_t revision = 0;  // 1, 2, 3, ... within the watch
  TimeMs as_of = 0;            // engine time the message holds for; never falls
  std::variant<Snapshot, Upsert, Removed> change;
};

// Implemented by whoever watches. Called on the board's strand: one call at a time, must not block.
// The board holds on to it until on_end() or Watch::cancel(). One Watcher, one Watch.
class Watcher {
 public:
  virtual ~Watcher() = default;

  // Something can be taken. Only after a take() that returned nothing, and once for each of those.
  virtual void on_available() = 0;

  // The last call: kOverloaded when the watch fell behind, kUnavailable when the engine stops. What
  // was not taken is lost. May come before subscribe() has returned.
  virtual void on_end(const Rejection& reason) = 0;
};

// One subscription. Thread-safe, callbacks included; letting go of it cancels it.
class Watch {
 public:
  virtual ~Watch() = default;

  // The next messages, with at most `rows_max` (from 1 to kRowsPerHold) rows and removals together.
  // Snapshot slices come first, then changes. One bounded hold of the board's lock. When it finds
  // nothing within that bound, the board looks on and calls on_available().
  virtual std::vector<WatchMessage> take(std::size_t rows_max) = 0;

  // No callback begins after this returns, except one that races with it; take() returns nothing.
  virtual void cancel() = 0;
};

}  // namespace casewheel::views
