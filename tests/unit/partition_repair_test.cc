// repair: whatever rows are gone, what is built agrees with itself, and no case is missing unsaid.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "engine/partition/call_rows.h"
#include "engine/partition/installation.h"
#include "engine/partition/repair.h"
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

using storage::RowKind;
using storage::Table;

class Repair : public PartitionTest {
 protected:
  struct Row {
    Table table;
    std::string key, value;
  };

  Repair() {
    for (int i = 0; i < 6; ++i) {
      cases.push_back(id_of(one(lodge("k" + std::to_string(i)))));
      now += kMinuteMs;
    }
    one(act(cases[0], domain::Note{"記一筆"}));
    one(act(cases[1], domain::Assign{"dora"}));
    now += 80 * kHourMs;
    ask({});  // everything is breached
    one(act(cases[2], domain::Reply{stored::BY_PHONE, "已說明", 0}));
    one(act(cases[3], domain::Close{stored::RESOLVED, "完成", 0}));
    domain::CallNews news;
    news.what = domain::CallNews::What::kRing;
    news.direction = stored::INBOUND;
    news.at_ms = now;
    news.party.set_number("0912345678");
    one(CallRequest{
        "water", digest_of("call"), {std::move(news), {stored::ENGINE, "", domain::kEveryRole}}});
  }

  std::vector<Row> rows(const storage::Store& from) const {
    std::vector<Row> found;
    for (const Table table : {Table::kState, Table::kJournal}) {
      EXPECT_TRUE(from.scan(table, {}, {},
                            [&](std::string_view key, std::string_view value) {
                              found.push_back({table, std::string(key), std::string(value)});
                              return true;
                            })
                      .is_ok());
    }
    return found;
  }

  // What is built of the rows that `lost` does not take; `made` is empty before.
  RepairReport repaired(const std::vector<Row>& from, const std::function<bool(const Row&)>& lost,
                        storage::Store& made) {
    storage::MemoryStore scratch;
    SalvagePool pool(scratch);
    bool whole = true;
    for (const Row& row : from) {
      if (lost(row)) {
        whole = false;
      } else {
        EXPECT_TRUE(pool.add(row.key, row.value, true).is_ok());
      }
    }
    EXPECT_TRUE(pool.flush().is_ok());
    RepairReport report;
    const Status status = repair(pool, whole, now, system_random(), made, &report);
    EXPECT_TRUE(status.is_ok()) << status.message();
    return report;
  }
  static VerifyReport proof_of(const storage::Store& made) {
    VerifyReport report;
    EXPECT_TRUE(verify(
                    made, [](std::uint64_t, std::uint64_t) { return true; }, &report)
                    .is_ok());
    return report;
  }
  // Every case is there, or the report names it.
  void expect_nothing_silent(const storage::Store& made, const RepairReport& report) const {
    for (const CaseId id : cases) {
      CaseRecord record;
      if (read_case(made, 0, id, &record)) continue;
      EXPECT_TRUE(
          std::any_of(report.cases.begin(), report.cases.end(),
                      [&](const auto& line) { return line.number == format_case_number(0, id); }))
          << format_case_number(0, id) << " is missing unsaid";
    }
  }
  static bool is(const Row& row, RowKind kind) {
    return static_cast<RowKind>(row.key.front()) == kind;
  }
  static auto journal(std::uint64_t from, std::uint64_t to) {
    return [=](const Row& row) {
      const auto seq = storage::decode_journal_seq(row.key);
      return is(row, RowKind::kJournal) && *seq >= from && *seq <= to;
    };
  }
  std::vector<std::string> kinds_of(const RepairReport& report) const {
    std::vector<std::string> kinds;
    for (const auto& line : report.cases)
      kinds.push_back(line.number + " " + std::to_string(static_cast<int>(line.kind)));
    return kinds;
  }

  std::vector<CaseId> cases;
};

