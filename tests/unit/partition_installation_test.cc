// The data directory as a whole: made once, counted at each start, refused when it is not ours.
#include <gtest/gtest.h>

#include "engine/partition/installation.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "storage/memory/memory_store.h"

namespace casewheel::partition {
namespace {

constexpr TimeMs kNow = 1'780'000'000'000;

class InstallationTest : public testing::Test {
 protected:
  Status start(std::uint32_t partitions = 4) {
    installation = {};
    return start_installation(store, partitions, kNow, system_random(), &installation);
  }
  void put(std::string_view name, const google::protobuf::MessageLite& message) {
    storage::Batch batch;
    batch.put(storage::Table::kState, storage::meta_key(name), encode(message));
    ASSERT_TRUE(store.write(batch).is_ok());
  }
  storage::MemoryStore store;
  Installation installation;
};

TEST_F(InstallationTest, IsMadeOnce) {
  ASSERT_TRUE(start().is_ok());
  EXPECT_TRUE(installation.created);
  EXPECT_EQ(installation.epoch, 1u);
  const std::string secret = installation.secret;
  EXPECT_EQ(secret.size(), 32u);
  ASSERT_TRUE(start(9).is_ok());
  EXPECT_FALSE(installation.created);
  EXPECT_EQ(installation.epoch, 2u);
  EXPECT_EQ(installation.partitions, 4u);  // fixed
  EXPECT_EQ(installation.secret, secret);
}

TEST_F(InstallationTest, ReadingCountsNoStart) {
  ASSERT_TRUE(start().is_ok());
  Installation read;
  ASSERT_TRUE(read_installation(store, &read).is_ok());
  EXPECT_EQ(read.epoch, 1u);
  ASSERT_TRUE(start().is_ok());
  EXPECT_EQ(installation.epoch, 2u);
}

TEST_F(InstallationTest, ARestoreIsSaidOnce) {
  ASSERT_TRUE(start().is_ok());
  EXPECT_FALSE(installation.restored);
  ASSERT_TRUE(mark_restored(store).is_ok());
  ASSERT_TRUE(start().is_ok());
  EXPECT_TRUE(installation.restored);
  ASSERT_TRUE(start().is_ok());
  EXPECT_FALSE(installation.restored);
}

TEST_F(InstallationTest, AnotherFormatIsRefused) {
  ASSERT_TRUE(start().is_ok());
  stored::Installation row;
  row.set_format(2);
  row.set_partitions(1);
  put("installation", row);
  EXPECT_EQ(start().code(), Status::Code::kInvalid);
  EXPECT_FALSE(read_installation(store, &installation).is_ok());
}

TEST_F(InstallationTest, RowsOfSomethingElseAreRefused) {
  put("other", stored::StartRecord());
  EXPECT_EQ(start().code(), Status::Code::kInvalid);
}

TEST_F(InstallationTest, TooManyPartitionsAreRefused) {
  EXPECT_FALSE(start(65).is_ok());
  EXPECT_FALSE(start(0).is_ok());
  EXPECT_TRUE(start(64).is_ok());
}

TEST_F(InstallationTest, ALostFirstWriteLeavesNothing) {
  store.arm(storage::MemoryStore::Fault::kLost);
  EXPECT_FALSE(start().is_ok());
  store.reopen();
  ASSERT_TRUE(start().is_ok());
  EXPECT_TRUE(installation.created);
}

TEST_F(InstallationTest, AnEmptyStoreIsNone) {
  EXPECT_EQ(read_installation(store, &installation).code(), Status::Code::kInvalid);
}

}  // namespace
}  // namespace casewheel::partition
