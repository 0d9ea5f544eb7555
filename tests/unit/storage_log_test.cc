// The local Log: next entry or conflict, all or nothing, and an honest "unknown".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/keys.h"
#include "storage/log.h"
#include "storage/memory/memory_store.h"

namespace casewheel::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Batch row(std::string key, std::string value) {
  Batch batch;
  batch.put(Table::kState, std::move(key), std::move(value));
  return batch;
}

std::vector<std::pair<std::uint64_t, std::string>> entries(const Log& log, PartitionId partition,
                                                           std::uint64_t from_seq) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  const Status status =
      log.read(partition, from_seq, [&](std::uint64_t seq, std::string_view entry) {
        found.emplace_back(seq, entry);
        return true;
      });
  EXPECT_TRUE(status.is_ok()) << status.message();
  return found;
}

TEST(LocalLog, AppendsEntryAndRowsTogether) {
  MemoryStore store;
  LocalLog log(store);
  EXPECT_EQ(log.append(3, 1, "one", row("k", "v1")).outcome, AppendOutcome::kOk);
  EXPECT_EQ(log.append(3, 2, "two", row("k", "v2")).outcome, AppendOutcome::kOk);
  EXPECT_EQ(store.writes(), 2u);
  std::string value;
  ASSERT_TRUE(store.get(Table::kState, "k", &value));
  EXPECT_EQ(value, "v2");
  EXPECT_THAT(entries(log, 3, 1), ElementsAre(Pair(1, "one"), Pair(2, "two")));
  EXPECT_THAT(entries(log, 3, 2), ElementsAre(Pair(2, "two")));
  ASSERT_TRUE(log.read_one(3, 1, &value));
  EXPECT_EQ(value, "one");
  EXPECT_EQ(log.read_one(3, 3, &value).code(), Status::Code::kNotFound);
}

TEST(LocalLog, PartitionsAreApart) {
  MemoryStore store;
  LocalLog log(store);
  EXPECT_EQ(log.append(3, 1, "three", {}).outcome, AppendOutcome::kOk);
  EXPECT_EQ(log.append(4, 1, "four", {}).outcome, AppendOutcome::kOk);
  EXPECT_THAT(entries(log, 3, 0), ElementsAre(Pair(1, "three")));
  EXPECT_THAT(entries(log, 4, 0), ElementsAre(Pair(1, "four")));
}

TEST(LocalLog, RefusesAnyButTheNextEntry) {
  MemoryStore store;
  {
    LocalLog log(store);
    ASSERT_EQ(log.append(0, 1, "one", {}).outcome, AppendOutcome::kOk);
    EXPECT_EQ(log.append(0, 1, "again", row("k", "v")).outcome, AppendOutcome::kConflict);
    EXPECT_EQ(log.append(0, 3, "gap", row("k", "v")).outcome, AppendOutcome::kConflict);
  }
  LocalLog fresh(store);  // has to look
  EXPECT_EQ(fresh.append(0, 1, "again", row("k", "v")).outcome, AppendOutcome::kConflict);
  EXPECT_EQ(fresh.append(0, 3, "gap", row("k", "v")).outcome, AppendOutcome::kConflict);
  std::string value;
  EXPECT_EQ(store.get(Table::kState, "k", &value).code(), Status::Code::kNotFound);
  EXPECT_EQ(fresh.append(0, 2, "two", {}).outcome, AppendOutcome::kOk);
}

TEST(LocalLog, FailedWriteIsUnknownWhetherItTookEffectOrNot) {
  for (const auto fault : {MemoryStore::Fault::kLost, MemoryStore::Fault::kAppliedButUnknown}) {
    MemoryStore store;
    LocalLog log(store);
    ASSERT_EQ(log.append(0, 1, "one", {}).outcome, AppendOutcome::kOk);
    store.arm(fault);
    const AppendResult result = log.append(0, 2, "two", {});
    EXPECT_EQ(result.outcome, AppendOutcome::kUnknown);
    EXPECT_FALSE(result.message.empty());
    EXPECT_EQ(log.append(0, 2, "two", {}).outcome, AppendOutcome::kUnknown);
    store.reopen();
    EXPECT_EQ(entries(log, 0, 1).size(), fault == MemoryStore::Fault::kLost ? 1u : 2u);
  }
}

TEST(LocalLog, ReadStopsOnRequestAndRefusesAHole) {
  MemoryStore store;
  LocalLog log(store);
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    ASSERT_EQ(log.append(0, seq, "e", {}).outcome, AppendOutcome::kOk);
  }
  int seen = 0;
  ASSERT_TRUE(log.read(0, 1, [&](std::uint64_t, std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
  Batch hole;
  hole.erase(Table::kJournal, journal_key(0, 3));
  ASSERT_TRUE(store.write(hole));
  const Status status = log.read(0, 1, [](std::uint64_t, std::string_view) { return true; });
  EXPECT_EQ(status.code(), Status::Code::kCorruption);
  EXPECT_NE(status.message().find("entry 3"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace casewheel::storage
