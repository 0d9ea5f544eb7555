// Damage to the write-ahead log: a torn tail costs only what was never acknowledged, anything else
// is refused. A store that opens has every acknowledged row.
#include <gtest/gtest.h>
#include <rocksdb/options.h>

#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = 1000;
constexpr std::size_t kBlockBytes = 32 * 1024;
constexpr std::size_t kHeaderBytes = 7;

std::string row_key(int i) { return "row" + std::to_string(100000 + i); }

// A closed data directory with a synced write a row, made once: tests damage copies of it.
fs::path written_once() {
  static const TemporaryDirectory directory;
  static const bool written = [] {
    const auto store = open_or_fail(directory / "data");
    for (int i = 0; i < kRows; ++i) {
      Batch batch;
      batch.put(Table::kState, row_key(i), std::string(200, static_cast<char>('a' + i % 26)));
      batch.put(Table::kJournal, row_key(i), "entry");
      if (!store->write(batch)) return false;
    }
    return true;
  }();
  EXPECT_TRUE(written);
  return directory / "data";
}

class WalDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(written_once(), data_, fs::copy_options::recursive);
    log_ = files_ending(data_, ".log").back();
    bytes_ = read_bytes(log_);
    for (std::size_t at = 0; at + kHeaderBytes < bytes_.size();) {
      const std::size_t length = static_cast<unsigned char>(bytes_[at + 4]) |
                                 static_cast<unsigned char>(bytes_[at + 5]) << 8;
      if (bytes_[at + 6] == 1) whole_records_.push_back(at);
      at += kHeaderBytes + length;
      if (kBlockBytes - at % kBlockBytes < kHeaderBytes) at += kBlockBytes - at % kBlockBytes;
    }
    ASSERT_GT(whole_records_.size(), 900u);
  }

  std::size_t last_block() const { return (bytes_.size() - 1) / kBlockBytes * kBlockBytes; }

  // A whole record that begins within a block, some records before its end.
  std::size_t record_after(std::size_t offset) const {
    return *std::lower_bound(whole_records_.begin(), whole_records_.end(), offset);
  }

  Status open_again(bool read_only = false) { return try_open(data_, &store_, read_only); }

  // Rows that RocksDB, with our recovery mode and no guard, brings back; -1: it refuses.
  int rows_by_rocksdb_alone() {
    rocksdb::DBOptions options;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
        options, data_.string(), {{"default", {}}, {"state", {}}, {"journal", {}}}, &handles, &db);
    if (!status.ok()) return -1;
    const std::unique_ptr<rocksdb::DB> owned(db);
    int rows = 0;
    {
      const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}, handles[1]));
      for (it->SeekToFirst(); it->Valid(); it->Next()) ++rows;
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles)
      (void)db->DestroyColumnFamilyHandle(handle).ok();
    return rows;
  }

  void expect_refused(const char* what) {
    for (const bool read_only : {true, false}) {
      const Status status = open_again(read_only);
      EXPECT_EQ(status.code(), Status::Code::kCorruption) << what << ": " << status.message();
      store_.reset();
    }
    EXPECT_EQ(read_bytes(log_).size(), bytes_.size()) << "the evidence must stay";
  }

  TemporaryDirectory directory_;
  fs::path data_ = directory_ / "data";
  fs::path log_;
  std::string bytes_;
  std::vector<std::size_t> whole_records_;
  std::unique_ptr<Store> store_;
};

TEST_F(WalDamage, TornTailLosesOnlyTheTornRecord) {
  // Anywhere within the last record: header, body.
  for (const std::size_t kept :
       {whole_records_.back() + 3, whole_records_.back() + 20, bytes_.size() - 1}) {
    write_bytes(log_, bytes_.substr(0, kept));
    ASSERT_TRUE(open_again(/*read_only=*/true));
    EXPECT_EQ(keys_of(*store_).size(), static_cast<std::size_t>(kRows - 1));
    EXPECT_EQ(keys_of(*store_, Table::kJournal).size(), static_cast<std::size_t>(kRows - 1));
    store_.reset();
  }
  const Status status = open_again();
  ASSERT_TRUE(status.is_ok()) << status.message();
  EXPECT_EQ(keys_of(*store_).back(), row_key(kRows - 2));
  ASSERT_TRUE(put(*store_, "later", "v"));
  store_.reset();
  ASSERT_TRUE(open_again());
  EXPECT_EQ(keys_of(*store_).size(), static_cast<std::size_t>(kRows));
}

