// Backups: taken at work, restored whole or not at all.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/memory/memory_store.h"
#include "storage/rocks/backup.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

class Backup : public ::testing::Test {
 protected:
  void write_rows(int from, int to) {
    for (int i = from; i < to; ++i) {
      Batch batch;
      batch.put(Table::kState, "row" + std::to_string(100000 + i),
                std::string(500, static_cast<char>('a' + i % 26)));
      batch.put(Table::kJournal, "row" + std::to_string(100000 + i), std::to_string(i));
      ASSERT_TRUE(store_->write(batch));
    }
  }
  void expect_created() {
    const Status status = create_backup(*store_, backups_, &info_);
    ASSERT_TRUE(status.is_ok()) << status.message();
  }

  TemporaryDirectory directory_;
  fs::path backups_ = directory_ / "backups";
  fs::path restored_ = directory_ / "restored";
  std::unique_ptr<Store> store_ = open_or_fail(directory_ / "data");
  BackupInfo info_;
};

TEST_F(Backup, RoundTripOfEachOfTwo) {
  write_rows(0, 100);
  expect_created();
  EXPECT_EQ(info_.id, 1u);
  EXPECT_GT(info_.bytes, 0u);
  EXPECT_GT(info_.created_at, 1'600'000'000'000);
  write_rows(100, 150);
  expect_created();
  EXPECT_EQ(info_.id, 2u);
  write_rows(150, 160);

  std::vector<BackupInfo> listed;
  ASSERT_TRUE(list_backups(backups_, &listed));
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].id, 1u);
  EXPECT_EQ(listed[1].bytes, info_.bytes);

  const Status latest = restore_backup(backups_, 0, restored_);
  ASSERT_TRUE(latest.is_ok()) << latest.message();
  const auto second = open_or_fail(restored_);
  EXPECT_EQ(keys_of(*second).size(), 150u);
  EXPECT_EQ(keys_of(*second, Table::kJournal).size(), 150u);
  EXPECT_TRUE(put(*second, "later", "v"));

  fs::create_directory(directory_ / "empty");
  ASSERT_TRUE(restore_backup(backups_, 1, directory_ / "empty/"));
  EXPECT_EQ(keys_of(*open_or_fail(directory_ / "empty")).size(), 100u);
}

TEST_F(Backup, HoldsWhatWasAcknowledgedBeforeWhileWritesGoOn) {
  std::atomic<int> acknowledged{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      Batch batch;
      batch.put(Table::kState, "row" + std::to_string(100000 + i), "v");
      batch.put(Table::kJournal, "row" + std::to_string(100000 + i), "e");
      if (!store_->write(batch)) return;
      acknowledged = i + 1;
    }
  });
  while (acknowledged < 200) std::this_thread::yield();
  for (std::uint32_t id = 1; id <= 3; ++id) {
    const int before = acknowledged;
    expect_created();
    const fs::path target = restored_.string() + std::to_string(id);
    const Status status = restore_backup(backups_, id, target);
    ASSERT_TRUE(status.is_ok()) << status.message();
    const auto copy = open_or_fail(target);
    ASSERT_TRUE(copy);
    EXPECT_GE(keys_of(*copy).size(), static_cast<std::size_t>(before));
    EXPECT_EQ(keys_of(*copy), keys_of(*copy, Table::kJournal)) << "no batch in part";
  }
  stop = true;
  writer.join();
}

TEST_F(Backup, RefusesATargetThatIsNotEmpty) {
  write_rows(0, 10);
  expect_created();
  fs::create_directory(restored_);
  write_bytes(restored_ / "precious", "data");
  EXPECT_EQ(restore_backup(backups_, 0, restored_).code(), Status::Code::kInvalid);
  EXPECT_EQ(read_bytes(restored_ / "precious"), "data");
}

TEST_F(Backup, RefusesADamagedBackup) {
  write_rows(0, 300);
  expect_created();
  for (const auto& entry : fs::recursive_directory_iterator(backups_)) {
    if (!entry.is_regular_file() || entry.file_size() == 0) continue;
    const std::string name = entry.path().filename();
    if (name == "LOCK" || name.rfind("OPTIONS", 0) == 0) continue;
    const std::string bytes = read_bytes(entry.path());
    std::string damaged = bytes;
    damaged[damaged.size() / 2] ^= 1;
    write_bytes(entry.path(), damaged);
    EXPECT_FALSE(verify_backup(backups_, 0).is_ok()) << entry.path();
    const Status status = restore_backup(backups_, 0, restored_);
    EXPECT_EQ(status.code(), Status::Code::kCorruption) << entry.path() << " " << status.message();
    EXPECT_FALSE(fs::exists(restored_)) << entry.path();
    write_bytes(entry.path(), bytes);
  }
  EXPECT_TRUE(verify_backup(backups_, 0));
  EXPECT_TRUE(restore_backup(backups_, 0, restored_));
}

TEST_F(Backup, RefusesAMissingFileAndDoesNotFallBackToAnOlderBackup) {
  write_rows(0, 100);
  expect_created();
  write_rows(100, 200);
  expect_created();
  fs::remove(files_ending(backups_, ".sst").back());
  EXPECT_FALSE(restore_backup(backups_, 0, restored_).is_ok());
  EXPECT_FALSE(fs::exists(restored_));
}

TEST_F(Backup, SaysWhatIsNotThere) {
  std::vector<BackupInfo> listed;
  EXPECT_EQ(list_backups(backups_, &listed).code(), Status::Code::kNotFound);
  EXPECT_EQ(restore_backup(backups_, 0, restored_).code(), Status::Code::kNotFound);
  write_rows(0, 10);
  expect_created();
  EXPECT_EQ(restore_backup(backups_, 9, restored_).code(), Status::Code::kNotFound);
  MemoryStore memory;
  EXPECT_EQ(create_backup(memory, backups_, &info_).code(), Status::Code::kInvalid);
  EXPECT_EQ(create_backup(*store_, directory_ / "data", &info_).code(), Status::Code::kInvalid);
}

}  // namespace
}  // namespace casewheel::storage
