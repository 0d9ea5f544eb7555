// A restored partition does not meet its lost future: no name that the history gave out behind the backup
// is given to something else, however often and wherever the backup is restored.
#include <gtest/gtest.h>

#include <set>

#include "engine/domain/lifecycle.h"
#include "engine/partition/restored.h"
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

class RestoredTest : public PartitionTest {
 protected:
  storage::Batch backup() const {
    storage::Batch rows;
    for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
      EXPECT_TRUE(store.scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
        rows.put(table, std::string(key), std::string(value));
        return true;
      }));
    }
    return rows;
  }
  // The process ends, and the directory is as the backup has it.
  void go_back_to(const storage::Batch& rows) {
    partition.reset();
    storage::Batch batch;
    for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
      EXPECT_TRUE(store.scan(table, {}, {}, [&](std::string_view key, std::string_view) {
        batch.erase(table, std::string(key));
        return true;
      }));
    }
    for (const storage::Batch::Change& row : rows.changes())
      batch.put(row.table, row.key, row.value);
    ASSERT_TRUE(store.write(batch));
  }
  void restore(const storage::Batch& rows) {
    go_back_to(rows);
    ASSERT_TRUE(mark_restored(store));
    now += 1000;  // it takes its time
    start();
  }
  // As start(), with what tells a directory from its copy, on either clock.
  void start_at(std::uint64_t place, bool virtual_clock = false) {
    partition.reset();
    log = std::make_unique<storage::LocalLog>(*served);
    const RandomBytes random = system_random();
    Installation installation;
    ASSERT_TRUE(start_installation(*served, 1, now, random, &installation, place));
    installation.virtual_clock = virtual_clock;
    Partition::Parts parts;
    parts.store = served;
    parts.log = log.get();
    parts.catalogue = &catalogue;
    parts.listener = this;
    parts.metrics = &metrics;
    parts.random = random;
    partition = std::make_unique<Partition>(std::move(parts), installation);
    ASSERT_TRUE(partition->open(now, [](CaseChange&&) {}));
  }
  CaseId lodged(const std::string& key) { return id_of(one(lodge(key))); }
  std::set<CaseId> lodge_some(const std::string& prefix, int count) {
    std::set<CaseId> ids;
    for (int i = 0; i < count; ++i) ids.insert(lodged(prefix + std::to_string(i)));
    return ids;
  }
  // Events of the journal that say that it was restored.
  int tellings() const {
    int found = 0;
    std::string bytes;
    for (std::uint64_t seq = 1; log->read_one(0, seq, &bytes); ++seq) {
      stored::JournalEntry entry;
      EXPECT_TRUE(entry.ParseFromString(bytes));
      for (const stored::Event& event : entry.events())
        found += event.has_history_restored() ? 1 : 0;
    }
    return found;
  }
  static bool disjoint(const std::set<CaseId>& a, const std::set<CaseId>& b) {
    return std::none_of(a.begin(), a.end(), [&b](CaseId id) { return b.contains(id); });
  }
};

TEST_F(RestoredTest, CaseNumbersSkipAheadOnRecord) {
  lodge_some("kept", 3);
  const storage::Batch rows = backup();
  const std::set<CaseId> lost = lodge_some("lost", 20);
  restore(rows);
  EXPECT_TRUE(partition->restored());
  EXPECT_EQ(tellings(), 1);
  const std::set<CaseId> since = lodge_some("new", 20);
  EXPECT_TRUE(disjoint(lost, since));
  EXPECT_TRUE(verified().ok());
  start();
  EXPECT_EQ(tellings(), 1) << "once a restore";
  EXPECT_TRUE(disjoint(lost, lodge_some("newer", 5)));
  EXPECT_EQ(verified().problem_count, 0u);
}

TEST_F(RestoredTest, TheSameBackupTwiceAndOneMadeAfterARestore) {
  lodge_some("kept", 2);
  const storage::Batch rows = backup();
  std::set<CaseId> given = lodge_some("lost", 50);
  storage::Batch later;
  for (int round = 0; round < 5; ++round) {
    restore(rows);
    const std::set<CaseId> since = lodge_some("round" + std::to_string(round) + "-", 50);
    EXPECT_TRUE(disjoint(given, since)) << round;
    given.insert(since.begin(), since.end());
    if (round == 2) later = backup();
  }
  for (int round = 0; round < 2; ++round) {
    restore(later);
    const std::set<CaseId> since = lodge_some("later" + std::to_string(round) + "-", 50);
    EXPECT_TRUE(disjoint(given, since)) << round;
    given.insert(since.begin(), since.end());
    EXPECT_TRUE(verified().ok());
  }
}

TEST_F(RestoredTest, DaysTheLostTimeHasSeenSkipAndLaterOnesDoNot) {
  const storage::Batch rows = backup();
  std::set<CaseId> lost;
  for (int day = 0; day < 3; ++day, now += kDayMs) lost.merge(lodge_some(std::to_string(day), 3));
  now -= kDayMs;
  restore(rows);  // on the last of them
  EXPECT_GT(lodged("today").sequence(), kNumbersAhead);
  EXPECT_TRUE(disjoint(lost, lodge_some("more", 3)));
  now += 2 * kDayMs;
  EXPECT_EQ(lodged("in two days").sequence(), 1u) << "five digits again";
}

