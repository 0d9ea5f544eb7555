// Guards the due list (order, filters, pages and their tokens) and the counters.
#include <gmock/gmock.h>

#include "tests/unit/views_board_fixture.h"

namespace casewheel::views {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using BoardListTest = BoardTest;

TEST_F(BoardListTest, MostOverdueComesFirstAndDueAtNowIsNot) {
  commit({open_case(address_of(1), kStart), open_case(address_of(2), kStart - 5),
          open_case(address_of(3), kStart + 1), open_case(address_of(4), kStart - 9)});
  EXPECT_THAT(listed(kOverdue), ElementsAre(4, 2));
}

TEST_F(BoardListTest, HorizonAddsWhatComesDueWithinIt) {
  commit({open_case(address_of(1), kStart + kHourMs + 1),
          open_case(address_of(2), kStart + kHourMs), open_case(address_of(3), kStart - 1)});
  EXPECT_THAT(listed(kThisHour), ElementsAre(3, 2));
}

TEST_F(BoardListTest, EndlessHorizonShowsEverythingThatHasADue) {
  DueFilter all = kOverdue;
  all.horizon_ms = kNever;
  commit({open_case(address_of(1), kInstantLimit - 1), open_case(address_of(2), 0)});
  EXPECT_THAT(listed(all), ElementsAre(1));
}

TEST_F(BoardListTest, OneTenantNeverSeesAnother) {
  commit(
      {open_case(address_of(1, 0, kTaisugar), kStart - 1), open_case(address_of(2), kStart - 1)});
  EXPECT_THAT(listed(kOverdue), ElementsAre(2));
}

TEST_F(BoardListTest, FilterByUnitsAndHandler) {
  commit({open_case(address_of(1), kStart - 4, "north", "chen"),
          open_case(address_of(2), kStart - 3, "south", "chen"),
          open_case(address_of(3), kStart - 2, "east", "lin"),
          open_case(address_of(4), kStart - 1, "south", "lin")});
  DueFilter filter = kOverdue;
  filter.units = {"south", "east", "nowhere"};
  EXPECT_THAT(listed(filter), ElementsAre(2, 3, 4));
  filter.handler = "lin";
  EXPECT_THAT(listed(filter), ElementsAre(3, 4));
  filter.handler = "nobody";
  EXPECT_THAT(listed(filter), IsEmpty());
}

TEST_F(BoardListTest, RowShowsTheCaseAsItStandsNow) {
  commit({open_case(address_of(7, 5), kStart - 1)}, kStart, 5);
  partition::CaseChange change = open_case(address_of(7, 5), kStart - 2, "south", "lin");
  change.row.set_priority(journal::v1::URGENT);
  change.row.set_status(journal::v1::IN_PROGRESS);
  change.row.set_kind(journal::v1::FAULT_REPORT);
  change.row.set_due_kind(journal::v1::AGREED_DATE);
  change.row.set_next_ms(kStart + 8);
  change.row.set_level(3);
  change.row.set_unacknowledged(2);
  change.row.set_breached(true);
  change.row.set_provisional(true);
  change.row.set_county("台南市");
  commit({change}, kStart, 5);

  const DuePage page = accepted(board.list(kOverdue, kStart, 10));
  const DueRow expected{.address = address_of(7, 5),
                        .unit = "south",
                        .handler = "lin",
                        .service = "meter",
                        .kind = journal::v1::FAULT_REPORT,
                        .priority = journal::v1::URGENT,
                        .status = journal::v1::IN_PROGRESS,
                        .due_kind = journal::v1::AGREED_DATE,
                        .due_ms = kStart - 2,
                        .level = 3,
                        .unacknowledged = 2,
                        .breached = true,
                        .provisional = true,
                        .county = "臺南市"};
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0], expected);
}

