// Data directories on disk, damaged at random: what still opens serves, compactions included, and what
// `repair` builds agrees with itself, with every case there or named. CASEWHEEL_DAMAGES says how many
// (15 unless told), CASEWHEEL_SEED from which number on.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "engine/partition/engine.h"
#include "engine/partition/installation.h"
#include "engine/partition/repair.h"
#include "storage/rocks/salvage.h"
#include "tests/unit/partition_fixture.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::partition {
namespace {

namespace fs = std::filesystem;
using storage::Table;

constexpr int kCases = 250;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::unique_ptr<storage::Store> open_small(const fs::path& path) {
  storage::RocksOptions options;
  options.path = path;
  options.create_if_missing = true;
  options.write_buffer_bytes = 64 << 10;  // many files, as after years
  std::unique_ptr<storage::Store> store;
  return storage::open_rocks(options, &store) ? std::move(store) : nullptr;
}

class Salvaged : public PartitionTest {
 protected:
  Salvaged() {
    disk = open_small(directory / "data");
    CASEWHEEL_CHECK(disk != nullptr, "no directory");
    served = disk.get();
    catalogue.set(catalogue::Registry::of({}, {}));
    start();
    apply_tenant();
    std::mt19937 random(7);
    for (int i = 0; i < kCases; ++i) {
      cases.push_back(id_of(one(lodge("k" + std::to_string(i)))));
      now += kMinuteMs;
      if (i % 3 == 0) one(act(cases[random() % cases.size()], domain::Note{"記一筆"}));
      if (i % 7 == 0)
        one(act(cases[random() % cases.size()], domain::Close{stored::RESOLVED, "完成", 0}));
      if (i == kCases / 2) {
        EXPECT_TRUE(disk->purge(Table::kState).is_ok());
        now += 80 * kHourMs;
        ask({});
      }
    }
    partition.reset();
    log.reset();
    disk.reset();
    served = &store;
  }

  // What was done; of one of the directory's files, or several.
  std::string damage(const fs::path& data, std::mt19937& random) {
    std::vector<fs::path> files;
    std::vector<double> weights;
    for (const auto& entry : fs::directory_iterator(data)) {
      const std::string name = entry.path().filename();
      if (!entry.is_regular_file() || entry.file_size() == 0 || name == "LOCK" ||
          name == "IDENTITY" || name.starts_with("LOG") || name.starts_with("OPTIONS"))
        continue;
      files.push_back(entry.path());
      weights.push_back(static_cast<double>(entry.file_size()) + 2000);
    }
    std::discrete_distribution<std::size_t> pick(weights.begin(), weights.end());
    const fs::path victim = files[pick(random)];
    const unsigned way = random() % 20;
    if (way == 0 && victim.extension() == ".sst") {
      fs::remove(victim);
      return victim.filename().string() + " is gone";
    }
    std::string bytes = storage::read_bytes(victim);
    if (way == 1 && victim.extension() == ".log") {
      storage::write_bytes(victim, bytes.substr(0, random() % bytes.size()));
      return victim.filename().string() + " is cut";
    }
    std::string said;
    for (unsigned times = 1 + random() % 3; times > 0; --times) {
      const std::size_t at = random() % bytes.size();
      const std::size_t count = std::size_t{1} << random() % 13;
      for (std::size_t i = at; i < std::min(at + count, bytes.size()); ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ (1 + random() % 255));
      said += victim.filename().string() + " " + std::to_string(count) + " bytes at " +
              std::to_string(at) + " of " + std::to_string(bytes.size()) + "; ";
    }
    storage::write_bytes(victim, bytes);
    return said;
  }