TEST_F(Repair, AnEntryFarBehindAllOthersIsNone) {
  std::vector<Row> all = rows(store);
  for (const std::uint64_t seq :
       {~std::uint64_t{0}, std::uint64_t{1} << 62, std::uint64_t{1} << 34}) {
    Row far = *std::find_if(all.begin(), all.end(), journal(1, 1));
    far.key = storage::journal_key(0, seq);
    all.push_back(std::move(far));
  }
  storage::MemoryStore made;
  const RepairReport report = repaired(
      all, [](const Row&) { return false; }, made);
  EXPECT_EQ(report.lost_entries, 0u);
  EXPECT_EQ(report.cases_kept, cases.size());
}

TEST_F(Repair, AnEndThatIsLostEndsSessionsAndIsTold) {
  RecordRequest opened;
  stored::Session& session =
      *opened.events.emplace_back().mutable_session_opened()->mutable_session();
  session.set_digest(std::string(32, 'd'));
  session.set_account("wang");
  one(std::move(opened));
  storage::MemoryStore scratch;
  SalvagePool pool(scratch);
  for (const Row& row : rows(store)) ASSERT_TRUE(pool.add(row.key, row.value, true).is_ok());
  ASSERT_TRUE(pool.flush().is_ok());
  pool.note_lost_end();
  storage::MemoryStore made;
  RepairReport report;
  ASSERT_TRUE(repair(pool, true, now, system_random(), made, &report).is_ok());
  EXPECT_EQ(report.lost_entries, 0u);
  EXPECT_FALSE(report.is_whole());
  for (const Row& row : rows(made)) EXPECT_FALSE(is(row, RowKind::kSession));
  EXPECT_TRUE(proof_of(made).ok());
}

TEST_F(Repair, AnAccountThatWasRemovedStaysRemoved) {
  RecordRequest made;
  made.events.emplace_back().mutable_account_changed()->mutable_account()->set_name("mallory");
  made.events.back().mutable_account_changed()->mutable_account()->set_version(1);
  one(std::move(made));
  std::vector<Row> older;  // as it lies in a file that nothing has compacted yet
  for (Row& row : rows(store)) {
    if (is(row, RowKind::kAccount)) older.push_back(std::move(row));
  }
  ASSERT_EQ(older.size(), 1u);
  RecordRequest gone;
  gone.events.emplace_back().mutable_account_removed()->set_name("mallory");
  one(std::move(gone));
  one(act(cases[0], domain::Note{"之後"}));
  std::uint64_t last = 0;
  for (const Row& row : rows(store)) {
    if (is(row, RowKind::kJournal)) last = std::max(last, *storage::decode_journal_seq(row.key));
  }

  storage::MemoryStore scratch;
  SalvagePool pool(scratch);
  for (const Row& row : rows(store)) {
    if (journal(last, last)(row)) continue;
    EXPECT_TRUE(pool.add(row.key, row.value, false).is_ok());
  }
  EXPECT_TRUE(pool.add(older[0].key, older[0].value, false).is_ok());
  EXPECT_TRUE(pool.flush().is_ok());
  storage::MemoryStore made_anew;
  RepairReport report;
  ASSERT_TRUE(repair(pool, false, now, system_random(), made_anew, &report).is_ok());
  for (const Row& row : rows(made_anew)) EXPECT_FALSE(is(row, RowKind::kAccount));
}

TEST_F(Repair, OfASoundDirectoryIsTheSameDirectory) {
  storage::MemoryStore made;
  const RepairReport report = repaired(
      rows(store), [](const Row&) { return false; }, made);
  EXPECT_TRUE(report.is_whole()) << testing::PrintToString(report.notes);
  const VerifyReport proof = proof_of(made);
  EXPECT_TRUE(proof.ok()) << proof.problems.front();
  EXPECT_EQ(proof.lost_entries, 0u);
  EXPECT_EQ(proof.cases, cases.size());
  EXPECT_EQ(report.calls_kept, 1u);
  for (const CaseId id : cases) {
    CaseRecord before, after;
    ASSERT_TRUE(read_case(store, 0, id, &before).is_ok());
    ASSERT_TRUE(read_case(made, 0, id, &after).is_ok());
    EXPECT_EQ(encode_case(after), encode_case(before));
  }
}

