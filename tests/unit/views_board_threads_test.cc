// Guards the board under real threads: publishers, readers, watchers that come and go, and one that
// never reads. Run it under the tsan preset too.
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/unit/views_board_fixture.h"

namespace casewheel::views {
namespace {

constexpr PartitionId kPartitions = 3;
constexpr std::uint32_t kCasesOfPartition = 500;
constexpr int kCommits = 300;

const DueFilter kAll{
    .tenant_number = kTaipower, .units = {}, .handler = "", .horizon_ms = 1'000 * kDayMs};

// Takes on its own thread when told that there is something, until it has what it should end with.
class ThreadWatcher : public KeepingWatcher {
 public:
  void on_available() override { tell(); }
  void on_end(const Rejection&) override {
    is_over_ = true;
    tell();
  }
  void read() {
    while (!is_over_ && rows.size() != expected_) {
      if (take(50) > 0) continue;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return told_; });
      told_ = false;
    }
  }
  // Once nothing changes any more.
  void expect(std::size_t rows_at_last) {
    expected_ = rows_at_last;
    tell();
  }

 private:
  void tell() {
    std::lock_guard lock(mutex_);
    told_ = true;
    changed_.notify_one();
  }

  std::atomic<bool> is_over_ = false;
  std::atomic<std::size_t> expected_ = ~std::size_t{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool told_ = false;
};

void publish(Board& board, PartitionId partition) {
  std::uint32_t n = partition;
  for (int i = 0; i < kCommits; ++i) {
    partition::Publication publication;
    publication.partition = partition;
    publication.now = kStart + i;
    for (std::uint32_t k = 0; k < 20; ++k) {
      n = n * 1'103'515'245 + 12'345;
      const CaseAddress address = address_of((i * 20 + k) % kCasesOfPartition, partition);
      publication.changes.push_back(
          n >> 16 & 1 ? open_case(address, kStart + (n >> 8) % 500, "unit" + std::to_string(k % 5))
                      : closed_case(address));
    }
    publication.totals.set_events(static_cast<std::uint64_t>(i) + 1);
    board.on_commit(publication);
  }
}

std::vector<DueRow> list_all(const Board& board) {
  std::vector<DueRow> rows;
  std::optional<DueKey> next = DueKey();
  do {
    const DuePage page = accepted(board.list(kAll, kStart, 100, *next));
    rows.insert(rows.end(), page.rows.begin(), page.rows.end());
    next = page.next;
  } while (next);
  return rows;
}

TEST(BoardThreadsTest, WatchersAgreeWithTheListAfterConcurrentChanges) {
  boost::asio::thread_pool pool(2);
  Board board(pool.get_executor());
  const auto quiet = std::make_shared<KeepingWatcher>();  // never reads
  quiet->watch = accepted(board.subscribe(kAll, kStart, quiet));

  std::vector<std::shared_ptr<ThreadWatcher>> watchers;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    watchers.push_back(std::make_shared<ThreadWatcher>());
    watchers.back()->watch = accepted(board.subscribe(kAll, kStart, watchers.back()));
    readers.emplace_back([watcher = watchers.back()] { watcher->read(); });
  }
  std::atomic<bool> is_done = false;
  readers.emplace_back([&] {
    while (!is_done) (void)list_all(board);
  });
  readers.emplace_back([&] {  // comes, reads a little, goes
    for (TimeMs now = kStart; !is_done; ++now) {
      const auto watcher = std::make_shared<ThreadWatcher>();
      watcher->watch = accepted(board.subscribe(kAll, kStart, watcher));
      watcher->take(30);
      watcher->take(30);
      board.tick(now);
      (void)board.statistics(now);
      watcher->watch->cancel();
    }
  });

  std::vector<std::thread> publishers;
  for (PartitionId p = 0; p < kPartitions; ++p)
    publishers.emplace_back(publish, std::ref(board), p);
  for (std::thread& publisher : publishers) publisher.join();
  while (board.statistics(kStart).totals.events() != kPartitions * std::uint64_t{kCommits}) {
    std::this_thread::yield();
  }
  is_done = true;
  const std::vector<DueRow> expected = list_all(board);
  EXPECT_EQ(board.open_cases(), expected.size());
  for (const auto& watcher : watchers) watcher->expect(expected.size());
  for (std::thread& reader : readers) reader.join();
  for (const auto& watcher : watchers) {
    watcher->drain();
    EXPECT_EQ(watcher->faults, std::vector<std::string>());
    ASSERT_EQ(watcher->rows.size(), expected.size());
    for (const DueRow& row : expected) EXPECT_EQ(watcher->rows[key_of(row.address)], row);
  }
  EXPECT_FALSE(quiet->end);
  board.close();
  pool.join();
  EXPECT_TRUE(quiet->end);
}

// on_end comes once, and nothing after it, whoever is quicker.
TEST(BoardThreadsTest, CancelAndCloseMayRace) {
  for (int round = 0; round < 200; ++round) {
    boost::asio::thread_pool pool(1);
    auto board = std::make_unique<Board>(pool.get_executor());
    const auto watcher = std::make_shared<ThreadWatcher>();
    watcher->watch = accepted(board->subscribe(kAll, kStart, watcher));
    watcher->take(1);
    watcher->take(1);
    board->on_commit(publication({open_case(address_of(1), kStart)}));
    std::thread canceller([&] { watcher->watch->cancel(); });
    board.reset();
    canceller.join();
    pool.join();
    EXPECT_EQ(watcher->take(1), 0u);
  }
}

}  // namespace
}  // namespace casewheel::views