TEST_F(RestoredTest, OnAVirtualClockEveryDaySkips) {
  start_at(0, true);
  const storage::Batch rows = backup();
  const TimeMs then = now;
  now += 400 * kDayMs;
  const std::set<CaseId> lost = lodge_some("lost", 5);
  go_back_to(rows);
  ASSERT_TRUE(mark_restored(store));
  now = then;
  start_at(0, true);
  now += 400 * kDayMs;
  EXPECT_TRUE(disjoint(lost, lodge_some("new", 5)));
}

TEST_F(RestoredTest, WithinACaseNothingIsNamedTwice) {
  const CaseId id = lodged("kept");
  const storage::Batch rows = backup();
  ASSERT_FALSE(one(act(id, domain::Note{"lost"})).rejection);
  ASSERT_FALSE(one(act(id, domain::AgreeDate{now + kDayMs, "lost", ""})).rejection);
  now += 100 * kHourMs;
  ask({});
  const stored::CaseState lost = state_of(id);
  ASSERT_GT(lost.escalations_size(), 1);
  restore(rows);
  ask({});
  ASSERT_FALSE(one(act(id, domain::AgreeDate{now + kDayMs, "new", ""})).rejection);
  const stored::CaseState state = state_of(id);
  EXPECT_GT(state.revision(), lost.revision());
  for (const stored::EscalationState& escalation : state.escalations())
    EXPECT_GT(escalation.escalation(), lost.escalations(lost.escalations_size() - 1).escalation());
  EXPECT_GT(state.clocks(state.clocks_size() - 1).clock(),
            lost.clocks(lost.clocks_size() - 1).clock());
  // An etag of the lost time is stale.
  domain::Action note = domain::Note{"with an etag"};
  for (std::uint32_t revision = 2; revision <= lost.revision(); ++revision) {
    ActRequest stale = act(id, note);
    stale.command.expected_revision = revision;
    const Answer answer = one(stale);
    ASSERT_TRUE(answer.rejection) << revision;
    EXPECT_EQ(answer.rejection->code, RejectionCode::kStaleEtag);
  }
  EXPECT_TRUE(verified().ok());
}

TEST_F(RestoredTest, ACaseLodgedSinceCountsFromOne) {
  restore(backup());
  const CaseId id = lodged("new");
  const std::uint32_t first = state_of(id).revision();
  EXPECT_LT(first, 10u);
  ASSERT_FALSE(one(act(id, domain::Note{"a note"})).rejection);
  EXPECT_EQ(state_of(id).revision(), first + 1);
  EXPECT_TRUE(verified().ok());
}

TEST_F(RestoredTest, ACrashBeforeThePartitionHasSaidSoLosesNothing) {
  const storage::Batch rows = backup();
  const std::set<CaseId> lost = lodge_some("lost", 10);
  go_back_to(rows);
  ASSERT_TRUE(mark_restored(store));
  // The start is counted, then the power goes before the partition's first entry.
  const RandomBytes random = system_random();
  Installation installation;
  ASSERT_TRUE(start_installation(store, 1, now, random, &installation));
  EXPECT_TRUE(installation.restored);
  start();
  EXPECT_EQ(tellings(), 1);
  EXPECT_TRUE(disjoint(lost, lodge_some("new", 10)));
}

TEST_F(RestoredTest, ACopyOfTheDirectorySkipsAndTheOriginalGoesOn) {
  start_at(4711);
  lodge_some("kept", 3);
  start_at(4711);
  EXPECT_EQ(tellings(), 0) << "the same directory";
  const storage::Batch rows = backup();
  const std::set<CaseId> original = lodge_some("original", 5);
  go_back_to(rows);
  now += 1000;
  start_at(4712);
  EXPECT_EQ(tellings(), 1);
  EXPECT_FALSE(partition->restored()) << "what is late is late because the engine was down";
  EXPECT_TRUE(disjoint(original, lodge_some("copy", 5)));
  start_at(4712);
  EXPECT_EQ(tellings(), 1);
  EXPECT_TRUE(verified().ok());
}

TEST(RestoredNames, RiseWhateverTheMachinesClockSays) {
  stored::PartitionHead head;
  Installation installation;
  std::uint32_t last = 0;
  for (const TimeMs at : {TimeMs{0}, kNow, kNow + 1000, kNow - kDayMs, TimeMs{0}, kNow + 2000,
                          kNow + 20 * 366 * kDayMs, kNow + 21 * 366 * kDayMs}) {
    installation.started_ms = at;
    const stored::HistoryRestored restored = restored_history(installation, head, at);
    EXPECT_GT(restored.names_from(), last) << at;
    last = restored.names_from();
    head.mutable_restored()->set_names_from(last);
  }
}

}  // namespace
}  // namespace casewheel::partition
