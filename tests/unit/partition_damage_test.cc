// Rows that cannot be read: who asks for one is told, its deadline waits, and nothing else stops.
#include <gmock/gmock.h>

#include <set>

#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

using storage::Table;

// A store some of whose rows lie in damaged blocks.
class DamagedStore final : public storage::Store {
 public:
  explicit DamagedStore(storage::Store& whole) : whole_(whole) {}

  void damage(std::string key) { damaged_.insert(std::move(key)); }
  void repair() { damaged_.clear(); }

  Status get(Table table, std::string_view key, std::string* value) const override {
    if (damaged_.contains(std::string(key)))
      return {Status::Code::kCorruption, "block checksum mismatch in 000042.sst"};
    return whole_.get(table, key, value);
  }
  Status scan(Table table, std::string_view begin, std::string_view end,
              const storage::RowVisitor& visit) const override {
    return whole_.scan(table, begin, end, visit);
  }
  std::unique_ptr<storage::Snapshot> snapshot() const override { return whole_.snapshot(); }
  Status write(const storage::Batch& batch) override { return whole_.write(batch); }
  Status purge(Table table) override { return whole_.purge(table); }
  std::uint64_t free_bytes() const override { return whole_.free_bytes(); }
  std::vector<std::pair<std::string, std::uint64_t>> health() const override {
    return whole_.health();
  }

 private:
  storage::Store& whole_;
  std::set<std::string> damaged_;
};

class Damage : public PartitionTest {
 protected:
  Damage() {
    served = &damaged;
    start();
    first = id_of(one(lodge("first")));
    now += kMinuteMs / 2;
    second = id_of(one(lodge("second")));
    due = partition->armed_at(first);
  }
  RequestBody note(CaseId id) const { return act(id, domain::Note{"記一筆"}); }
  void expect_data_loss(const Answer& answer) const {
    ASSERT_TRUE(answer.rejection);
    EXPECT_EQ(answer.rejection->code, RejectionCode::kDataLoss);
    EXPECT_THAT(answer.rejection->message, testing::HasSubstr("000042.sst"));
  }

  DamagedStore damaged{store};
  CaseId first, second;
  TimeMs due = 0;
};

TEST_F(Damage, WhoAsksForADamagedRowIsToldAndOthersAreServed) {
  damaged.damage(storage::case_key(0, first));
  std::vector<RequestBody> bodies;
  bodies.push_back(note(first));
  bodies.push_back(note(second));
  bodies.push_back(lodge("first"));  // the same again: what it was answered is not known
  const std::vector<Answer> answers = ask(std::move(bodies));
  expect_data_loss(answers[0]);
  EXPECT_FALSE(answers[1].rejection);
  expect_data_loss(answers[2]);
  EXPECT_TRUE(turn.status.is_ok());
  EXPECT_EQ(partition->armed_at(first), due);
}

TEST_F(Damage, NoSecondCaseIsMadeWhereItCannotBeKnownWhetherThereIsOne) {
  damaged.damage(storage::dedupe_key(0, digest_of("first")));
  expect_data_loss(one(lodge("first")));
  ActRequest act_on_it = act(CaseId{}, domain::Note{"記一筆"});
  act_on_it.lodged_under = digest_of("first");
  expect_data_loss(one(std::move(act_on_it)));
  EXPECT_EQ(one(lodge("third")).rejection, std::nullopt);
}

TEST_F(Damage, ADeadlineOfADamagedCaseWaitsAndIsTriedAgainWithoutAWrite) {
  damaged.damage(storage::case_key(0, first));
  const std::uint32_t lodged_at = state_of(first).revision();
  now = due;
  std::uint64_t writes = store.writes();
  for (int minute = 0; minute < 3; ++minute) {
    ask({});
    EXPECT_TRUE(turn.status.is_ok());
    EXPECT_FALSE(turn.more_due);
    EXPECT_EQ(partition->armed_at(first), now + kMinuteMs);
    EXPECT_EQ(partition->oldest_set_aside(), due);
    EXPECT_EQ(metrics.unreadable_cases, 1u);
    if (minute == 0) {
      EXPECT_EQ(store.writes(), writes);
      now += kMinuteMs / 2;
      ask({});  // the other case, half a minute later, fires in time
      EXPECT_EQ(store.writes(), writes + 1);
      EXPECT_GT(partition->armed_at(second), due + kHourMs);
      writes = store.writes();
      now += kMinuteMs / 2;
    } else {
      EXPECT_EQ(store.writes(), writes);
      now += kMinuteMs;
    }
  }
  EXPECT_EQ(state_of(first).revision(), lodged_at);

  damaged.repair();
  ask({});
  EXPECT_TRUE(turn.committed);
  EXPECT_EQ(state_of(first).revision(), state_of(second).revision());
  EXPECT_EQ(partition->oldest_set_aside(), kNever);
  EXPECT_EQ(metrics.unreadable_cases, 0u);
  EXPECT_TRUE(verified().problems.empty());
}

TEST_F(Damage, AnActionOnACaseThatCanBeReadAgainTakesItBack) {
  damaged.damage(storage::case_key(0, first));
  now = due;
  ask({});
  EXPECT_EQ(metrics.unreadable_cases, 1u);
  damaged.repair();
  now += kSecondMs;
  EXPECT_FALSE(one(note(first)).rejection);
  EXPECT_EQ(metrics.unreadable_cases, 0u);
  EXPECT_EQ(partition->oldest_set_aside(), kNever);
  EXPECT_EQ(partition->armed_at(first), due) << "what was due is due at once";
  ask({});
  EXPECT_GT(partition->armed_at(first), due);
}

TEST_F(Damage, ARestartFindsTheSameDeadlineAndSetsItAsideAgain) {
  damaged.damage(storage::case_key(0, first));
  now = due;
  ask({});
  start();
  now += 10 * kMinuteMs;
  ask({});
  EXPECT_TRUE(turn.status.is_ok());
  EXPECT_EQ(partition->oldest_set_aside(), due);
  EXPECT_EQ(metrics.unreadable_cases, 1u);
}

}  // namespace
}  // namespace casewheel::partition
