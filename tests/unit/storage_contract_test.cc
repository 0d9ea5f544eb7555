// The promises of store.h, kept alike by both twins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "storage/memory/memory_store.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

using ::testing::ElementsAre;

class MemoryTwin {
 public:
  Store& store() { return store_; }

 private:
  MemoryStore store_;
};

class RocksTwin {
 public:
  Store& store() { return *store_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_ = open_or_fail(directory_ / "data");
};

template <typename Twin>
class StoreContract : public ::testing::Test {
 protected:
  Store& store() { return twin_.store(); }

  std::string value_of(Table table, std::string_view key) {
    std::string value;
    const Status status = store().get(table, key, &value);
    return status                                     ? value
           : status.code() == Status::Code::kNotFound ? "none"
                                                      : "error " + status.message();
  }

 private:
  Twin twin_;
};

using Twins = ::testing::Types<MemoryTwin, RocksTwin>;
TYPED_TEST_SUITE(StoreContract, Twins);

using Seen = std::vector<std::string>;
RowVisitor note_keys(Seen& seen) {
  return [&seen](std::string_view key, std::string_view) {
    seen.emplace_back(key);
    return true;
  };
}

TYPED_TEST(StoreContract, MissingRowIsNotFound) {
  std::string value = "untouched";
  EXPECT_EQ(this->store().get(Table::kState, "absent", &value).code(), Status::Code::kNotFound);
}

TYPED_TEST(StoreContract, BatchTakesEffectInOrderInAllTables) {
  ASSERT_TRUE(put(this->store(), "old", "1"));
  Batch batch;
  batch.put(Table::kState, "k", "first");
  batch.put(Table::kState, "k", "second");
  batch.put(Table::kState, "gone", "x");
  batch.erase(Table::kState, "gone");
  batch.erase(Table::kState, "old");
  batch.put(Table::kJournal, "k", "entry");
  ASSERT_TRUE(this->store().write(batch));
  EXPECT_EQ(this->value_of(Table::kState, "k"), "second");
  EXPECT_EQ(this->value_of(Table::kState, "gone"), "none");
  EXPECT_EQ(this->value_of(Table::kState, "old"), "none");
  EXPECT_EQ(this->value_of(Table::kJournal, "k"), "entry");
}

TYPED_TEST(StoreContract, BatchIsNeverSeenInPart) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) {
      Batch batch;
      batch.put(Table::kState, "a", std::to_string(i));
      batch.put(Table::kJournal, "b", std::to_string(i));
      if (!this->store().write(batch)) break;
    }
    stop = true;
  });
  int torn = 0;
  while (!stop) {
    const auto snapshot = this->store().snapshot();
    std::string a = "none";
    std::string b = "none";
    (void)snapshot->get(Table::kState, "a", &a).is_ok();
    (void)snapshot->get(Table::kJournal, "b", &b).is_ok();
    if (a != b) ++torn;
  }
  writer.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(this->value_of(Table::kState, "a"), "299");
}

TYPED_TEST(StoreContract, EmptyBatchIsFine) { EXPECT_TRUE(this->store().write(Batch())); }

TYPED_TEST(StoreContract, ScanGoesInByteOrderWithinBounds) {
  for (const char* key : {"b", "a", "ab", "c", "\x7f", "\xff"})
    ASSERT_TRUE(put(this->store(), key, "v"));
  ASSERT_TRUE(put(this->store(), std::string("a\0", 2), "v"));
  Seen all;
  ASSERT_TRUE(this->store().scan(Table::kState, "", "", note_keys(all)));
  EXPECT_THAT(all, ElementsAre("a", std::string("a\0", 2), "ab", "b", "c", "\x7f", "\xff"));
  Seen some;
  ASSERT_TRUE(this->store().scan(Table::kState, "ab", "c", note_keys(some)));
  EXPECT_THAT(some, ElementsAre("ab", "b"));
  Seen none;
  ASSERT_TRUE(this->store().scan(Table::kState, "c", "b", note_keys(none)));
  EXPECT_TRUE(none.empty());
}

