// Damaged blocks: what the store does of its own accord goes on, writes are taken, everything beside the
// damage is read, and the file is named. And what can be had of files that cannot be opened any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "storage/keys.h"
#include "storage/readable_scan.h"
#include "storage/rocks/salvage.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kRows = 4000;

std::string key_of(std::uint32_t number) { return case_key(0, CaseId::make(21, 1150528, number)); }

// Bytes that do not compress, so that there are many blocks.
std::string value_of(std::uint32_t number) {
  std::string value(200, '\0');
  std::uint32_t state = number * 2654435761u + 1;
  for (char& byte : value) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return value;
}

void flip(const fs::path& file, double place, std::size_t count = 16) {
  std::string bytes = read_bytes(file);
  const auto at = static_cast<std::size_t>(static_cast<double>(bytes.size()) * place);
  for (std::size_t i = at; i < std::min(at + count, bytes.size()); ++i)
    bytes[i] = static_cast<char>(bytes[i] ^ 0x20);
  write_bytes(file, bytes);
}

// One table file with all rows; closed.
fs::path make_table(const fs::path& data) {
  std::unique_ptr<Store> store = open_or_fail(data);
  for (std::uint32_t number = 1; number <= kRows; number += 100) {
    Batch batch;
    for (std::uint32_t i = number; i < number + 100; ++i)
      batch.put(Table::kState, key_of(i), value_of(i));
    EXPECT_TRUE(store->write(batch).is_ok());
  }
  EXPECT_TRUE(store->purge(Table::kState).is_ok());
  store.reset();
  const std::vector<fs::path> tables = files_ending(data, ".sst");
  EXPECT_EQ(tables.size(), 1u);
  return tables.front();
}

std::set<std::uint32_t> numbers(const std::function<Status(const RowVisitor&)>& scan) {
  std::set<std::uint32_t> found;
  const Status status = scan([&](std::string_view key, std::string_view value) {
    const std::uint32_t number = decode_case_key(key)->id.sequence();
    EXPECT_EQ(value, value_of(number));
    EXPECT_TRUE(found.insert(number).second);
    return true;
  });
  EXPECT_TRUE(status.is_ok()) << status.message();
  return found;
}

TEST(Damage, AScanGoesOnBehindIt) {
  TemporaryDirectory directory;
  const fs::path file = make_table(directory / "data");
  flip(file, 0.3);
  flip(file, 0.6);
  const std::unique_ptr<Store> store = open_or_fail(directory / "data");
  EXPECT_FALSE(
      store->scan(Table::kState, "", "", [](std::string_view, std::string_view) { return true; })
          .is_ok());
  const auto snapshot = store->snapshot();
  const std::string begin = kind_prefix(RowKind::kCase, 0);
  PassedOver up, down;
  const std::set<std::uint32_t> forwards = numbers([&](const RowVisitor& visit) {
    return scan_readable(*snapshot, Table::kState, begin, prefix_end(begin), visit, &up);
  });
  const std::set<std::uint32_t> backwards = numbers([&](const RowVisitor& visit) {
    return scan_readable_reverse(*snapshot, Table::kState, begin, prefix_end(begin), visit, &down);
  });
  EXPECT_EQ(up.stretches.size(), 2u);
  EXPECT_EQ(down.stretches.size(), 2u);
  EXPECT_EQ(forwards, backwards);
  // Two blocks of 4 KiB hold some 20 rows each; every other row is there.
  EXPECT_LT(forwards.size(), kRows);
  EXPECT_GT(forwards.size(), kRows - 100);
  EXPECT_THAT(up.why, testing::HasSubstr(file.filename().string()));
  // What was passed over is what cannot be read by its key.
  for (std::uint32_t number = 1; number <= kRows; ++number) {
    std::string value;
    EXPECT_EQ(store->get(Table::kState, key_of(number), &value).is_ok(), forwards.contains(number))
        << number;
  }
  EXPECT_THAT(store->damaged_files(), testing::ElementsAre(file.filename().string()));
}

TEST(Damage, AtTheBeginningAndTheEndOfTheRange) {
  TemporaryDirectory directory;
  const fs::path file = make_table(directory / "data");
  flip(file, 0.0005);
  const std::unique_ptr<Store> store = open_or_fail(directory / "data");
  const auto snapshot = store->snapshot();
  const std::string begin = kind_prefix(RowKind::kCase, 0);
  PassedOver up, down;
  const auto forwards = numbers([&](const RowVisitor& visit) {
    return scan_readable(*snapshot, Table::kState, begin, prefix_end(begin), visit, &up);
  });
  const auto backwards = numbers([&](const RowVisitor& visit) {
    return scan_readable_reverse(*snapshot, Table::kState, begin, prefix_end(begin), visit, &down);
  });
  EXPECT_EQ(forwards, backwards);
  EXPECT_GT(forwards.size(), kRows - 50);
  EXPECT_FALSE(forwards.contains(1));
  EXPECT_EQ(up.stretches.size(), 1u);
  EXPECT_EQ(down.stretches.size(), 1u);
}

