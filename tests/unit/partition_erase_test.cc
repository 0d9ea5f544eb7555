// Erasing a person: what was sealed cannot be opened again, nothing leads to her, and everything else
// stays; in the files of a real store too.
#include <gmock/gmock.h>

#include "tests/unit/partition_fixture.h"
#include "tests/unit/storage_directory.h"

namespace casewheel::partition {
namespace {

using storage::Table;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Erase : public PartitionTest {
 protected:
  CaseRecord record_of(CaseId id) const {
    CaseRecord record;
    EXPECT_TRUE(read_case(*served, 0, id, &record));
    return record;
  }
  // What the journal seals of the case, by revision.
  std::vector<std::pair<std::uint32_t, std::string>> sealed_of(CaseId id) const {
    std::vector<std::pair<std::uint32_t, std::string>> sealed;
    const std::string prefix = storage::kind_prefix(storage::RowKind::kJournal, 0);
    EXPECT_TRUE(served->scan(Table::kJournal, prefix, storage::prefix_end(prefix),
                             [&](std::string_view, std::string_view bytes) {
                               stored::JournalEntry entry;
                               EXPECT_TRUE(entry.ParseFromString(std::string(bytes)));
                               for (const stored::Event& event : entry.events()) {
                                 if (event.case_id() == id.value && !event.sealed().empty())
                                   sealed.emplace_back(event.revision(), event.sealed());
                               }
                               return true;
                             }));
    return sealed;
  }
  // How many of them the case's key opens.
  int opened(CaseId id) const {
    Sealer sealer;
    const CaseRecord record = record_of(id);
    int count = 0;
    for (const auto& [revision, sealed] : sealed_of(id)) {
      std::string plain;
      count += sealer.unseal(record.key, revision, sealed, &plain) ? 1 : 0;
    }
    return count;
  }
  std::size_t lookups() const {
    std::size_t count = 0;
    const std::string prefix = storage::kind_prefix(storage::RowKind::kLookup, 0);
    EXPECT_TRUE(served->scan(Table::kState, prefix, storage::prefix_end(prefix),
                             [&](std::string_view, std::string_view) {
                               ++count;
                               return true;
                             }));
    return count;
  }
  CaseId ended(const std::string& key) {
    const CaseId id = id_of(one(lodge(key, "lease")));
    EXPECT_FALSE(one(act(id, domain::Note{"0987-654-321 是其配偶電話"})).rejection);
    EXPECT_FALSE(one(act(id, domain::Close{stored::RESOLVED, "已辦結", 0})).rejection);
    return id;
  }
  Answer erase(CaseId id, bool open_too = false) {
    return one(act(id, domain::Erase{stored::AT_PERSONS_WISH, open_too}));
  }
  VerifyReport proof() const {
    VerifyReport report;
    EXPECT_TRUE(verify(
        *served, [](auto, auto) { return true; }, &report));
    EXPECT_THAT(report.problems, IsEmpty());
    return report;
  }
};

TEST_F(Erase, TakesTheKeyAndWhatLedToThePerson) {
  const CaseId id = ended("a");
  const CaseId other = ended("b");
  ASSERT_EQ(opened(id), 3);
  ASSERT_EQ(lookups(), 2u);
  const stored::CaseState before = record_of(id).state;
  now += kDayMs;
  ASSERT_FALSE(erase(id).rejection);

  EXPECT_EQ(opened(id), 0);
  EXPECT_EQ(opened(other), 3);
  EXPECT_EQ(lookups(), 1u);
  stored::CaseState after = record_of(id).state;
  EXPECT_TRUE(after.sealed().empty());
  EXPECT_EQ(after.erased_ms(), now);
  EXPECT_EQ(after.erased_revision(), after.revision());
  EXPECT_EQ(after.status(), before.status());
  EXPECT_EQ(after.clocks_size(), before.clocks_size());
  EXPECT_EQ(after.outcome(), before.outcome());
  EXPECT_EQ(proof().erased_cases, 1u);
  start();  // and so it is after a start
  EXPECT_EQ(opened(id), 0);
}

TEST_F(Erase, TwiceChangesNothing) {
  const CaseId id = ended("a");
  ASSERT_FALSE(erase(id).rejection);
  const stored::CaseState once = record_of(id).state;
  const Answer again = erase(id);
  EXPECT_FALSE(again.rejection);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(encode(record_of(id).state), encode(once));
}

TEST_F(Erase, WhatComesLaterIsSealedAnewAndCanBeErasedToo) {
  const CaseId id = ended("a");
  ASSERT_FALSE(erase(id).rejection);
  ASSERT_FALSE(one(act(id, domain::Note{"當事人來電"})).rejection);
  EXPECT_EQ(opened(id), 1);
  EXPECT_EQ(proof().erased_cases, 1u);
  ASSERT_FALSE(erase(id).rejection);
  EXPECT_EQ(opened(id), 0);
  EXPECT_EQ(proof().erased_cases, 1u);
}

TEST_F(Erase, AnOpenCaseOnlyWhenSaid) {
  const CaseId id = id_of(one(lodge("a")));
  const Answer refused = erase(id);
  ASSERT_TRUE(refused.rejection);
  EXPECT_EQ(refused.rejection->code, RejectionCode::kWrongState);
  EXPECT_EQ(opened(id), 1);
  const TimeMs armed = partition->armed_at(id);
  ASSERT_FALSE(erase(id, true).rejection);
  EXPECT_EQ(opened(id), 0);
  EXPECT_EQ(partition->armed_at(id), armed);  // its deadline stands
  proof();
}

TEST_F(Erase, LodgedAndErasedInOneBatch) {
  const CaseId id = ended("a");
  ask({act(id, domain::Note{"一"}), act(id, domain::Erase{stored::RETENTION_ENDED}),
       act(id, domain::Note{"二"})});
  EXPECT_EQ(opened(id), 1);
  proof();
}

TEST_F(Erase, AKeyThatStillOpensIsFound) {
  const CaseId id = ended("a");
  const CaseRecord before = record_of(id);
  ASSERT_FALSE(erase(id).rejection);
  CaseRecord kept = record_of(id);
  kept.key = before.key;
  storage::Batch batch;
  write_case(&batch, 0, kept, nullptr);
  ASSERT_TRUE(store.write(batch));
  EXPECT_THAT(verified().problems, SizeIs(1));
}

// The same on disk, where old rows lie about until they are purged.
class EraseOnDisk : public Erase {
 protected:
  EraseOnDisk() {
    partition.reset();
    served = disk.get();
    catalogue.set(catalogue::Registry::of({}, {}));
    start();
    apply_tenant();
  }
  ~EraseOnDisk() override { partition.reset(); }
  std::vector<std::string> files_with(std::string_view bytes) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory / "data")) {
      if (entry.is_regular_file() &&
          storage::read_bytes(entry.path()).find(bytes) != std::string::npos)
        names.push_back(entry.path().filename().string());
    }
    return names;
  }

  storage::TemporaryDirectory directory;
  std::unique_ptr<storage::Store> disk = storage::open_or_fail(directory / "data");
};

TEST_F(EraseOnDisk, TheKeyIsInNoFileAndNeitherIsThePerson) {
  const CaseId id = ended("a");
  const CaseId other = ended("b");
  const auto bytes = [](const SealKey& key) {
    return std::string(reinterpret_cast<const char*>(key.data()), key.size());
  };
  const std::string key = bytes(record_of(id).key);
  const std::string others = bytes(record_of(other).key);
  ASSERT_TRUE(disk->purge(Table::kState));  // sunk to the bottom, as in a store of some age
  ASSERT_THAT(files_with(key), Not(IsEmpty()));
  ASSERT_FALSE(erase(id).rejection);
  ASSERT_THAT(files_with(key), Not(IsEmpty()));
  ASSERT_TRUE(disk->purge(Table::kState));
  EXPECT_THAT(files_with(key), IsEmpty());
  EXPECT_THAT(files_with(others), Not(IsEmpty()));
  for (const char* plain : {"0912345678", "0912-345-678", "0987-654-321", "主旨"})
    EXPECT_THAT(files_with(plain), IsEmpty()) << plain;
  EXPECT_EQ(proof().erased_cases, 1u);
}

}  // namespace
}  // namespace casewheel::partition