TEST_F(WalDamage, ZerosBehindTheTailAreNoDamage) {
  write_bytes(log_, bytes_ + std::string(100'000, '\0'));
  const Status status = open_again();
  ASSERT_TRUE(status.is_ok()) << status.message();
  EXPECT_EQ(keys_of(*store_).size(), static_cast<std::size_t>(kRows));
}

TEST_F(WalDamage, FlippedByteOfARowIsRefused) {
  for (const std::size_t block :
       {std::size_t{0}, last_block() / kBlockBytes / 2 * kBlockBytes, last_block()}) {
    std::string damaged = bytes_;
    damaged[record_after(block + 500) + 60] ^= 1;
    write_bytes(log_, damaged);
    expect_refused("a flipped byte of a row");
  }
}

TEST_F(WalDamage, FlippedByteOfTheLastRowIsRefused) {
  std::string damaged = bytes_;
  damaged[bytes_.size() - 20] ^= 1;
  write_bytes(log_, damaged);
  expect_refused("a flipped byte of the last row");
}

// The three that RocksDB takes for the end of the log: why wal_guard is there.
TEST_F(WalDamage, LengthBeyondTheEndOfTheFileIsRefused) {
  std::string damaged = bytes_;
  damaged[record_after(last_block() + 500) + 5] ^= 0x7f;
  write_bytes(log_, damaged);
  EXPECT_LT(rows_by_rocksdb_alone(), kRows);
  EXPECT_GT(rows_by_rocksdb_alone(), 0);
  expect_refused("a length");
}

TEST_F(WalDamage, RecordTypeTurnedRecyclableIsRefused) {
  std::string damaged = bytes_;
  damaged[record_after(500) + 6] ^= 4;  // one bit: full becomes recyclable full
  write_bytes(log_, damaged);
  EXPECT_LT(rows_by_rocksdb_alone(), 10);
  EXPECT_GE(rows_by_rocksdb_alone(), 0);
  expect_refused("a record type");
}

TEST_F(WalDamage, ZerosBeforeWholeRecordsAreRefused) {
  std::string damaged = bytes_;
  damaged.replace(record_after(last_block() + 500), 512, 512, '\0');
  write_bytes(log_, damaged);
  EXPECT_LT(rows_by_rocksdb_alone(), kRows);
  EXPECT_GT(rows_by_rocksdb_alone(), 0);
  expect_refused("zeros");
}

// The price of the mode: a file system that makes a file longer before the data is on the disk can
// leave zeros in a torn record, which looks like damage. Refused; a person has to decide.
TEST_F(WalDamage, TornRecordFilledWithZerosIsRefused) {
  std::string torn = bytes_;
  const std::size_t from = whole_records_.back() + 50;
  torn.replace(from, torn.size() - from, torn.size() - from, '\0');
  write_bytes(log_, torn);
  expect_refused("a torn record with zeros");
}

TEST_F(WalDamage, EveryDamagedHeaderByteIsRefused) {
  for (const std::size_t record : {record_after(500), record_after(last_block() + 500)}) {
    for (std::size_t at = 0; at < kHeaderBytes; ++at) {
      for (const int bit : {1, 4, 0x10, 0x80}) {
        std::string damaged = bytes_;
        damaged[record + at] = static_cast<char>(damaged[record + at] ^ bit);
        write_bytes(log_, damaged);
        std::unique_ptr<Store> store;
        EXPECT_EQ(try_open(data_, &store, true).code(), Status::Code::kCorruption)
            << record << " + " << at;
      }
    }
  }
}

// Two logs: state rows of the first are still only there while the journal has been flushed.
class TwoWals : public WalDamage {
 protected:
  void SetUp() override {
    WalDamage::SetUp();
    ASSERT_TRUE(open_again());  // replays and flushes; starts a log
    ASSERT_TRUE(put(*store_, "first log", "v"));
    ASSERT_TRUE(put(*store_, "first log 2", "v"));
    rocksdb::FlushOptions flush;
    ASSERT_TRUE(put(*store_, "first log", "entry", Table::kJournal));
    ASSERT_TRUE(rocks(*store_).db().Flush(flush, rocks(*store_).family(Table::kJournal)).ok());
    ASSERT_TRUE(put(*store_, "second log", "v"));
    ASSERT_TRUE(put(*store_, "second log", "entry", Table::kJournal));
    ASSERT_TRUE(rocks(*store_).db().Flush(flush, rocks(*store_).family(Table::kJournal)).ok());
    ASSERT_TRUE(put(*store_, "third log", "v"));
    store_.reset();
    logs_ = files_ending(data_, ".log");
    ASSERT_GE(logs_.size(), 3u);
  }
  std::vector<fs::path> logs_;
};

TEST_F(TwoWals, OpenWhenWhole) {
  const Status status = open_again();
  ASSERT_TRUE(status.is_ok()) << status.message();
  EXPECT_EQ(keys_of(*store_).size(), static_cast<std::size_t>(kRows + 4));
}

TEST_F(TwoWals, CutShortBeforeALaterOneIsRefused) {
  const fs::path first = logs_[logs_.size() - 3];
  const std::string bytes = read_bytes(first);
  write_bytes(first, bytes.substr(0, bytes.size() - 1));
  EXPECT_GT(rows_by_rocksdb_alone(), 0);
  const Status status = open_again();
  EXPECT_EQ(status.code(), Status::Code::kCorruption) << status.message();
  EXPECT_NE(status.message().find("missing from the write-ahead logs"), std::string::npos)
      << status.message();
}

TEST_F(TwoWals, MissingInTheMiddleIsRefused) {
  fs::remove(logs_[logs_.size() - 2]);
  EXPECT_GT(rows_by_rocksdb_alone(), 0);
  const Status status = open_again();
  EXPECT_EQ(status.code(), Status::Code::kCorruption) << status.message();
}

}  // namespace
}  // namespace casewheel::storage