TEST_F(Repair, EveryRowThatTheJournalTellsIsHadAgain) {
  for (const RowKind kind :
       {RowKind::kClock, RowKind::kDedupe, RowKind::kLookup, RowKind::kCatalogue, RowKind::kHead,
        RowKind::kHolding, RowKind::kCallPlace, RowKind::kCallLookup, RowKind::kUnsettledCall}) {
    storage::MemoryStore made;
    const RepairReport report = repaired(
        rows(store), [&](const Row& row) { return is(row, kind); }, made);
    EXPECT_TRUE(report.is_whole()) << static_cast<int>(kind);
    const VerifyReport proof = proof_of(made);
    EXPECT_TRUE(proof.ok()) << static_cast<int>(kind) << ": " << proof.problems.front();
  }
}

TEST_F(Repair, ACaseWhoseRowIsGoneGoesOnWithoutWhatItsKeyOpened) {
  storage::MemoryStore made;
  const RepairReport report = repaired(
      rows(store), [&](const Row& row) { return row.key == storage::case_key(0, cases[1]); }, made);
  ASSERT_EQ(report.cases.size(), 1u);
  EXPECT_EQ(report.cases[0].kind, RepairReport::Kind::kSealed);
  EXPECT_EQ(report.cases[0].number, format_case_number(0, cases[1]));
  CaseRecord record;
  ASSERT_TRUE(read_case(made, 0, cases[1], &record).is_ok());
  EXPECT_EQ(record.state.handler(), "dora");
  EXPECT_EQ(record.state.status(), state_of(cases[1]).status());
  EXPECT_EQ(record.state.clocks_size(), state_of(cases[1]).clocks_size());
  EXPECT_TRUE(record.state.sealed().empty());
  const VerifyReport proof = proof_of(made);
  EXPECT_TRUE(proof.ok()) << proof.problems.front();
  EXPECT_EQ(proof.erased_cases, 1u);
}

TEST_F(Repair, ALostEntryIsAGapOnRecordAndTheRowsStand) {
  storage::MemoryStore made;
  const RepairReport report = repaired(rows(store), journal(4, 6), made);
  EXPECT_EQ(report.lost_entries, 3u);
  EXPECT_FALSE(report.is_whole());
  const VerifyReport proof = proof_of(made);
  EXPECT_TRUE(proof.ok()) << proof.problems.front();
  EXPECT_EQ(proof.lost_entries, 3u);
  EXPECT_GT(proof.restated_cases, 0u);
  EXPECT_EQ(proof.cases, cases.size());
  for (const CaseId id : cases) {
    CaseRecord before, after;
    ASSERT_TRUE(read_case(store, 0, id, &before).is_ok());
    ASSERT_TRUE(read_case(made, 0, id, &after).is_ok());
    EXPECT_EQ(after.state.status(), before.state.status());
    EXPECT_EQ(after.state.sealed(), before.state.sealed());
    EXPECT_EQ(after.key, before.key);
  }
  // What is readable stands byte for byte where it stood.
  std::string was, is_now;
  ASSERT_TRUE(store.get(Table::kJournal, storage::journal_key(0, 8), &was).is_ok());
  ASSERT_TRUE(made.get(Table::kJournal, storage::journal_key(0, 8), &is_now).is_ok());
  EXPECT_EQ(was, is_now);
}

TEST_F(Repair, AGapCannotBeTakenAwayAgain) {
  storage::MemoryStore made;
  repaired(rows(store), journal(5, 5), made);
  for (const Row& row : rows(made)) {
    if (!is(row, RowKind::kJournal)) continue;
    storage::Batch taken;
    taken.erase(Table::kJournal, row.key);
    ASSERT_TRUE(made.write(taken).is_ok());
    EXPECT_FALSE(proof_of(made).ok());
    storage::Batch back;
    back.put(Table::kJournal, row.key, row.value);
    ASSERT_TRUE(made.write(back).is_ok());
  }
  // Nor can the stand-in hold anything more.
  std::string bytes;
  ASSERT_TRUE(made.get(Table::kJournal, storage::journal_key(0, 5), &bytes).is_ok());
  stored::JournalEntry entry;
  ASSERT_TRUE(entry.ParseFromString(bytes));
  entry.add_events()->mutable_engine_started();
  storage::Batch more;
  more.put(Table::kJournal, storage::journal_key(0, 5), encode(entry));
  ASSERT_TRUE(made.write(more).is_ok());
  EXPECT_FALSE(proof_of(made).ok());
}

