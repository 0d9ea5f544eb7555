// Rows that cannot be read: who asks for one is told, its deadline waits, and nothing else stops.
#include <gmock/gmock.h>

#include <set>

#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

using storage::Table;

const Status kDamage{Status::Code::kCorruption, "block checksum mismatch in 000042.sst"};

// As of damaged blocks: a scan ends at one, wherever it began.
template <typename Scan>
Status scan_to_damage(const std::set<std::string>& damaged, const storage::RowVisitor& visit,
                      Scan&& scan) {
  bool met = false;
  const Status status = scan([&](std::string_view key, std::string_view value) {
    met = damaged.contains(std::string(key));
    return !met && visit(key, value);
  });
  return met ? kDamage : status;
}

class DamagedSnapshot final : public storage::Snapshot {
 public:
  DamagedSnapshot(std::unique_ptr<storage::Snapshot> whole, std::set<std::string> damaged)
      : whole_(std::move(whole)), damaged_(std::move(damaged)) {}

  Status get(Table table, std::string_view key, std::string* value) const override {
    return damaged_.contains(std::string(key)) ? kDamage : whole_->get(table, key, value);
  }
  Status scan(Table table, std::string_view begin, std::string_view end,
              const storage::RowVisitor& visit) const override {
    return scan_to_damage(damaged_, visit, [&](const storage::RowVisitor& until) {
      return whole_->scan(table, begin, end, until);
    });
  }
  Status scan_reverse(Table table, std::string_view begin, std::string_view end,
                      const storage::RowVisitor& visit) const override {
    return scan_to_damage(damaged_, visit, [&](const storage::RowVisitor& until) {
      return whole_->scan_reverse(table, begin, end, until);
    });
  }

 private:
  const std::unique_ptr<storage::Snapshot> whole_;
  const std::set<std::string> damaged_;
};

// A store some of whose rows lie in damaged blocks.
class DamagedStore final : public storage::Store {
 public:
  explicit DamagedStore(storage::Store& whole) : whole_(whole) {}

  void damage(std::string key) { damaged_.insert(std::move(key)); }
  void repair() { damaged_.clear(); }

  Status get(Table table, std::string_view key, std::string* value) const override {
    return damaged_.contains(std::string(key)) ? kDamage : whole_.get(table, key, value);
  }
  Status scan(Table table, std::string_view begin, std::string_view end,
              const storage::RowVisitor& visit) const override {
    return scan_to_damage(damaged_, visit, [&](const storage::RowVisitor& until) {
      return whole_.scan(table, begin, end, until);
    });
  }
  std::unique_ptr<storage::Snapshot> snapshot() const override {
    return std::make_unique<DamagedSnapshot>(whole_.snapshot(), damaged_);
  }
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

TEST_F(Damage, VerifyNamesWhatIsDamagedAndAccusesNoOther) {
  const auto problems = [&] {
    VerifyReport report;
    EXPECT_TRUE(verify(
                    damaged, [](std::uint64_t, std::uint64_t) { return true; }, &report)
                    .is_ok());
    return report.problems;
  };
  const auto of_other = testing::HasSubstr(format_case_number(0, second));
  ASSERT_TRUE(problems().empty());
  for (const std::string& key :
       {storage::case_key(0, first), storage::clock_key(0, first),
        storage::dedupe_key(0, digest_of("first")), storage::journal_key(0, 3)}) {
    damaged.damage(key);
    const std::vector<std::string> found = problems();
    EXPECT_THAT(found, testing::Contains(testing::HasSubstr("000042.sst"))) << hex(key);
    EXPECT_THAT(found, testing::Not(testing::Contains(of_other))) << hex(key);
    damaged.repair();
  }
  EXPECT_TRUE(problems().empty());
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

TEST_F(Damage, ADamagedClockRowIsTakenFromItsCaseAtTheStart) {
  const std::string key = storage::clock_key(0, first);
  std::string before;
  ASSERT_TRUE(store.get(Table::kState, key, &before).is_ok());
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string()}) {
    storage::Batch batch;
    batch.put(Table::kState, key, bytes);
    ASSERT_TRUE(store.write(batch).is_ok());
    start();
    EXPECT_EQ(visited, 2u);
    EXPECT_EQ(partition->armed_at(first), due);
    std::string after;
    ASSERT_TRUE(store.get(Table::kState, key, &after).is_ok());
    EXPECT_EQ(after, before) << "the row is written anew";
    EXPECT_TRUE(verified().ok());
  }
}