TEST_F(BoardListTest, PausedAndClosedCasesLeaveTheList) {
  commit({open_case(address_of(1), kStart - 1), open_case(address_of(2), kStart - 1)});
  commit({open_case(address_of(1), 0), closed_case(address_of(2)), closed_case(address_of(9))});
  EXPECT_THAT(listed(kOverdue), IsEmpty());
  EXPECT_EQ(board.open_cases(), 1u);
  commit({open_case(address_of(1), kStart - 1)});
  EXPECT_THAT(listed(kOverdue), ElementsAre(1));
}

TEST_F(BoardListTest, SameNumberInTwoPartitionsIsTwoCases) {
  commit({open_case(address_of(1, 0), kStart - 1)}, kStart, 0);
  commit({open_case(address_of(1, 63), kStart - 1)}, kStart, 63);
  EXPECT_THAT(listed(kOverdue), ElementsAre(1, 1));
  commit({closed_case(address_of(1, 0))}, kStart, 0);
  EXPECT_EQ(accepted(board.list(kOverdue, kStart, 10)).rows[0].address, address_of(1, 63));
}

TEST_F(BoardListTest, LastPageHasNoNextEvenWhenFull) {
  commit({open_case(address_of(1), kStart - 2), open_case(address_of(2), kStart - 1),
          open_case(address_of(3), kStart - 1, "south")});
  DueFilter north = kOverdue;
  north.units = {"north"};
  EXPECT_FALSE(accepted(board.list(north, kStart, 2)).next);
  EXPECT_TRUE(accepted(board.list(kOverdue, kStart, 2)).next);
}

