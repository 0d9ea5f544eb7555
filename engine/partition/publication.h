// What a partition tells the world after a batch is durable. Listeners get it on the partition
// thread and must not block: take what is needed and return.
#pragma once

#include <vector>

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

struct Publication {
  PartitionId partition = 0;
  TimeMs now = 0;                         // engine time of the batch
  std::vector<CaseChange> changes;        // a case at most once
  casewheel::journal::v1::Totals totals;  // of the partition after the batch
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_commit(const Publication& publication) = 0;
};

}  // namespace casewheel::partition