TEST_F(Damage, ABlockOfClockRowsIsTakenFromTheCasesBesideIt) {
  const CaseId third = id_of(one(lodge("third")));
  damaged.damage(storage::clock_key(0, second));
  start();
  EXPECT_EQ(visited, 3u);
  EXPECT_NE(partition->armed_at(first), kNever);
  EXPECT_NE(partition->armed_at(second), kNever) << "open, says its own row";
  EXPECT_NE(partition->armed_at(third), kNever) << "behind the damage";
}

TEST_F(Damage, AClockRowAndItsCaseThatCannotBeReadAreSetAside) {
  storage::Batch batch;
  batch.put(Table::kState, storage::clock_key(0, first), "\xff");
  ASSERT_TRUE(store.write(batch).is_ok());
  damaged.damage(storage::case_key(0, first));
  start();
  EXPECT_EQ(visited, 1u);
  ask({});
  EXPECT_TRUE(turn.status.is_ok());
  EXPECT_EQ(metrics.unreadable_cases, 1u);
  EXPECT_FALSE(one(note(second)).rejection);
}

TEST_F(Damage, AnArmedCaseWithoutARowIsSetAside) {
  storage::Batch batch;
  batch.erase(Table::kState, storage::case_key(0, first));
  ASSERT_TRUE(store.write(batch).is_ok());
  now = due;
  ask({});
  EXPECT_TRUE(turn.status.is_ok());
  EXPECT_EQ(metrics.unreadable_cases, 1u);
  const Answer again = one(lodge("first"));
  ASSERT_TRUE(again.rejection);
  EXPECT_EQ(again.rejection->code, RejectionCode::kDataLoss) << "no second case, and no end";
}

TEST_F(Damage, ASweepPassesOverDamageAndReachesTheOthers) {
  const CaseId third = id_of(one(lodge("third")));
  auto tenants = catalogue::parse_catalogue(kTenant, "test");
  ASSERT_TRUE(tenants.has_value());
  tenants->front().mutable_policies(0)->mutable_clocks(0)->mutable_allowance()->set_wall_ms(
      96 * kHourMs);
  storage::Batch batch;
  batch.put(Table::kState, storage::clock_key(0, first), "\xff\xff");
  ASSERT_TRUE(store.write(batch).is_ok());
  damaged.damage(storage::clock_key(0, second));
  CatalogueRequest request{*tenants, {stored::OPERATOR, "op", domain::kEveryRole}};
  request.to_open_cases = true;
  EXPECT_FALSE(one(std::move(request)).rejection);
  for (int slice = 0; slice < 10; ++slice) ask({});
  EXPECT_TRUE(turn.status.is_ok());
  EXPECT_FALSE(turn.sweeping);
  for (const CaseId id : {first, second, third})
    EXPECT_EQ(state_of(id).clocks(0).catalogue_version(), 2u) << id.value;
}

TEST_F(Damage, AJournalEntryThatCannotBeReadDoesNotKeepTheEngineFromStarting) {
  stored::PartitionHead head;
  std::string bytes;
  ASSERT_TRUE(store.get(Table::kState, storage::head_key(0), &bytes).is_ok());
  ASSERT_TRUE(head.ParseFromString(bytes));
  damaged.damage(storage::journal_key(0, head.seq()));
  start();
  EXPECT_FALSE(one(note(first)).rejection);
  damaged.repair();
  EXPECT_TRUE(verified().ok()) << "the chain goes on from the hash in the head row";
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
