// What was overwritten or erased is in no file once the table was purged, and everything else is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

class Purge : public testing::Test {
 protected:
  Purge() { open_again(); }

  void open_again() {
    store.reset();
    store = open_or_fail(directory / "data");
  }
  void put(const std::string& key, const std::string& value, Table table = Table::kState) {
    ASSERT_TRUE(storage::put(*store, key, value, table));
  }
  void erase(const std::string& key) {
    Batch batch;
    batch.erase(Table::kState, key);
    ASSERT_TRUE(store->write(batch));
  }
  void flush() {
    ASSERT_TRUE(rocks(*store)
                    .db()
                    .Flush(rocksdb::FlushOptions(), rocks(*store).family(Table::kState))
                    .ok());
  }
  // Files that hold the bytes.
  std::vector<std::string> holding(const std::string& bytes) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory / "data")) {
      if (entry.is_regular_file() && read_bytes(entry.path()).find(bytes) != std::string::npos)
        names.push_back(entry.path().filename().string());
    }
    return names;
  }

  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
  const std::string secret = "king-fisher-0912345678";
  const std::string other = "heron-0987654321";
};

TEST_F(Purge, WhatLiesInTheLogAlone) {
  put("a", secret);
  put("b", other);
  put("j", "an entry", Table::kJournal);
  put("a", "nothing");
  ASSERT_THAT(holding(secret), testing::Not(testing::IsEmpty()));
  ASSERT_TRUE(store->purge(Table::kState));
  EXPECT_THAT(holding(secret), testing::IsEmpty());
  EXPECT_THAT(holding(other), testing::Not(testing::IsEmpty()));
  open_again();
  std::string value;
  ASSERT_TRUE(store->get(Table::kState, "b", &value));
  EXPECT_EQ(value, other);
  ASSERT_TRUE(store->get(Table::kJournal, "j", &value));
}

TEST_F(Purge, WhatHasSunkToTheBottom) {
  put("a", secret);
  put("z", other);
  flush();
  ASSERT_TRUE(store->purge(Table::kState));  // to the bottommost level
  ASSERT_THAT(holding(secret), testing::Not(testing::IsEmpty()));
  erase("a");
  flush();
  ASSERT_THAT(holding(secret), testing::Not(testing::IsEmpty()));
  ASSERT_TRUE(store->purge(Table::kState));
  EXPECT_THAT(holding(secret), testing::IsEmpty());
  EXPECT_THAT(holding(other), testing::Not(testing::IsEmpty()));
}

TEST_F(Purge, TwiceAndWithNothingToDo) {
  ASSERT_TRUE(store->purge(Table::kState));
  put("a", other);
  ASSERT_TRUE(store->purge(Table::kState));
  ASSERT_TRUE(store->purge(Table::kState));
  std::string value;
  EXPECT_TRUE(store->get(Table::kState, "a", &value));
}

TEST_F(Purge, WaitsForWhoStillReadsOldRows) {
  put("a", secret);
  auto snapshot = store->snapshot();
  put("a", "nothing");
  std::atomic<bool> purged = false;
  std::thread purging([&] {
    EXPECT_TRUE(store->purge(Table::kState));
    purged = true;
  });
  std::string value;
  EXPECT_TRUE(snapshot->get(Table::kState, "a", &value));
  EXPECT_EQ(value, secret);
  EXPECT_FALSE(purged);  // cannot be: the snapshot is ours
  snapshot.reset();
  purging.join();
  EXPECT_THAT(holding(secret), testing::IsEmpty());
}

TEST_F(Purge, WritersGoOn) {
  put("a", secret);
  erase("a");
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    while (!stop) {
      Batch batch;
      batch.put(Table::kState, "row " + std::to_string(written), std::string(200, 'x'));
      if (store->write(batch)) ++written;
    }
  });
  while (written < 20) std::this_thread::yield();
  EXPECT_TRUE(store->purge(Table::kState));
  const int before = written;
  while (written == before) std::this_thread::yield();
  stop = true;
  writer.join();
  EXPECT_THAT(holding(secret), testing::IsEmpty());
  int rows = 0;
  ASSERT_TRUE(store->scan(Table::kState, "row ", "row~", [&](std::string_view, std::string_view) {
    ++rows;
    return true;
  }));
  EXPECT_EQ(rows, written);
}

}  // namespace
}  // namespace casewheel::storage
