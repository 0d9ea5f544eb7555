// Guards that a million open cases (fewer in debug builds) can be loaded and served, and prints
// what they cost. Nothing is asserted on time; CASEWHEEL_CASES changes the number.
#include <malloc.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>

#include "tests/unit/views_board_fixture.h"

namespace casewheel::views {
namespace {

#ifdef NDEBUG
constexpr int kCases = 1'000'000;
#else
constexpr int kCases = 100'000;
#endif

// Of processor time: others may be busy on the same machine.
double milliseconds(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) * 1e3 / CLOCKS_PER_SEC;
}

TEST(BoardLoadTest, MillionOpenCasesLoadAndAreListed) {
  const char* given = std::getenv("CASEWHEEL_CASES");
  const auto count = static_cast<std::uint32_t>(given != nullptr ? std::atoi(given) : kCases);
  std::vector<partition::CaseChange> cases;
  cases.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15ULL >> 20;
    cases.push_back(open_case(address_of(i, static_cast<PartitionId>(i % 4)),
                              kStart - kDayMs + static_cast<TimeMs>(mixed % (20 * kDayMs)),
                              "unit-" + std::to_string(mixed % 1'500),
                              "T" + std::to_string(100'000 + mixed / 7 % 8'000)));
  }
  boost::asio::io_context executor;
  Board board(executor.get_executor());
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  const double load_ms = milliseconds([&] { board.load(cases); });
  const std::size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  EXPECT_EQ(board.open_cases(), count);

  DueFilter filter{.tenant_number = kTaipower, .units = {}, .handler = "", .horizon_ms = 0};
  DuePage page;
  const double page_ms = milliseconds([&] { page = accepted(board.list(filter, kStart, 500)); });
  EXPECT_EQ(page.rows.size(), std::min<std::size_t>(500, count / 20));
  filter.units = {"unit-7"};
  filter.handler = "nobody";
  filter.horizon_ms = 30 * kDayMs;
  const double scan_ms = milliseconds([&] { page = accepted(board.list(filter, kStart, 500)); });
  Statistics statistics;
  const double statistics_ms =
      milliseconds([&] { statistics = board.statistics(kStart + kDayMs); });
  EXPECT_EQ(statistics.tenants.at(0).open, count);

  // A tenth of them change, in batches of 256 as a partition publishes them.
  std::vector<partition::Publication> publications;
  for (std::uint32_t at = 0; at + 256 <= count / 10; at += 256) {
    publications.push_back(publication({cases.begin() + at, cases.begin() + at + 256}));
    for (auto& change : publications.back().changes) {
      change.row.set_due_ms(change.row.due_ms() + kHourMs);
    }
  }
  const double commit_ms = milliseconds([&] {
    for (const auto& each : publications) board.on_commit(each);
  });
  const double apply_ms = milliseconds([&] { executor.run(); });
  EXPECT_EQ(board.open_cases(), count);

  const double changed = static_cast<double>(publications.size()) * 256;
  std::cout << "load " << load_ms << " ms, " << used / count << " bytes a case by malloc, "
            << board.bytes() / count << " by bytes(); page of 500 " << page_ms
            << " ms, filter over all " << scan_ms << " ms, statistics " << statistics_ms
            << " ms; on_commit " << commit_ms * 1e6 / changed << " ns a change, applying "
            << apply_ms * 1e6 / changed << " ns; " << board.bytes() / count
            << " bytes a case afterwards\n";
}

}  // namespace
}  // namespace casewheel::views
