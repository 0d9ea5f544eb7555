// A data directory on disk: who may open it, what survives kill -9, what a damaged table file
// gives.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr char kChildDirectory[] = "CASEWHEEL_STORAGE_CHILD_DIRECTORY";

// A process of its own that opens the directory and writes rows 0, 1, 2 ... from where it stands,
// telling each number on descriptor 3 once it is acknowledged. A fork without exec would lack
// RocksDB's threads.
class Child {
 public:
  explicit Child(const fs::path& data) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    acknowledged_ = ends[0];
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], 3);
      if (ends[1] == 3) fcntl(3, F_SETFD, 0);
      setenv(kChildDirectory, data.c_str(), 1);
      execl("/proc/self/exe", "storage_test",
            "--gtest_filter=StorageChild.DISABLED_WritesUntilKilled",
            "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
      _exit(127);
    }
    close(ends[1]);
  }
  ~Child() {
    kill_now();
    close(acknowledged_);
  }

  // The next acknowledged number; -1 when the child is gone.
  std::int64_t next() {
    std::int64_t number = 0;
    return read(acknowledged_, &number, sizeof number) == sizeof number ? number : -1;
  }
  void kill_now() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  int acknowledged_ = -1;
};

std::string numbered(std::int64_t number) {
  std::string text = std::to_string(number);
  return std::string(10 - text.size(), '0') + text;
}

TEST(StorageChild, DISABLED_WritesUntilKilled) {
  const char* data = getenv(kChildDirectory);
  if (data == nullptr) GTEST_SKIP() << "only as a child of other tests";
  RocksOptions options;
  options.path = data;
  options.create_if_missing = true;
  options.write_buffer_bytes = 64 << 10;  // so that kills meet flushes and compactions
  std::unique_ptr<Store> store;
  const Status status = open_rocks(options, &store);
  ASSERT_TRUE(status.is_ok()) << status.message();
  for (auto number = static_cast<std::int64_t>(keys_of(*store).size());; ++number) {
    Batch batch;
    batch.put(Table::kState, numbered(number),
              std::string(static_cast<std::size_t>(number * 7919 % 3000), 'v'));
    batch.put(Table::kJournal, numbered(number),
              std::string(static_cast<std::size_t>(number * 104729 % 3000), 'j'));
    if (!store->write(batch)) return;
    if (write(3, &number, sizeof number) != sizeof number) return;
  }
}

TEST(RocksStore, EveryAcknowledgedRowSurvivesKillNine) {
  TemporaryDirectory directory;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::int64_t last = -1;
  for (int kill = 0; kill < 20; ++kill) {
    {
      Child child(directory / "data");
      const std::int64_t first = child.next();
      // At least what was acknowledged, at most the one write whose answer the kill swallowed.
      ASSERT_GE(first, last + 1);
      ASSERT_LE(first, last + 2);
      last = first;
      const int more = static_cast<int>(random() % 300);
      for (int i = 0; i < more; ++i) last = child.next();
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
      child.kill_now();
      for (std::int64_t number = child.next(); number >= 0; number = child.next()) last = number;
    }
    const auto store = open_or_fail(directory / "data");
    ASSERT_TRUE(store);
    for (const Table table : {Table::kState, Table::kJournal}) {
      const auto keys = keys_of(*store, table);
      const auto count = static_cast<std::int64_t>(keys.size());
      ASSERT_GE(count, last + 1);
      ASSERT_LE(count, last + 2);
      ASSERT_EQ(keys.back(), numbered(count - 1));
    }
    last = static_cast<std::int64_t>(keys_of(*store).size()) - 1;
  }
}

TEST(RocksStore, SecondProcessIsRefused) {
  TemporaryDirectory directory;
  Child child(directory / "data");
  ASSERT_GE(child.next(), 0);
  for (const bool read_only : {false, true}) {
    std::unique_ptr<Store> store;
    const Status status = try_open(directory / "data", &store, read_only);
    EXPECT_EQ(status.code(), Status::Code::kBusy) << status.message();
    EXPECT_NE(status.message().find((directory / "data").string()), std::string::npos)
        << status.message();
    EXPECT_NE(status.message().find("another process"), std::string::npos) << status.message();
  }
  EXPECT_GE(child.next(), 0) << "the holder must not notice";
}

TEST(RocksStore, SecondOpenInTheSameProcessIsRefused) {
  TemporaryDirectory directory;
  const auto store = open_or_fail(directory / "data");
  std::unique_ptr<Store> second;
  EXPECT_EQ(try_open(directory / "data", &second).code(), Status::Code::kBusy);
  EXPECT_TRUE(put(*store, "k", "v"));
}