  // Whether the engine's own steps open it; then everything is asked of it and no write may fail.
  bool serves(const fs::path& data, std::mt19937& random) {
    disk = open_small(data);
    if (disk == nullptr) return false;
    const auto close = [&](bool served_it) {
      partition.reset();
      log.reset();
      disk.reset();
      return served_it;
    };
    Installation installation;
    if (!start_installation(*disk, 1, now, system_random(), &installation)) return close(false);
    if (!load_catalogue(*disk, &catalogue)) return close(false);
    log = std::make_unique<storage::LocalLog>(*disk);
    Partition::Parts parts;
    parts.store = disk.get();
    parts.log = log.get();
    parts.catalogue = &catalogue;
    parts.metrics = &metrics;
    parts.damage = &damage_metrics;
    parts.random = system_random();
    partition = std::make_unique<Partition>(std::move(parts), installation);
    if (!partition->open(now, [](CaseChange&&) {})) return close(false);
    for (int round = 0; round < 2; ++round) {
      (void)disk->purge(Table::kState).is_ok();  // meets the damage, or not
      for (int i = 0; i < 20; ++i) {
        one(act(cases[random() % cases.size()], domain::Note{"其後"}));
        EXPECT_TRUE(turn.status.is_ok()) << turn.status.message();
      }
      one(lodge("during" + std::to_string(random())));
      EXPECT_TRUE(turn.status.is_ok()) << turn.status.message();
      now += 50 * kHourMs;
      for (int slice = 0; slice < 4; ++slice) ask({});
      EXPECT_TRUE(turn.status.is_ok()) << turn.status.message();
    }
    return close(true);
  }

  storage::TemporaryDirectory directory;
  std::unique_ptr<storage::Store> disk;
  DamageMetrics damage_metrics;
  std::vector<CaseId> cases;
  std::map<std::string, int> count;
};

TEST_F(Salvaged, WhateverBytesAreDamagedNoCaseIsMissingUnsaid) {
  const std::uint64_t damages = number_from("CASEWHEEL_DAMAGES", 15);
  const std::uint64_t first = number_from("CASEWHEEL_SEED", 1);
  const TimeMs at_rest = now;
  for (std::uint64_t seed = first; seed < first + damages; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    fs::copy(directory / "data", directory / "damaged");
    const std::string done = damage(directory / "damaged", random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + done);
    fs::copy(directory / "damaged", directory / "served");
    now = at_rest;
    count["served"] += serves(directory / "served", random) ? 1 : 0;
    now = at_rest;

    storage::MemoryStore scratch, made;
    SalvagePool pool(scratch);
    storage::SalvageReport found;
    ASSERT_TRUE(storage::salvage_rows((directory / "damaged").string(),
                                      [&](const storage::SalvagedRow& row) {
                                        return pool.add(row.key, row.value, row.newest);
                                      },
                                      &found)
                    .is_ok());
    ASSERT_TRUE(pool.flush().is_ok());
    RepairReport report;
    const Status status = repair(pool, found.state_is_whole, now, system_random(), made, &report);
    fs::remove_all(directory / "damaged");
    fs::remove_all(directory / "served");
    if (!status) {
      ++count["not repaired"];
      std::printf("  %s: not repaired: %s\n", done.c_str(), status.message().c_str());
      continue;
    }
    ++count["repaired"];
    count["whole"] += report.is_whole() ? 1 : 0;
    count["entries lost"] += static_cast<int>(report.lost_entries);
    VerifyReport proof;
    ASSERT_TRUE(verify(
                    made, [](std::uint64_t, std::uint64_t) { return true; }, &proof)
                    .is_ok());
    EXPECT_TRUE(proof.ok()) << proof.problems.front();
    std::set<std::string> named;
    for (const RepairReport::Line& line : report.cases) named.insert(line.number);
    for (const CaseId id : cases) {
      const std::string number = format_case_number(0, id);
      CaseRecord record;
      const bool there = read_case(made, 0, id, &record).is_ok();
      ++count[!there ? "cases lost" : named.contains(number) ? "cases had in part" : "cases whole"];
      // Nothing remembers what stood at a log's damaged end; that there was something is said.
      EXPECT_TRUE(there || named.contains(number) || found.lost_log_bytes != 0)
          << number << " is missing unsaid";
    }
    ASSERT_FALSE(HasFailure());
  }
  std::printf("  %d damages:", static_cast<int>(damages));
  for (const auto& [what, times] : count) std::printf(" %s %d;", what.c_str(), times);
  std::printf("\n");
}

}  // namespace
}  // namespace casewheel::partition
