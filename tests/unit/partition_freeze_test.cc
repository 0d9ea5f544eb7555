// A jump of the machine's clock stops firing until an operator confirms it, over restarts too: the
// first turn that is held puts it on record.
#include "partition_fixture.h"

namespace casewheel::partition {
namespace {

class Freeze : public PartitionTest {
 protected:
  TimeMs frozen_since() {
    TimeMs last = 0;
    TimeMs frozen = 0;
    EXPECT_TRUE(Partition::last_now(store, 0, &last, &frozen).is_ok());
    return frozen;
  }
};

TEST_F(Freeze, IsOnRecordUntilItIsConfirmed) {
  EXPECT_EQ(frozen_since(), 0);
  const CaseId id = id_of(one(lodge("a")));
  now += 80 * kHourMs;
  ask({}, true);
  EXPECT_TRUE(turn.committed);
  EXPECT_EQ(frozen_since(), now);
  const TimeMs first = now;
  now += kHourMs;
  ask({}, true);
  EXPECT_FALSE(turn.committed) << "once is enough";
  start();
  EXPECT_EQ(frozen_since(), first);
  EXPECT_TRUE(state_of(id).escalations().empty());
  ASSERT_FALSE(one(ClockConfirmedRequest{first, now, {stored::OPERATOR, "op", 0}}).rejection);
  EXPECT_EQ(frozen_since(), 0);
  EXPECT_FALSE(state_of(id).escalations().empty()) << "what was due meanwhile";
  EXPECT_TRUE(verified().ok());
}

}  // namespace
}  // namespace casewheel::partition