TEST_F(Repair, AnEntryThatWasChangedIsLeftOutAndNamed) {
  std::vector<Row> all = rows(store);
  for (Row& row : all) {
    if (!journal(5, 5)(row)) continue;
    stored::JournalEntry entry;
    ASSERT_TRUE(entry.ParseFromString(row.value));
    entry.set_now_ms(entry.now_ms() + 1);
    row.value = encode(entry);
  }
  storage::MemoryStore made;
  const RepairReport report = repaired(
      all, [](const Row&) { return false; }, made);
  EXPECT_THAT(report.notes, testing::Contains(testing::HasSubstr("not what was committed")));
  EXPECT_EQ(report.lost_entries, 1u);
  EXPECT_TRUE(proof_of(made).ok());
}

TEST_F(Repair, ACaseOfWhichNothingIsLeftIsNamedAndItsNumberIsNotGivenOutAgain) {
  std::uint64_t lodged_at = state_of(cases[5]).journal_seqs(0);
  storage::MemoryStore made;
  const auto lost = [&](const Row& row) {
    return journal(lodged_at, lodged_at)(row) || row.key == storage::case_key(0, cases[5]) ||
           is(row, RowKind::kHead);
  };
  const RepairReport report = repaired(rows(store), lost, made);
  EXPECT_THAT(kinds_of(report), testing::Contains(format_case_number(0, cases[5]) + " 0"));
  EXPECT_TRUE(proof_of(made).ok()) << proof_of(made).problems.front();
  expect_nothing_silent(made, report);
  served = &made;
  start();
  const CaseId next = id_of(one(lodge("after")));
  EXPECT_GT(next.value, cases[5].value);
  EXPECT_FALSE(one(lodge("k5")).duplicate) << "whoever sends it again gets a case";
}

TEST_F(Repair, TheEngineStartsAndServesWhatWasRepaired) {
  storage::MemoryStore made;
  repaired(
      rows(store),
      [&](const Row& row) {
        return journal(6, 7)(row) || row.key == storage::case_key(0, cases[0]);
      },
      made);
  served = &made;
  start();
  for (const CaseId id : {cases[0], cases[4]})
    EXPECT_FALSE(one(act(id, domain::Note{"修復後"})).rejection);
  now += 100 * kHourMs;
  ask({});
  EXPECT_TRUE(turn.status.is_ok());
  EXPECT_TRUE(proof_of(made).ok()) << proof_of(made).problems.front();
}

TEST_F(Repair, ACaseOfALostCatalogueCountsByTheNearestThatIsLeft) {
  const std::vector<Row> before = rows(store);
  auto tenants = catalogue::parse_catalogue(kTenant, "test");
  ASSERT_TRUE(tenants.has_value());
  tenants->at(0).mutable_policies(0)->mutable_clocks(0)->mutable_allowance()->set_wall_ms(96 *
                                                                                          kHourMs);
  one(CatalogueRequest{*tenants, {stored::OPERATOR, "op", domain::kEveryRole}});
  const std::vector<Row> after = rows(store);
  std::set<std::string> lost;  // the second version, as a row and as an event
  for (const Row& row : after) {
    const bool is_new = std::none_of(before.begin(), before.end(),
                                     [&](const Row& old) { return old.key == row.key; });
    if (is_new && (is(row, RowKind::kCatalogue) || is(row, RowKind::kJournal)))
      lost.insert(row.key);
  }
  ASSERT_EQ(lost.size(), 2u);
  cases.push_back(id_of(one(lodge("under the second"))));
  ASSERT_EQ(state_of(cases.back()).catalogue_version(), 2u);
  storage::MemoryStore made;
  const RepairReport report = repaired(
      rows(store), [&](const Row& row) { return lost.contains(row.key); }, made);
  const std::string told = format_case_number(0, cases.back()) + " " +
                           std::to_string(static_cast<int>(RepairReport::Kind::kIncomplete));
  EXPECT_THAT(kinds_of(report), testing::Contains(told));
  CaseRecord record;
  ASSERT_TRUE(read_case(made, 0, cases.back(), &record).is_ok());
  EXPECT_EQ(record.state.catalogue_version(), 1u);
  ASSERT_EQ(record.state.clocks_size(), state_of(cases.back()).clocks_size());
  for (const stored::ClockState& clock : record.state.clocks())
    EXPECT_EQ(clock.catalogue_version(), 1u);
  EXPECT_TRUE(proof_of(made).ok()) << proof_of(made).problems.front();
  served = &made;
  catalogue.set(catalogue::Registry::empty());
  ASSERT_TRUE(load_catalogue(made, &catalogue).is_ok());
  start();
  now += 100 * kHourMs;
  ask({});
  ASSERT_TRUE(read_case(made, 0, cases.back(), &record).is_ok());
  EXPECT_TRUE(record.state.clocks(0).breached());
}