TEST(Damage, ACompactionThatMeetsItDoesNotStopWrites) {
  TemporaryDirectory directory;
  const fs::path file = make_table(directory / "data");
  flip(file, 0.5);
  for (int start = 0; start < 3; ++start) {
    const std::unique_ptr<Store> store = open_or_fail(directory / "data");
    for (int round = 0; round < 6; ++round) {
      ASSERT_TRUE(put(*store, "after", std::to_string(round)).is_ok()) << start << ", " << round;
      EXPECT_FALSE(store->purge(Table::kState).is_ok());
      ASSERT_TRUE(put(*store, "after", "again").is_ok());
    }
    EXPECT_THAT(store->damaged_files(), testing::Contains(file.filename().string()));
    std::string value;
    EXPECT_TRUE(store->get(Table::kState, "after", &value).is_ok());
    EXPECT_TRUE(store->get(Table::kState, key_of(1), &value).is_ok());
  }
}

// Rows by key, each version that is found.
std::map<std::string, std::set<std::string>> salvaged(const fs::path& data, SalvageReport* report) {
  std::map<std::string, std::set<std::string>> found;
  const Status status = salvage_rows(
      data.string(),
      [&](const SalvagedRow& row) {
        found[std::string(row.key)].insert(std::string(row.value));
        return Status();
      },
      report);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return found;
}

TEST(Salvage, ReadsEveryRowBesideTheDamage) {
  TemporaryDirectory directory;
  const fs::path file = make_table(directory / "data");
  flip(file, 0.4);
  SalvageReport report;
  const auto found = salvaged(directory / "data", &report);
  EXPECT_GT(found.size(), kRows - 50);
  EXPECT_LT(found.size(), kRows);
  EXPECT_THAT(report.damage, testing::Contains(testing::HasSubstr(file.filename().string())));
  EXPECT_FALSE(report.state_is_whole);
}

TEST(Salvage, NeedsNoManifestAndNoCurrent) {
  TemporaryDirectory directory;
  make_table(directory / "data");
  fs::remove(directory / "data" / "CURRENT");
  for (const auto& entry : fs::directory_iterator(directory / "data")) {
    if (entry.path().filename().string().starts_with("MANIFEST")) write_bytes(entry.path(), "x");
  }
  SalvageReport report;
  const auto found = salvaged(directory / "data", &report);
  EXPECT_EQ(found.size(), kRows);
  EXPECT_THAT(report.damage, testing::Contains(testing::HasSubstr("cannot be opened")));
}

TEST(Salvage, ReadsALogBehindADamagedRecord) {
  TemporaryDirectory directory;
  const fs::path data = directory / "data";
  {
    const std::unique_ptr<Store> store = open_or_fail(data);
    for (std::uint32_t number = 1; number <= 300; ++number)
      ASSERT_TRUE(put(*store, key_of(number), value_of(number)).is_ok());
    ASSERT_TRUE(
        put(*store, key_of(301), std::string(100'000, 'x')).is_ok());  // over several blocks
    for (std::uint32_t number = 302; number <= 310; ++number)
      ASSERT_TRUE(put(*store, key_of(number), value_of(number)).is_ok());
    fs::copy(data, directory / "copy");
  }
  const std::vector<fs::path> logs = files_ending(directory / "copy", ".log");
  ASSERT_EQ(logs.size(), 1u);
  const std::string whole = read_bytes(logs.front());
  for (const double place : {0.01, 0.2, 0.5, 0.97}) {
    flip(logs.front(), place, 1);
    SalvageReport report;
    const auto found = salvaged(directory / "copy", &report);
    EXPECT_GE(found.size(), 300u) << place;
    EXPECT_LT(found.size(), 310u) << place;
    EXPECT_THAT(report.damage, testing::Contains(testing::HasSubstr("bytes cannot be read")));
    write_bytes(logs.front(), whole);
  }
  SalvageReport report;
  EXPECT_EQ(salvaged(directory / "copy", &report).size(), 310u);
  EXPECT_TRUE(report.damage.empty()) << report.damage.front();
  EXPECT_TRUE(report.state_is_whole);
}

TEST(Salvage, ChangesNothing) {
  TemporaryDirectory directory;
  const fs::path file = make_table(directory / "data");
  flip(file, 0.4);
  std::map<std::string, std::string> before, after;
  const auto look = [&](std::map<std::string, std::string>& files) {
    for (const auto& entry : fs::directory_iterator(directory / "data"))
      files[entry.path().filename()] = read_bytes(entry.path());
  };
  look(before);
  SalvageReport report;
  salvaged(directory / "data", &report);
  look(after);
  EXPECT_EQ(before, after);
}

TEST(Salvage, NothingThereAndInUse) {
  TemporaryDirectory directory;
  const auto none = [](const SalvagedRow&) { return Status(); };
  SalvageReport report;
  EXPECT_EQ(salvage_rows((directory / "absent").string(), none, &report).code(),
            Status::Code::kNotFound);
  const std::unique_ptr<Store> store = open_or_fail(directory / "data");
  ASSERT_TRUE(put(*store, "key", "value").is_ok());
  EXPECT_EQ(salvage_rows((directory / "data").string(), none, &report).code(), Status::Code::kBusy);
}

}  // namespace
}  // namespace casewheel::storage
