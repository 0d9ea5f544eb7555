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
  // Of tables, whatever the log's length: most of what can go wrong with a backup goes wrong with those.
  static BackupOptions of_tables() {
    BackupOptions options;
    options.log_copied_bytes = 0;
    return options;
  }

  void expect_created() {
    const Status status = create_backup(*store_, backups_, &info_, of_tables());
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

TEST_F(Backup, ADamagedStoreIsNotBackedUp) {
  write_rows(0, 300);
  expect_created();
  store_.reset();
  for (const auto& entry : fs::directory_iterator(directory_ / "data")) {
    if (entry.path().extension() != ".sst" || entry.file_size() < 500) continue;
    std::string bytes = read_bytes(entry.path());
    bytes[bytes.size() / 4] ^= 0x20;
    write_bytes(entry.path(), bytes);
  }
  store_ = open_or_fail(directory_ / "data");
  const Status status = create_backup(*store_, backups_, &info_, of_tables());
  EXPECT_EQ(status.code(), Status::Code::kCorruption) << status.message();
  EXPECT_NE(status.message().find(".sst"), std::string::npos) << status.message();
  ASSERT_TRUE(restore_backup(backups_, 1, restored_)) << "the sound one is still there";
}

TEST_F(Backup, AShortLogIsCopiedAndALongOneFlushed) {
  write_rows(0, 50);
  ASSERT_TRUE(create_backup(*store_, backups_, &info_));
  const auto tables = [&] {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(backups_))
      count += entry.path().extension() == ".sst" ? 1 : 0;
    return count;
  };
  EXPECT_EQ(tables(), 0u);
  write_rows(50, 100);
  expect_created();
  EXPECT_GT(tables(), 0u);
  for (std::uint32_t id = 1; id <= 2; ++id) {
    const fs::path into = restored_.string() + std::to_string(id);
    ASSERT_TRUE(restore_backup(backups_, id, into));
    const std::unique_ptr<Store> restored = open_or_fail(into);
    EXPECT_EQ(keys_of(*restored).size(), id * 50u);
  }
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

TEST_F(Backup, WithoutItsManifestItIsNotWhole) {
  write_rows(0, 50);
  expect_created();
  write_rows(50, 60);
  expect_created();
  fs::remove(backups_ / "manifests" / "2");  // written last: it was cut short
  const Status status = verify_backup(backups_, 0);
  EXPECT_EQ(status.code(), Status::Code::kCorruption);
  EXPECT_NE(status.message().find("not whole"), std::string::npos) << status.message();
  EXPECT_EQ(restore_backup(backups_, 0, restored_).code(), Status::Code::kCorruption);
  EXPECT_FALSE(fs::exists(restored_));
  std::vector<BackupInfo> listed;
  ASSERT_TRUE(list_backups(backups_, &listed));
  EXPECT_EQ(listed.size(), 2u);
  EXPECT_TRUE(restore_backup(backups_, 1, restored_));
}

TEST_F(Backup, ADamagedTableIsCopiedAnewAndMendsTheEarlierBackups) {
  write_rows(0, 300);
  expect_created();
  const std::vector<fs::path> tables = files_ending(backups_, ".sst");
  ASSERT_FALSE(tables.empty());
  for (const fs::path& table : tables) {
    std::string bytes = read_bytes(table);
    bytes[bytes.size() / 2] ^= 1;
    write_bytes(table, bytes);
  }
  EXPECT_FALSE(verify_backup(backups_, 1));
  write_rows(300, 310);
  expect_created();
  EXPECT_TRUE(verify_backup(backups_, 1));
  EXPECT_TRUE(verify_backup(backups_, 2));
  fs::remove(tables.front());
  write_bytes(tables.back(), "cut short");
  expect_created();
  for (std::uint32_t id = 1; id <= 3; ++id) EXPECT_TRUE(verify_backup(backups_, id)) << id;
  EXPECT_TRUE(restore_backup(backups_, 0, restored_));
}

TEST_F(Backup, KeepsSoManyWholeOnesAndNeverRemovesTheOnlyOne) {
  const auto ids = [&] {
    std::vector<std::uint32_t> found;
    std::vector<BackupInfo> listed;
    EXPECT_TRUE(list_backups(backups_, &listed));
    for (const BackupInfo& backup : listed) found.push_back(backup.id);
    return found;
  };
  BackupOptions options = of_tables();
  for (int i = 0; i < 5; ++i) {
    write_rows(i * 10, i * 10 + 10);
    expect_created();
  }
  options.keep = 3;
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(ids(), (std::vector<std::uint32_t>{4, 5, 6}));
  // One that is damaged is none of them.
  fs::remove(backups_ / "manifests" / "6");
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(ids(), (std::vector<std::uint32_t>{4, 5, 6, 7}));
  options.keep = 1;
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(ids(), (std::vector<std::uint32_t>{8}));
  EXPECT_TRUE(verify_backup(backups_, 8));
  EXPECT_TRUE(restore_backup(backups_, 0, restored_));
}

TEST_F(Backup, OneThatIsStoppedLeavesTheEarlierOnes) {
  write_rows(0, 200);
  expect_created();
  write_rows(200, 400);
  for (int steps = 0; steps < 4; ++steps) {
    BackupOptions options = of_tables();
    options.keep = 1;
    int left = steps;
    options.progress = [&left] { return left-- > 0; };
    EXPECT_EQ(create_backup(*store_, backups_, &info_, options).code(), Status::Code::kBusy);
    EXPECT_TRUE(verify_backup(backups_, 0)) << "the first one is the latest";
  }
  expect_created();
  EXPECT_TRUE(verify_backup(backups_, 1));
  EXPECT_TRUE(verify_backup(backups_, 0));
}

TEST_F(Backup, AttachmentsAreListedAndComeBack) {
  std::unique_ptr<Shelf> shelf;
  ASSERT_TRUE(Shelf::open(
      shelf_of((directory_ / "data").string()), "secret", [](std::string_view) { return Status(); },
      &shelf));
  Shelf::Placed placed;
  ASSERT_TRUE(shelf->put("water", "a photograph", &placed));
  write_rows(0, 10);
  BackupOptions options = of_tables();
  options.shelf = shelf.get();
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(info_.attachments, 1u);
  const fs::path copy = shelf_path(shelf_of(backups_.string()), placed.blob);
  const std::string bytes = read_bytes(copy);
  std::string damaged = bytes;
  damaged[damaged.size() / 2] ^= 1;
  write_bytes(copy, damaged);
  EXPECT_EQ(verify_backup(backups_, 0).code(), Status::Code::kCorruption);
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(read_bytes(copy), bytes);
  EXPECT_TRUE(verify_backup(backups_, 1));
  // A copy that is as it was listed stays, also where the shelf's own is damaged since.
  write_bytes(shelf_path(shelf->directory(), placed.blob), damaged);
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(read_bytes(copy), bytes);
  fs::remove(copy);
  EXPECT_EQ(verify_backup(backups_, 0).code(), Status::Code::kCorruption);
}

TEST_F(Backup, OneThatLacksAnAttachmentOfItsRowsIsNotWhole) {
  write_rows(0, 10);
  BackupOptions options = of_tables();
  options.held = {std::string(32, 'x')};
  ASSERT_TRUE(create_backup(*store_, backups_, &info_, options));
  EXPECT_EQ(info_.lacking, 1u);
  const Status status = verify_backup(backups_, 0);
  EXPECT_EQ(status.code(), Status::Code::kCorruption);
  EXPECT_NE(status.message().find("lacks"), std::string::npos) << status.message();
  EXPECT_FALSE(restore_backup(backups_, 0, restored_));
  EXPECT_TRUE(restore_backup(backups_, 0, restored_, {}, /*accept_lacking=*/true));
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