TEST_F(Repair, AMergeBetweenTwoStepsIsStillUnderWay) {
  one(act(cases[4], domain::PrepareMerge{0, cases[5], 0}));
  ASSERT_EQ(state_of(cases[4]).preparing_size(), 1);
  one(act(cases[0], domain::Note{"其後"}));
  const auto seqs = state_of(cases[4]).journal_seqs();
  const std::uint64_t prepared_at = seqs.Get(seqs.size() - 1);
  storage::MemoryStore made;
  const RepairReport report = repaired(
      rows(store),
      [&](const Row& row) {
        return is(row, RowKind::kMerge) || journal(prepared_at, prepared_at)(row);
      },
      made);
  EXPECT_EQ(report.lost_entries, 1u);
  EXPECT_TRUE(proof_of(made).ok()) << proof_of(made).problems.front();
  CaseRecord record;
  ASSERT_TRUE(read_case(made, 0, cases[4], &record).is_ok());
  ASSERT_EQ(record.state.preparing_size(), 1) << "the row of the case still tells";
  int under_way = 0;
  for (const Row& row : rows(made)) under_way += is(row, RowKind::kMerge);
  EXPECT_EQ(under_way, 1);
}

TEST_F(Repair, CanBeDoneASecondTime) {
  storage::MemoryStore once;
  repaired(rows(store), journal(4, 5), once);
  served = &once;
  start();
  one(act(cases[0], domain::Note{"其間"}));
  storage::MemoryStore twice;
  const RepairReport report = repaired(rows(once), journal(9, 9), twice);
  const VerifyReport proof = proof_of(twice);
  EXPECT_TRUE(proof.ok()) << proof.problems.front();
  EXPECT_EQ(proof.lost_entries, 3u);
  EXPECT_EQ(report.lost_entries, 1u);
  expect_nothing_silent(twice, report);
}

TEST_F(Repair, WithoutTheInstallationsOwnRowNothingIsBuilt) {
  storage::MemoryStore scratch, made;
  SalvagePool pool(scratch);
  RepairReport report;
  const Status status = repair(pool, false, now, system_random(), made, &report);
  EXPECT_EQ(status.code(), Status::Code::kCorruption);
  EXPECT_THAT(status.message(), testing::HasSubstr("backup"));
}

TEST_F(Repair, WhateverIsLostTheResultAgreesWithItselfAndNoCaseIsMissingUnsaid) {
  const std::vector<Row> all = rows(store);
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const double share = seed % 3 == 0 ? 0.5 : seed % 3 == 1 ? 0.1 : 0.02;
    const auto lost = [&](const Row& row) {
      // The catalogue is needed; its event or its row. The installation stands twice.
      if (is(row, RowKind::kCatalogue) || is(row, RowKind::kMeta)) return false;
      // Nothing but the head's counter tells of the day's last case when all else of it is gone.
      if (is(row, RowKind::kHead) && share > 0.2) return false;
      return std::bernoulli_distribution(share)(random);
    };
    storage::MemoryStore made;
    const RepairReport report = repaired(all, lost, made);
    const VerifyReport proof = proof_of(made);
    ASSERT_TRUE(proof.ok()) << "seed " << seed << ": " << proof.problems.front();
    expect_nothing_silent(made, report);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace casewheel::partition