TEST(RocksStore, MissingDirectoryIsNotFoundUnlessCreated) {
  TemporaryDirectory directory;
  RocksOptions options;
  options.path = directory / "deep/er/data";
  std::unique_ptr<Store> store;
  EXPECT_EQ(open_rocks(options, &store).code(), Status::Code::kNotFound);
  options.read_only = true;
  options.create_if_missing = true;
  EXPECT_EQ(open_rocks(options, &store).code(), Status::Code::kNotFound);
  EXPECT_FALSE(fs::exists(options.path));
  options.read_only = false;
  const Status status = open_rocks(options, &store);
  EXPECT_TRUE(status.is_ok()) << status.message();
}

TEST(RocksStore, RemainsOfADatabaseAreNotOverwritten) {
  TemporaryDirectory directory;
  { ASSERT_TRUE(put(*open_or_fail(directory / "data"), "k", "v")); }
  fs::remove((directory / "data") / "CURRENT");
  std::unique_ptr<Store> store;
  EXPECT_EQ(try_open(directory / "data", &store).code(), Status::Code::kCorruption);
  EXPECT_FALSE(files_ending(directory / "data", ".log").empty());
}

TEST(RocksStore, ReadOnlyReadsAndDoesNotWrite) {
  TemporaryDirectory directory;
  { ASSERT_TRUE(put(*open_or_fail(directory / "data"), "k", "v")); }
  const auto listing = [&] {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory / "data")) {
      names.push_back(entry.path().filename().string() + " " + std::to_string(entry.file_size()));
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  const auto before = listing();
  std::unique_ptr<Store> store;
  ASSERT_TRUE(try_open(directory / "data", &store, /*read_only=*/true));
  std::string value;
  ASSERT_TRUE(store->get(Table::kState, "k", &value));
  EXPECT_EQ(value, "v");
  EXPECT_EQ(put(*store, "k", "w").code(), Status::Code::kInvalid);
  store.reset();
  EXPECT_EQ(listing(), before);
}

TEST(RocksStore, FreeBytesCanBeProbed) {
  TemporaryDirectory directory;
  RocksOptions options;
  options.path = directory / "data";
  options.create_if_missing = true;
  options.free_bytes_probe = [] { return std::uint64_t{42}; };
  std::unique_ptr<Store> store;
  ASSERT_TRUE(open_rocks(options, &store));
  EXPECT_EQ(store->free_bytes(), 42u);
}

TEST(RocksStore, HealthNamesWhatOperatorsWatch) {
  TemporaryDirectory directory;
  const auto store = open_or_fail(directory / "data");
  std::vector<std::string> names;
  for (const auto& [name, value] : store->health()) names.push_back(name);
  for (const char* name :
       {"compactions_running", "background_errors", "write_stopped", "block_cache_used_bytes",
        "state_compaction_pending_bytes", "state_level0_files", "journal_sst_live_bytes",
        "journal_rows_estimated", "state_memtables_immutable"}) {
    EXPECT_THAT(names, ::testing::Contains(name));
  }
}

TEST(RocksStore, DamagedTableFileIsCorruptionNamingTheFile) {
  TemporaryDirectory directory;
  for (const Table table : {Table::kState, Table::kJournal}) {
    const fs::path data = directory / (table == Table::kState ? "state" : "journal");
    {
      const auto store = open_or_fail(data);
      std::mt19937 random(7);
      for (int i = 0; i < 200; ++i) {
        std::string value(1000, '\0');
        for (char& byte : value) byte = static_cast<char>(random());
        ASSERT_TRUE(put(*store, numbered(i), value, table));
      }
      auto* family = rocks(*store).family(table);
      ASSERT_TRUE(rocks(*store).db().Flush({}, family).ok());
      ASSERT_TRUE(rocks(*store).db().CompactRange({}, family, nullptr, nullptr).ok());
    }
    const fs::path file = files_ending(data, ".sst").back();
    std::string bytes = read_bytes(file);
    ASSERT_GT(bytes.size(), 150'000u);
    bytes[bytes.size() / 2] ^= 1;
    write_bytes(file, bytes);

    std::unique_ptr<Store> store;
    ASSERT_TRUE(try_open(data, &store)) << "indexes are whole, only a data block is not";
    int rows = 0;
    const Status scanned =
        store->scan(table, "", "", [&](std::string_view, std::string_view) { return ++rows > 0; });
    EXPECT_EQ(scanned.code(), Status::Code::kCorruption) << scanned.message();
    EXPECT_NE(scanned.message().find(file.filename()), std::string::npos) << scanned.message();
    EXPECT_LT(rows, 200);
    rows = 0;
    EXPECT_EQ(store->snapshot()
                  ->scan_reverse(table, "", "",
                                 [&](std::string_view, std::string_view) { return ++rows > 0; })
                  .code(),
              Status::Code::kCorruption);
    int unreadable = 0;
    for (int i = 0; i < 200; ++i) {
      std::string value;
      const Status read = store->get(table, numbered(i), &value);
      if (!read) {
        EXPECT_EQ(read.code(), Status::Code::kCorruption) << "a row must not be called absent";
        ++unreadable;
      }
    }
    EXPECT_GT(unreadable, 0);
  }
}

}  // namespace
}  // namespace casewheel::storage