TYPED_TEST(StoreContract, ReverseScanIsTheScanBackwards) {
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_TRUE(put(this->store(), key, "v"));
  const auto snapshot = this->store().snapshot();
  Seen middle;
  ASSERT_TRUE(snapshot->scan_reverse(Table::kState, "b", "d", note_keys(middle)));
  EXPECT_THAT(middle, ElementsAre("c", "b"));
  Seen all;
  ASSERT_TRUE(snapshot->scan_reverse(Table::kState, "", "", note_keys(all)));
  EXPECT_THAT(all, ElementsAre("d", "c", "b", "a"));
  Seen none;
  ASSERT_TRUE(snapshot->scan_reverse(Table::kJournal, "", "", note_keys(none)));
  EXPECT_TRUE(none.empty());
}

TYPED_TEST(StoreContract, VisitorStopsTheScanAndMayWrite) {
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(put(this->store(), key, "v"));
  Seen seen;
  ASSERT_TRUE(
      this->store().scan(Table::kState, "", "", [&](std::string_view key, std::string_view) {
        seen.emplace_back(key);
        EXPECT_TRUE(put(this->store(), std::string(key) + "x", "new"));
        return seen.size() < 2;
      }));
  EXPECT_THAT(seen, ElementsAre("a", "b"));  // not "ax": a scan sees one moment
}

TYPED_TEST(StoreContract, SnapshotDoesNotSeeLaterWrites) {
  ASSERT_TRUE(put(this->store(), "a", "before"));
  const auto snapshot = this->store().snapshot();
  Batch batch;
  batch.put(Table::kState, "a", "after");
  batch.put(Table::kState, "b", "after");
  ASSERT_TRUE(this->store().write(batch));
  std::string value;
  ASSERT_TRUE(snapshot->get(Table::kState, "a", &value));
  EXPECT_EQ(value, "before");
  Seen seen;
  ASSERT_TRUE(snapshot->scan(Table::kState, "", "", note_keys(seen)));
  EXPECT_THAT(seen, ElementsAre("a"));
  EXPECT_EQ(this->value_of(Table::kState, "a"), "after");
}

TYPED_TEST(StoreContract, KeepsEmptyAndLargeValues) {
  ASSERT_TRUE(put(this->store(), "empty", ""));
  std::string large(1 << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<char>(i * 2654435761U >> 24);
  ASSERT_TRUE(put(this->store(), "large", large, Table::kJournal));
  EXPECT_EQ(this->value_of(Table::kState, "empty"), "");
  EXPECT_TRUE(this->value_of(Table::kJournal, "large") == large);
}

TYPED_TEST(StoreContract, ReportsRoomAndHealth) {
  EXPECT_GT(this->store().free_bytes(), 0u);
  EXPECT_FALSE(this->store().health().empty());
}

TEST(PrefixEnd, IsTheFirstKeyBehindThePrefix) {
  EXPECT_EQ(prefix_end("ab"), "ac");
  EXPECT_EQ(prefix_end("a\xff\xff"), "b");
  EXPECT_EQ(prefix_end("\x7f"), "\x80");
  EXPECT_EQ(prefix_end("\xff\xff"), "");
  EXPECT_EQ(prefix_end(""), "");
  EXPECT_EQ(prefix_end(std::string("a\0", 2)), std::string("a\1", 2));
}

TEST(MemoryStoreFault, LostWriteLeavesNothingAndStopsTheStore) {
  MemoryStore store;
  ASSERT_TRUE(put(store, "a", "1"));
  store.arm(MemoryStore::Fault::kLost, 1);
  EXPECT_TRUE(put(store, "b", "1"));
  EXPECT_EQ(put(store, "c", "1").code(), Status::Code::kIoError);
  std::string value;
  EXPECT_EQ(store.get(Table::kState, "a", &value).code(), Status::Code::kIoError);
  EXPECT_EQ(store.snapshot()->get(Table::kState, "a", &value).code(), Status::Code::kIoError);
  EXPECT_EQ(put(store, "d", "1").code(), Status::Code::kIoError);
  store.reopen();
  EXPECT_THAT(keys_of(store), ElementsAre("a", "b"));
  EXPECT_TRUE(put(store, "e", "1"));
}

TEST(MemoryStoreFault, UnknownWriteIsThereAfterReopen) {
  MemoryStore store;
  store.arm(MemoryStore::Fault::kAppliedButUnknown);
  EXPECT_EQ(put(store, "a", "1").code(), Status::Code::kIoError);
  EXPECT_EQ(put(store, "b", "1").code(), Status::Code::kIoError);
  store.reopen();
  EXPECT_THAT(keys_of(store), ElementsAre("a"));
  EXPECT_EQ(store.writes(), 1u);
}

}  // namespace
}  // namespace casewheel::storage
