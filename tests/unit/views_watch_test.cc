// Guards what a watcher is told, and when: snapshot, changes, the passing of time, and endings.
#include <gmock/gmock.h>

#include "tests/unit/views_board_fixture.h"

namespace casewheel::views {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WatchTest : public BoardTest {
 protected:
  static std::vector<std::string> news(KeepingWatcher& watcher) {
    watcher.told.clear();
    watcher.drain();
    EXPECT_THAT(watcher.faults, IsEmpty());
    return watcher.told;
  }
};

TEST_F(WatchTest, EmptyBoardStillCompletesTheSnapshot) {
  const auto watcher = watch(kOverdue);
  EXPECT_THAT(news(*watcher), ElementsAre("snapshot 0 complete"));
  EXPECT_THAT(news(*watcher), IsEmpty());
  settle();
  EXPECT_EQ(watcher->available, 0);
}

TEST_F(WatchTest, SnapshotComesInSlicesThenChanges) {
  commit({open_case(address_of(1), kStart - 3), open_case(address_of(2), kStart + 2),
          open_case(address_of(3), kStart + 3), open_case(address_of(4), kStart + kDayMs)});
  const auto watcher = watch(kThisHour);
  EXPECT_EQ(watcher->take(2), 1u);
  EXPECT_THAT(watcher->told, ElementsAre("snapshot 2"));
  // 1 was told, 3 was not, 5 comes in before the slice's end, 6 behind it.
  commit({closed_case(address_of(1)), open_case(address_of(3), kStart + 4),
          open_case(address_of(5), kStart - 1), open_case(address_of(6), kStart + 5)});
  EXPECT_THAT(news(*watcher), ElementsAre("snapshot 2 complete", "removed 1", "upsert 5"));
}

TEST_F(WatchTest, ChangesAreToldOnceAndOnlyWhileIdle) {
  const auto watcher = watch(kOverdue);
  news(*watcher);
  commit({open_case(address_of(1), kStart - 3)});
  commit({open_case(address_of(2), kStart - 3)});
  commit({open_case(address_of(1), kStart - 4)});
  EXPECT_EQ(watcher->available, 1);
  EXPECT_THAT(news(*watcher), ElementsAre("upsert 1", "upsert 2"));
  commit({open_case(address_of(2), kStart - 4)});
  EXPECT_EQ(watcher->available, 2);
}

TEST_F(WatchTest, LeavingTheFilterRemovesWhateverTheReason) {
  DueFilter filter = kThisHour;
  filter.units = {"north"};
  filter.handler = "chen";
  std::vector<partition::CaseChange> cases;
  for (std::uint32_t i = 1; i <= 5; ++i) cases.push_back(open_case(address_of(i), kStart));
  commit(cases);
  const auto watcher = watch(filter);
  news(*watcher);
  commit({closed_case(address_of(1)), open_case(address_of(2), kStart, "south"),
          open_case(address_of(3), kStart, "north", "lin"),
          open_case(address_of(4), kStart + kDayMs), open_case(address_of(5), 0)});
  EXPECT_THAT(news(*watcher),
              ElementsAre("removed 1", "removed 2", "removed 3", "removed 4", "removed 5"));
  commit({open_case(address_of(2), kStart), open_case(address_of(9), kStart, "south")});
  EXPECT_THAT(news(*watcher), ElementsAre("upsert 2"));
}

TEST_F(WatchTest, CaseThatCameAndWentUntakenIsNotMentioned) {
  const auto watcher = watch(kOverdue);
  news(*watcher);
  commit({open_case(address_of(1), kStart - 3)});
  commit({closed_case(address_of(1))});
  EXPECT_THAT(news(*watcher), IsEmpty());
  settle();
  commit({open_case(address_of(2), kStart - 3)});
  EXPECT_THAT(news(*watcher), ElementsAre("upsert 2"));
}

TEST_F(WatchTest, ChangeThatNobodyCanSeeIsNotTold) {
  commit({open_case(address_of(1), kStart - 3)});
  const auto watcher = watch(kOverdue);
  news(*watcher);
  partition::CaseChange change = open_case(address_of(1), kStart - 3);
  change.row.set_next_ms(kStart + 77);
  commit({change});
  EXPECT_EQ(watcher->available, 0);
}

TEST_F(WatchTest, TimeAloneBringsRowsIn) {
  commit({open_case(address_of(1), kStart + 10), open_case(address_of(2), kStart + kHourMs + 10)});
  const auto overdue = watch(kOverdue);
  const auto this_hour = watch(kThisHour);
  EXPECT_THAT(news(*overdue), ElementsAre("snapshot 0 complete"));
  EXPECT_THAT(news(*this_hour), ElementsAre("snapshot 1 complete"));
  tick(kStart + 9);
  EXPECT_EQ(overdue->available, 0);
  EXPECT_EQ(this_hour->available, 0);
  tick(kStart + 11);
  EXPECT_EQ(overdue->available, 1);
  EXPECT_EQ(this_hour->available, 1);
  EXPECT_THAT(news(*overdue), ElementsAre("upsert 1"));
  // 1 went from due soon to overdue, 2 came into the horizon.
  EXPECT_THAT(news(*this_hour), ElementsAre("upsert 1", "upsert 2"));
  EXPECT_EQ(this_hour->as_of, kStart + 11);
  tick(kStart + kDayMs);
  EXPECT_THAT(news(*this_hour), ElementsAre("upsert 2"));
  EXPECT_THAT(news(*overdue), ElementsAre("upsert 2"));
}

TEST_F(WatchTest, TimeOfACommitBringsRowsInToo) {
  commit({open_case(address_of(1), kStart + 10)});
  const auto watcher = watch(kOverdue);
  news(*watcher);
  commit({}, kStart + kLookEveryMs);
  EXPECT_EQ(watcher->available, 1);
  EXPECT_THAT(news(*watcher), ElementsAre("upsert 1"));
}

TEST_F(WatchTest, TimeNeverGoesBack) {
  commit({open_case(address_of(1), kStart + 10)});
  const auto watcher = watch(kOverdue, kStart + 20);
  EXPECT_THAT(news(*watcher), ElementsAre("snapshot 1 complete"));
  tick(kStart);
  commit({open_case(address_of(2), kStart + 15)}, kStart);
  EXPECT_THAT(news(*watcher), ElementsAre("upsert 2"));
  EXPECT_EQ(watcher->as_of, kStart + 20);
}

TEST_F(WatchTest, ManyRowsThatAreNotWantedAreWalkedOverOffTheReadersThread) {
  std::vector<partition::CaseChange> cases;
  for (std::uint32_t i = 0; i < 5 * kRowsPerHold; ++i) {
    cases.push_back(open_case(address_of(i), kStart - 10, "south"));
  }
  cases.push_back(open_case(address_of(100'000), kStart - 1, "north"));
  commit(cases);
  DueFilter filter = kOverdue;
  filter.units = {"north"};
  const auto watcher = watch(filter);
  EXPECT_THAT(news(*watcher), IsEmpty());
  EXPECT_EQ(watcher->available, 0);
  settle();
  EXPECT_EQ(watcher->available, 1);
  EXPECT_THAT(news(*watcher), ElementsAre("snapshot 1 complete"));
}

TEST_F(WatchTest, StormOfDeadlinesDoesNotEndAWatch) {
  std::vector<partition::CaseChange> cases;
  for (std::uint32_t i = 0; i < 2 * kWatchPendingMax; ++i) {
    cases.push_back(open_case(address_of(i), kStart + kSecondMs));
  }
  commit(cases);
  const auto watcher = watch(kOverdue);
  news(*watcher);
  tick(kStart + kSecondMs + 1);
  EXPECT_FALSE(watcher->end);
  news(*watcher);
  EXPECT_EQ(watcher->rows.size(), cases.size());
}

TEST_F(WatchTest, SlowWatcherIsEndedAndOthersAreNot) {
  const auto slow = watch(kOverdue);
  const auto quick = watch(kOverdue);
  DueFilter elsewhere = kOverdue;
  elsewhere.units = {"south"};
  const auto other = watch(elsewhere);
  slow->drain();
  quick->drain();
  other->drain();
  std::vector<partition::CaseChange> cases;
  for (std::uint32_t i = 0; i < kWatchPendingMax; ++i) {
    cases.push_back(open_case(address_of(i), kStart - 10));
  }
  commit(cases);
  quick->drain();
  EXPECT_FALSE(slow->end);
  commit({open_case(address_of(200'000), kStart - 10)});
  ASSERT_TRUE(slow->end);
  EXPECT_EQ(slow->end->message, "watch fell behind");
  EXPECT_EQ(slow->end->code, RejectionCode::kOverloaded);
  EXPECT_EQ(slow->take(10), 0u);
  quick->drain();
  EXPECT_FALSE(quick->end);
  EXPECT_EQ(quick->rows.size(), kWatchPendingMax + 1);
  EXPECT_FALSE(other->end);
  EXPECT_EQ(board.watches(), 2u);
}

TEST_F(WatchTest, CancelledWatchIsToldNothing) {
  const auto watcher = watch(kOverdue);
  watcher->drain();
  board.on_commit(publication({open_case(address_of(1), kStart - 1)}));
  watcher->watch->cancel();
  settle();
  EXPECT_EQ(watcher->available, 0);
  EXPECT_FALSE(watcher->end);
  EXPECT_EQ(watcher->take(10), 0u);
  EXPECT_EQ(board.watches(), 0u);
}

TEST_F(WatchTest, LettingGoCancelsAndFreesTheWatcher) {
  auto watcher = watch(kOverdue);
  const std::weak_ptr<KeepingWatcher> alive = watcher;
  watcher->watch.reset();
  watcher.reset();
  EXPECT_EQ(board.watches(), 0u);
  EXPECT_TRUE(alive.expired());
}

TEST_F(WatchTest, CloseEndsAllAndAcceptsNoMore) {
  const auto watcher = watch(kOverdue);
  board.close();
  settle();
  ASSERT_TRUE(watcher->end);
  EXPECT_EQ(watcher->end->code, RejectionCode::kUnavailable);
  EXPECT_EQ(board.subscribe(kOverdue, kStart, watcher).error().code, RejectionCode::kUnavailable);
}

TEST_F(WatchTest, WatchOutlivesItsBoard) {
  auto watcher = std::make_shared<KeepingWatcher>();
  {
    Board gone(executor.get_executor());
    watcher->watch = accepted(gone.subscribe(kOverdue, kStart, watcher));
    gone.on_commit(publication({open_case(address_of(1), kStart - 1)}));
  }
  settle();
  EXPECT_TRUE(watcher->end);
  EXPECT_EQ(watcher->take(10), 0u);
}

TEST_F(WatchTest, TooManyWatchesAreRefused) {
  std::vector<std::shared_ptr<KeepingWatcher>> watchers;
  for (std::size_t i = 0; i < kWatchesMax; ++i) watchers.push_back(watch(kOverdue));
  const auto refused = board.subscribe(kOverdue, kStart, std::make_shared<KeepingWatcher>());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, RejectionCode::kOverloaded);
  watchers.front()->watch->cancel();
  EXPECT_TRUE(board.subscribe(kOverdue, kStart, watchers.front()).has_value());
  for (const auto& watcher : watchers) watcher->watch->cancel();
}

}  // namespace
}  // namespace casewheel::views
