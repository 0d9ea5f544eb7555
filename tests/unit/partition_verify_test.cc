// verify: finds what was changed and says where, and is never brought down by it.
#include <google/protobuf/stubs/logging.h>

#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

class VerifyTest : public PartitionTest {
 protected:
  VerifyTest() {
    google::protobuf::SetLogHandler(nullptr);  // it complains about every changed byte
    for (int i = 0; i < 4; ++i) one(lodge("k" + std::to_string(i)));
    const CaseId id = id_of(one(lodge("k0")));
    one(act(id, domain::Assign{"dora"}));
    now += 80 * kHourMs;
    ask({});
    one(act(id, domain::Reply{stored::BY_PHONE, "x", 0}));
  }
  struct Row {
    std::string key, value;
  };
  std::vector<Row> rows(storage::Table table, storage::RowKind kind) const {
    std::vector<Row> found;
    const std::string prefix = storage::kind_prefix(kind, 0);
    EXPECT_TRUE(store
                    .scan(table, prefix, storage::prefix_end(prefix),
                          [&](std::string_view key, std::string_view value) {
                            found.push_back({std::string(key), std::string(value)});
                            return true;
                          })
                    .is_ok());
    return found;
  }
  void put(storage::Table table, const std::string& key, const std::string& value) {
    storage::Batch batch;
    batch.put(table, key, value);
    ASSERT_TRUE(store.write(batch).is_ok());
  }
  void erase(storage::Table table, const std::string& key) {
    storage::Batch batch;
    batch.erase(table, key);
    ASSERT_TRUE(store.write(batch).is_ok());
  }
  // Every byte of every row of the kind, one bit each.
  void change_every_byte(storage::Table table, storage::RowKind kind) {
    for (const Row& row : rows(table, kind)) {
      for (std::size_t at = 0; at < row.value.size(); ++at) {
        std::string changed = row.value;
        changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1u << (at % 8)));
        put(table, row.key, changed);
        const VerifyReport report = verified();
        ASSERT_FALSE(report.ok()) << "byte " << at << " of the row at key " << hex(row.key);
        ASSERT_FALSE(report.problems.front().empty());
      }
      put(table, row.key, row.value);
    }
    EXPECT_TRUE(verified().ok());
  }
};

TEST_F(VerifyTest, FindsNothingWhereNothingIs) {
  const VerifyReport report = verified();
  EXPECT_TRUE(report.ok()) << report.problems.front();
  EXPECT_EQ(report.digest, report.replayed_digest);
  EXPECT_EQ(report.cases, 4u);
  EXPECT_EQ(report.clock_rows, report.open_cases);
}

TEST_F(VerifyTest, EveryByteOfTheJournalCounts) {
  change_every_byte(storage::Table::kJournal, storage::RowKind::kJournal);
}
TEST_F(VerifyTest, EveryByteOfACaseRowCounts) {
  change_every_byte(storage::Table::kState, storage::RowKind::kCase);
}
TEST_F(VerifyTest, EveryByteOfAClockRowCounts) {
  change_every_byte(storage::Table::kState, storage::RowKind::kClock);
}
TEST_F(VerifyTest, EveryByteOfTheHeadCounts) {
  change_every_byte(storage::Table::kState, storage::RowKind::kHead);
}
TEST_F(VerifyTest, EveryByteOfADedupeRowCounts) {
  change_every_byte(storage::Table::kState, storage::RowKind::kDedupe);
}
TEST_F(VerifyTest, EveryByteOfACatalogueRowCounts) {
  change_every_byte(storage::Table::kState, storage::RowKind::kCatalogue);
}

TEST_F(VerifyTest, EveryRowThatIsMissingIsMissed) {
  const struct {
    storage::Table table;
    storage::RowKind kind;
  } kKinds[] = {{storage::Table::kJournal, storage::RowKind::kJournal},
                {storage::Table::kState, storage::RowKind::kCase},
                {storage::Table::kState, storage::RowKind::kClock},
                {storage::Table::kState, storage::RowKind::kDedupe},
                {storage::Table::kState, storage::RowKind::kLookup},
                {storage::Table::kState, storage::RowKind::kCatalogue},
                {storage::Table::kState, storage::RowKind::kHead}};
  for (const auto& [table, kind] : kKinds) {
    for (const Row& row : rows(table, kind)) {
      erase(table, row.key);
      EXPECT_FALSE(verified().ok()) << hex(row.key);
      put(table, row.key, row.value);
    }
  }
  EXPECT_TRUE(verified().ok());
}

TEST_F(VerifyTest, ACaseNobodyLodgedIsFound) {
  CaseRecord record;
  record.state.set_case_id(CaseId::make(21, 1150529, 77).value);
  record.state.set_status(stored::REGISTERED);
  stored::ClockState& clock = *record.state.add_clocks();  // of a policy there never was
  clock.set_clock(1);
  clock.set_kind(stored::REPLY);
  clock.set_status(stored::RUNNING);
  clock.set_policy("none");
  put(storage::Table::kState, storage::case_key(0, CaseId{record.state.case_id()}),
      encode_case(record));
  put(storage::Table::kState, storage::clock_key(0, CaseId{record.state.case_id()}), "");
  EXPECT_FALSE(verified().ok());
}

TEST_F(VerifyTest, ARowTooManyIsFound) {
  const CaseId nobody = CaseId::make(21, 1150529, 77);
  const std::string keys[] = {storage::clock_key(0, nobody), storage::dedupe_key(0, digest_of("x")),
                              storage::lookup_key(0, digest_of("x"), nobody),
                              storage::cursor_key(0, 21, "x")};
  for (const std::string& key : keys) {
    put(storage::Table::kState, key, "");
    EXPECT_FALSE(verified().ok()) << hex(key);
    erase(storage::Table::kState, key);
  }
  EXPECT_TRUE(verified().ok());
}

TEST_F(VerifyTest, StopsInEveryPhaseWhenNobodyWaits) {
  for (int i = 0; i < 400; ++i) one(lodge("m" + std::to_string(i)));
  int asked_in_all = 0;
  VerifyReport whole;
  ASSERT_TRUE(verify(
                  store, [&](auto, auto) { return ++asked_in_all > 0; }, &whole)
                  .is_ok());
  // Journal entries, case rows, dedupe rows, clock rows: some 400 each, looked up from every 256.
  EXPECT_GE(asked_in_all, 6);
  for (int most = 0; most < asked_in_all; ++most) {
    int asked = 0;
    VerifyReport report;
    const Status stopped = verify(
        store, [&](auto, auto) { return asked++ < most; }, &report);
    EXPECT_EQ(stopped.code(), Status::Code::kBusy) << most;
    EXPECT_EQ(asked, most + 1) << "and asks no more";
  }
}

}  // namespace
}  // namespace casewheel::partition
