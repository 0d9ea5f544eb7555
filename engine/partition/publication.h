// What a partition tells the world after a batch is durable. Listeners get it on the partition
// thread and must not block: take what is needed and return.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "casewheel/journal/v1/calls.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace casewheel::partition {

// A case as it stands after the batch.
struct CaseChange {
  CaseAddress address;
  bool open = false;
  casewheel::journal::v1::ClockRow row;  // set while open
  // While open: its escalations nobody has acknowledged, oldest first.
  std::vector<casewheel::journal::v1::EscalationState> unacknowledged;
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
  TimeMs now = 0;                         // engine time of the batch
  std::vector<CaseChange> changes;        // a case at most once
  std::vector<CallChange> calls;          // a call at most once
  casewheel::journal::v1::Totals totals;  // of the partition after the batch
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_commit(const Publication& publication) = 0;
};

// Several as one, in order; they outlive it.
class Listeners final : public Listener {
 public:
  explicit Listeners(std::vector<Listener*> all) : all_(std::move(all)) {}
  void on_commit(const Publication& publication) override {
    for (Listener* listener : all_) listener->on_commit(publication);
  }

 private:
  std::vector<Listener*> all_;
};

}  // namespace casewheel::partition
