// The hash chain: an entry continues exactly one other, and any change is seen.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/partition/journal.h"
#include "engine/partition/rows.h"

namespace casewheel::partition {
namespace {

std::vector<std::string> chain(int length, PartitionId partition = 2) {
  std::vector<std::string> entries;
  ChainPosition position;
  position.epoch = 1;
  for (int i = 0; i < length; ++i) {
    stored::JournalEntry entry;
    entry.set_now_ms(1000 + i);
    entry.add_events()->mutable_engine_started()->set_last_now_ms(i);
    entries.push_back(seal_entry(&entry, partition, &position));
  }
  return entries;
}

// The first complaint about the entries, empty when they are a chain.
std::string complaint(const std::vector<std::string>& entries, PartitionId partition = 2) {
  ChainPosition position;
  stored::JournalEntry entry;
  for (const std::string& bytes : entries) {
    if (std::string wrong = check_entry(bytes, partition, &position, &entry); !wrong.empty())
      return wrong;
  }
  return {};
}

TEST(Journal, AChainHolds) {
  EXPECT_EQ(complaint(chain(5)), "");
  ChainPosition sealed;
  stored::JournalEntry entry;
  seal_entry(&entry, 0, &sealed);
  EXPECT_EQ(sealed.seq, 1u);
  EXPECT_EQ(entry.prev_hash(), std::string(32, '\0'));
}

TEST(Journal, AnEntryLeftOutIsSeen) {
  auto entries = chain(5);
  entries.erase(entries.begin() + 2);
  EXPECT_EQ(complaint(entries), "journal of partition 2, entry 3: found entry 4 in its place");
}

TEST(Journal, EntriesInAnotherOrderAreSeen) {
  auto entries = chain(5);
  std::swap(entries[2], entries[3]);
  EXPECT_NE(complaint(entries), "");
}

TEST(Journal, AnEntryOfAnotherPartitionIsSeen) { EXPECT_NE(complaint(chain(2, 3)), ""); }

TEST(Journal, AnyChangedByteIsSeenByTheNextEntry) {
  const auto entries = chain(3);
  for (std::size_t at = 0; at < entries[1].size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = entries;
      changed[1][at] = static_cast<char>(changed[1][at] ^ (1 << bit));
      EXPECT_NE(complaint(changed), "") << at;
    }
  }
}

TEST(Journal, TheEpochDoesNotGoBack) {
  ChainPosition position;
  position.epoch = 5;
  stored::JournalEntry entry;
  std::vector<std::string> entries{seal_entry(&entry, 2, &position)};
  position.epoch = 4;
  entries.push_back(seal_entry(&entry, 2, &position));
  EXPECT_EQ(complaint(entries), "journal of partition 2, entry 2: epoch went back");
}

}  // namespace
}  // namespace casewheel::partition