TEST_F(BoardListTest, PagingGoesOnThroughChangesAndManySlices) {
  std::vector<partition::CaseChange> changes;
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    changes.push_back(open_case(address_of(i), kStart - 10, i % 1'000 == 0 ? "south" : "north"));
  }
  commit(changes);
  DueFilter south = kOverdue;
  south.units = {"south"};
  const DuePage first = accepted(board.list(south, kStart, 2));
  ASSERT_EQ(first.rows.size(), 2u);
  // The row that ended the page closes, one before it appears, one behind it appears.
  commit({closed_case(address_of(1'000)), open_case(address_of(6'000), kStart - 20, "south"),
          open_case(address_of(2'500), kStart - 10, "south")});
  const DuePage second = accepted(board.list(south, kStart, 10, *first.next));
  std::vector<std::uint32_t> sequences;
  for (const DueRow& row : second.rows) sequences.push_back(row.address.id.sequence());
  EXPECT_THAT(sequences, ElementsAre(2'000, 2'500, 3'000, 4'000));
}

TEST_F(BoardListTest, NoPlaceLeadsOutOfTheTenant) {
  commit(
      {open_case(address_of(1), kStart - 2), open_case(address_of(1, 0, kTaisugar), kStart - 2)});
  for (const std::uint8_t tenant : {kOverdue.tenant_number, kTaisugar}) {
    DueFilter filter = kOverdue;
    filter.tenant_number = tenant;
    for (const std::uint8_t place :
         {std::uint8_t{0}, kOverdue.tenant_number, kTaisugar, std::uint8_t{255}}) {
      const DuePage page = accepted(board.list(filter, kStart, 10, DueKey::start_of_tenant(place)));
      for (const DueRow& row : page.rows) EXPECT_EQ(row.address.id.tenant_number(), tenant);
    }
  }
}

TEST_F(BoardListTest, BadRequestsAreRejectedByField) {
  commit({open_case(address_of(1), kStart - 2), open_case(address_of(2), kStart - 1),
          open_case(address_of(1, 0, kTaisugar), kStart - 2),
          open_case(address_of(2, 0, kTaisugar), kStart - 1)});
  const auto field = [&](const DueFilter& filter, std::size_t page_size) {
    const auto page = board.list(filter, kStart, page_size);
    return page.has_error() ? page.error().fields.at(0).field : "";
  };
  EXPECT_EQ(field(kOverdue, 0), "page_size");
  EXPECT_EQ(field(kOverdue, kPageRowsMax + 1), "page_size");
  EXPECT_EQ(field(DueFilter(), 1), "filter.tenant");
  DueFilter other = kOverdue;
  other.tenant_number = kTaisugar;
  other.horizon_ms = -1;
  EXPECT_EQ(field(other, 1), "filter.horizon");
  other.horizon_ms = 0;
  other.units.resize(kFilterUnitsMax + 1);
  EXPECT_EQ(field(other, 1), "filter.unit");
}

TEST_F(BoardListTest, StatisticsFollowEveryMove) {
  partition::Publication first = publication(
      {open_case(address_of(1), kStart - 7), open_case(address_of(2), kStart + 7),
       open_case(address_of(3), 0), open_case(address_of(4, 0, kTaisugar), kStart + 1)});
  first.totals.set_lodged(10);
  first.totals.set_clocks_broken(1);
  board.on_commit(first);
  journal::v1::Totals other_partition;
  other_partition.set_lodged(5);
  board.load_totals(1, other_partition);
  settle();

  Statistics statistics = board.statistics(kStart);
  ASSERT_EQ(statistics.tenants.size(), 2u);
  EXPECT_EQ(statistics.tenants[0].open, 3u);
  EXPECT_EQ(statistics.tenants[0].overdue, 1u);
  EXPECT_EQ(statistics.tenants[0].oldest_due_ms, kStart - 7);
  EXPECT_EQ(statistics.tenants[1].tenant_number, kTaisugar);
  EXPECT_EQ(statistics.tenants[1].overdue, 0u);
  EXPECT_EQ(statistics.tenants[1].oldest_due_ms, 0);
  EXPECT_EQ(statistics.totals.lodged(), 15u);
  EXPECT_EQ(statistics.totals.clocks_broken(), 1u);
  EXPECT_EQ(board.statistics(kStart + 8).tenants[0].overdue, 2u);

  partition::CaseChange moved = open_case(address_of(2), kStart + 7, "south");
  moved.row.set_status(journal::v1::REPLIED);
  partition::Publication second =
      publication({moved, closed_case(address_of(1)), closed_case(address_of(4, 0, kTaisugar))});
  second.totals.set_lodged(11);
  board.on_commit(second);
  settle();

  statistics = board.statistics(kStart);
  EXPECT_EQ(statistics.totals.lodged(), 16u);
  ASSERT_EQ(statistics.tenants.size(), 1u);
  EXPECT_EQ(statistics.tenants[0].open, 2u);
  std::vector<std::string> counts;
  for (const OpenCount& count : statistics.open_counts) {
    counts.push_back(count.unit + " " + journal::v1::CaseStatus_Name(count.status) + " " +
                     journal::v1::Kind_Name(count.kind) + " " + std::to_string(count.cases));
  }
  EXPECT_THAT(counts, testing::UnorderedElementsAre("north ASSIGNED COMPLAINT 1",
                                                    "south REPLIED COMPLAINT 1"));
}

TEST_F(BoardListTest, LoadEqualsApplyingOneByOne) {
  std::vector<partition::CaseChange> cases;
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    const TimeMs due = i % 5 == 0 ? 0 : kStart - static_cast<TimeMs>(i * 7919 % 10'007);
    cases.push_back(open_case(address_of(i, static_cast<PartitionId>(i % 4)), due,
                              "unit" + std::to_string(i % 13), "handler" + std::to_string(i % 31)));
  }
  commit(cases);
  Board loaded(executor.get_executor());
  loaded.load({cases.begin(), cases.begin() + 2'000});
  loaded.load({cases.begin() + 1'500, cases.end()});  // some twice: the later one counts
  std::optional<DueKey> next = DueKey();
  do {
    const DuePage mine = accepted(board.list(kOverdue, kStart, 700, *next));
    const DuePage theirs = accepted(loaded.list(kOverdue, kStart, 700, *next));
    EXPECT_EQ(mine.rows, theirs.rows);
    EXPECT_EQ(mine.next, theirs.next);
    next = mine.next;
  } while (next);
  EXPECT_EQ(loaded.open_cases(), 3'000u);
  EXPECT_EQ(loaded.statistics(kStart).open_counts.size(), 13u);
}

}  // namespace
}  // namespace casewheel::views
