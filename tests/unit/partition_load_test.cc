// What a listener hears when an engine starts: everything that is loaded, then that it was all, and only
// then what the partitions commit; put together, it is what the store says.
#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "engine/partition/engine.h"
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

class FixedClock final : public ClockSource {
 public:
  explicit FixedClock(TimeMs at) : at_(at) {}
  TimeMs system_ms() override { return at_; }
  std::int64_t steady_ms() override { return 0; }

 private:
  TimeMs at_;
};

// Keeps the last it was told of each case.
class LastHeard final : public Listener {
 public:
  void on_load(const std::vector<CaseChange>& slice) override {
    const std::scoped_lock lock(mutex_);
    if (loaded_) late_ = true;
    for (const CaseChange& change : slice) last_[change.address.id.value] = change;
  }
  void on_loaded() override {
    const std::scoped_lock lock(mutex_);
    loaded_ = true;
  }
  void on_commit(const Publication& publication) override {
    const std::scoped_lock lock(mutex_);
    if (!loaded_ && !publication.changes.empty()) early_ = true;
    for (const CaseChange& change : publication.changes) last_[change.address.id.value] = change;
    escalated_ += publication.changes.size();
  }
  std::size_t escalated() const {
    const std::scoped_lock lock(mutex_);
    return escalated_;
  }
  std::map<std::uint64_t, CaseChange> last() const {
    const std::scoped_lock lock(mutex_);
    return last_;
  }
  bool in_order() const { return loaded_ && !late_ && !early_; }

 private:
  mutable std::mutex mutex_;
  bool loaded_ = false;
  bool late_ = false;   // something was loaded behind the end of the load
  bool early_ = false;  // a partition was at work before it
  std::size_t escalated_ = 0;
  std::map<std::uint64_t, CaseChange> last_;
};

class LoadTest : public PartitionTest {
 protected:
  std::unique_ptr<storage::MemoryStore> copied() const {
    auto copy = std::make_unique<storage::MemoryStore>();
    storage::Batch rows;
    for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
      EXPECT_TRUE(store.scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
        rows.put(table, std::string(key), std::string(value));
        return true;
      }));
    }
    EXPECT_TRUE(copy->write(rows));
    return copy;
  }
};

TEST_F(LoadTest, PartitionsStartBehindTheLoad) {
  constexpr std::size_t kCases = 5000;  // more than one slice, and the last one is not full
  for (std::size_t i = 0; i < kCases / 500; ++i) {
    std::vector<RequestBody> lodges;
    for (std::size_t j = 0; j < 500; ++j)
      lodges.push_back(lodge("case-" + std::to_string(i * 500 + j)));
    ask(std::move(lodges));
  }
  partition.reset();
  FixedClock clock(now + 100 * kHourMs);  // every reply is late: all of them escalate at once
  LastHeard heard;
  boost::asio::thread_pool answers(1);
  Engine::Options options;
  options.clock_source = &clock;
  options.answers = answers.get_executor();
  options.listener = &heard;
  options.fatal = [](const std::string& why) { ADD_FAILURE() << why; };
  Engine engine(copied(), std::move(options));
  ASSERT_TRUE(engine.open());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (heard.escalated() < kCases && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  engine.stop();
  answers.join();

  EXPECT_TRUE(heard.in_order());
  std::size_t compared = 0;
  for (const auto& [id, change] : heard.last()) {
    CaseRecord record;
    ASSERT_TRUE(read_case(engine.store(), 0, CaseId{id}, &record));
    EXPECT_EQ(change.row.revision(), record.state.revision());
    EXPECT_EQ(change.unacknowledged.size(),
              static_cast<std::size_t>(record.state.escalations_size()));
    EXPECT_GT(change.unacknowledged.size(), 0u);
    ++compared;
  }
  EXPECT_EQ(compared, kCases);
}

}  // namespace
}  // namespace casewheel::partition
