// What the engine tells read models: first what the store holds, then what each partition commits.
//
// The engine gives a listener everything that is loaded before it starts any partition, so nothing
// older can arrive behind something newer. A read model does not rely on it: of each case it keeps
// the change with the highest revision, of each call the one with the highest version, in whatever
// order they come. on_commit() is called on the partition's thread and must not block.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "casewheel/journal/v1/calls.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace casewheel::partition {

// How far back calls are loaded: as long as their figures are kept.
inline constexpr DurationMs kCallsLoadedMs = 200 * kDayMs;

// A request for extension that nobody has decided.
struct UndecidedRequest {
  casewheel::journal::v1::ExtensionRequest request;  // without its sealed reason
  // Staff ids: who may not decide on it, engine/domain/hands.h. Who may follows from that and the unit.
  std::vector<std::string> barred;
};

// A case as it stands after the batch.
struct CaseChange {
  CaseAddress address;
  bool open = false;
  casewheel::journal::v1::ClockRow row;  // set while open; of a case that ended its revision alone
  // While open: its escalations nobody has acknowledged, oldest first.
  std::vector<casewheel::journal::v1::EscalationState> unacknowledged;
  std::vector<UndecidedRequest> requests = {};  // while open
};

// A call before (of version 0: there was none) and after the batch, in the clear save who is at the other
// end.
struct CallChange {
  PartitionId partition = 0;
  casewheel::journal::v1::Call before;
  casewheel::journal::v1::Call after;
};

struct Publication {
  PartitionId partition = 0;
  std::uint64_t seq = 0;                  // of the batch's journal entry
  std::uint64_t entry_digest = 0;         // short_digest of its bytes' SHA-256
  TimeMs now = 0;                         // engine time of the batch
  std::vector<CaseChange> changes;        // a case at most once
  std::vector<CallChange> calls;          // a call at most once
  casewheel::journal::v1::Totals totals;  // of the partition after the batch
};

class Listener {
 public:
  virtual ~Listener() = default;
  // At start, on the starting thread: every open case, a slice at a time, and every call of the last
  // kCallsLoadedMs; then on_loaded(), once.
  virtual void on_load(const std::vector<CaseChange>& /*slice*/) {}
  virtual void on_load(PartitionId /*partition*/, const casewheel::journal::v1::Call& /*call*/) {}
  virtual void on_loaded() {}
  virtual void on_commit(const Publication& publication) = 0;
};

// Several as one, in order; they outlive it.
class Listeners final : public Listener {
 public:
  explicit Listeners(std::vector<Listener*> all) : all_(std::move(all)) {}
  void on_load(const std::vector<CaseChange>& slice) override {
    for (Listener* listener : all_) listener->on_load(slice);
  }
  void on_load(PartitionId partition, const casewheel::journal::v1::Call& call) override {
    for (Listener* listener : all_) listener->on_load(partition, call);
  }
  void on_loaded() override {
    for (Listener* listener : all_) listener->on_loaded();
  }
  void on_commit(const Publication& publication) override {
    for (Listener* listener : all_) listener->on_commit(publication);
  }

 private:
  std::vector<Listener*> all_;
};

}  // namespace casewheel::partition
