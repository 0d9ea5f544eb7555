// A case's history as pages: every revision is told once, or told as one that cannot be read; those a restore
// skipped were never given and are neither.
#include <gtest/gtest.h>

#include "engine/api/history.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "storage/memory/memory_store.h"

namespace casewheel::api {
namespace {

const CaseAddress kAddress{0, CaseId::make(21, 1150529, 7)};

class ReadHistory : public testing::Test {
 protected:
  // An entry of the journal with that case's events of these revisions.
  void enter(std::uint64_t seq, std::vector<std::uint32_t> revisions) {
    stored::JournalEntry entry;
    entry.set_now_ms(static_cast<std::int64_t>(seq) * kMinuteMs);
    for (const std::uint32_t revision : revisions) {
      stored::Event& event = *entry.add_events();
      event.set_case_id(kAddress.id.value);
      event.set_revision(revision);
      event.mutable_note_added();
      record_.state.set_revision(revision);
    }
    storage::Batch batch;
    batch.put(storage::Table::kJournal, storage::journal_key(0, seq), partition::encode(entry));
    ASSERT_TRUE(store_.write(batch).is_ok());
    record_.state.add_journal_seqs(seq);
  }
  void damage(std::uint64_t seq) {
    storage::Batch batch;
    batch.put(storage::Table::kJournal, storage::journal_key(0, seq), "no entry");
    ASSERT_TRUE(store_.write(batch).is_ok());
  }
  // The whole history, by pages of that many lines: revisions, and what is lost as "from-to".
  std::vector<std::string> told(int most) {
    std::vector<std::string> all;
    std::uint32_t after = 0;
    for (int pages = 0; pages < 100; ++pages) {
      google::protobuf::RepeatedPtrField<v1::HistoryEntry> lines;
      const Result<std::uint32_t> next =
          read_history(log_, kAddress, record_, after, most, Shown::kMasked, &lines);
      EXPECT_TRUE(next.has_value());
      EXPECT_LE(lines.size(), most);
      for (const v1::HistoryEntry& line : lines)
        all.push_back(line.event() == kLostEvent ? line.changes(0).value()
                                                 : std::to_string(line.revision()));
      if (!next || *next == 0) return all;
      EXPECT_GT(*next, after);
      after = *next;
    }
    ADD_FAILURE() << "pages without an end";
    return all;
  }

  storage::MemoryStore store_;
  storage::LocalLog log_{store_};
  partition::CaseRecord record_;
};

TEST_F(ReadHistory, ARestoreLeapsAndDamageIsTold) {
  enter(1, {1, 2, 3});
  const std::uint32_t leapt = 1'000'004;  // as a restore has it
  enter(2, {leapt, leapt + 1});
  enter(3, {leapt + 2});
  enter(4, {leapt + 3, leapt + 4});
  const auto name = [&](std::uint32_t behind) { return std::to_string(leapt + behind); };
  std::vector<std::string> expected = {"1", "2", "3", name(0), name(1), name(2), name(3), name(4)};
  for (const int most : {1, 2, 3, 4, 5, 7, 8, 9}) EXPECT_EQ(told(most), expected) << most;
  damage(3);
  expected[5] = name(2);
  for (const int most : {1, 2, 3, 4, 5, 7, 8, 9}) EXPECT_EQ(told(most), expected) << most;
  damage(2);
  expected = {"1", "2", "3", "4-" + name(2), name(3), name(4)};
  for (const int most : {1, 2, 3, 4, 5, 7, 8, 9}) EXPECT_EQ(told(most), expected) << most;
  damage(4);
  expected = {"1", "2", "3", "4-" + name(4)};
  for (const int most : {1, 2, 3, 4, 5}) EXPECT_EQ(told(most), expected) << most;
}

}  // namespace
}  // namespace casewheel::api
