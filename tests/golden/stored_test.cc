// Pins the bytes of every stored message, what apply() makes of every event, the journal's hash
// chain and the row keys: they are on disks in the field.
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/base/digest.h"
#include "engine/domain/apply.h"
#include "engine/partition/journal.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "tests/golden/examples.h"
#include "tests/golden/golden.h"

namespace casewheel::golden {
namespace {

template <typename Message>
Message parsed(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  return message;
}

Section section_of(const std::string& name, const google::protobuf::Message& message) {
  Section section{name, text_lines(message)};
  for (std::string& line : hex_lines(partition::encode(message)))
    section.lines.push_back(std::move(line));
  return section;
}

// The bytes in the golden file are read by today's code: when all fields are still known and give the
// same bytes, something was only added.
template <typename Message>
std::string stored_verdict(const Section& before, const Section&) {
  const std::string bytes = bytes_of_hex(before.lines);
  Message message;
  const bool reads = message.ParseFromString(bytes) && message.SerializeAsString() == bytes;
  Section again{before.name, text_lines(message)};
  for (std::string& line : hex_lines(bytes)) again.lines.push_back(std::move(line));
  if (reads && again == before) {
    return std::string("A field was added; stored rows still mean the same. Pin it: ") +
           kHowToUpdate;
  }
  return "STORED FORMAT BROKEN: bytes that are on disks no longer mean what they meant. A changed "
         "meaning is a new message "
         "or field with a new number; do not update the golden file";
}

std::string never(const Section&, const Section&) {
  return "This is frozen: what is stored would be read differently. A changed meaning is a new "
         "event with its own apply; do not "
         "update the golden file";
}

TEST(GoldenStored, Events) {
  std::vector<Section> sections;
  for (const NamedEvent& named : example_events())
    sections.push_back(section_of(named.name, named.event));
  compare("events.txt", "One example of every journal event: its fields, and the bytes as stored.",
          sections, stored_verdict<stored::Event>);
  if (update) return;
  for (const Section& section : read("events.txt")) {
    const auto event = parsed<stored::Event>(bytes_of_hex(section.lines));
    EXPECT_TRUE(event.GetReflection()->GetUnknownFields(event).empty()) << section.name;
  }
}

template <typename Message>
void rows(const std::string& file) {
  Message message;
  fill(&message);
  compare(file, "An example of this row: its fields, and the bytes as stored.",
          {section_of(Message::descriptor()->name(), message)}, stored_verdict<Message>);
}

TEST(GoldenStored, CaseState) { rows<stored::CaseState>("row_case_state.txt"); }
TEST(GoldenStored, ClockRow) { rows<stored::ClockRow>("row_clock.txt"); }
TEST(GoldenStored, DedupeRow) { rows<stored::DedupeRow>("row_dedupe.txt"); }
TEST(GoldenStored, CursorRow) { rows<stored::CursorRow>("row_cursor.txt"); }
TEST(GoldenStored, RequestRow) { rows<stored::RequestRow>("row_request.txt"); }
TEST(GoldenStored, MergeRow) { rows<stored::MergeRow>("row_merge.txt"); }
TEST(GoldenStored, PartitionHead) { rows<stored::PartitionHead>("row_head.txt"); }
TEST(GoldenStored, Installation) { rows<stored::Installation>("row_installation.txt"); }
TEST(GoldenStored, StartRecord) { rows<stored::StartRecord>("row_start.txt"); }
TEST(GoldenStored, Catalogue) { rows<stored::Catalogue>("row_catalogue.txt"); }
TEST(GoldenStored, Call) { rows<stored::Call>("row_call.txt"); }
TEST(GoldenStored, CallParty) { rows<stored::CallParty>("call_party.txt"); }
TEST(GoldenStored, PersonalData) { rows<stored::PersonalData>("personal_data.txt"); }

// What became of the example: the lines that differ for people, the bytes for the machine.
Section change_of(const std::string& name, const stored::CaseState& before,
                  const stored::CaseState& after) {
  const std::vector<std::string> was = text_lines(before);
  const std::vector<std::string> is = text_lines(after);
  Section section{name, {}};
  const std::multiset<std::string> old_lines(was.begin(), was.end());
  const std::multiset<std::string> new_lines(is.begin(), is.end());
  for (const std::string& line : was) {
    if (new_lines.count(line) < old_lines.count(line)) section.lines.push_back("-" + line);
  }
  for (const std::string& line : is) {
    if (old_lines.count(line) < new_lines.count(line)) section.lines.push_back("+" + line);
  }
  for (std::string& line : hex_lines(partition::encode(after)))
    section.lines.push_back(std::move(line));
  return section;
}

// Events are taken from the golden file, not made: a field added today says nothing about the events
// of yesterday.
TEST(GoldenApply, EveryEventMakesTheSameState) {
  std::vector<Section> sections;
  std::vector<Section> stored_events = read("events.txt");
  ASSERT_FALSE(stored_events.empty()) << kHowToUpdate;
  sections.push_back(section_of("before", example_case()));
  if (!update) {
    const std::vector<Section> golden = read("apply.txt");
    ASSERT_FALSE(golden.empty()) << kHowToUpdate;
    sections[0] = golden[0];
  }
  const auto before = parsed<stored::CaseState>(bytes_of_hex(sections[0].lines));
  for (const Section& section : stored_events) {
    const auto event = parsed<stored::Event>(bytes_of_hex(section.lines));
    if (event.case_id() == 0) continue;
    stored::CaseState state = event.has_case_lodged() ? stored::CaseState() : before;
    domain::apply(state, event, 77, 1'770'000'123'456);
    EXPECT_NE(state.SerializeAsString(), before.SerializeAsString()) << section.name;
    sections.push_back(change_of(section.name, before, state));
  }
  compare("apply.txt",
          "What apply() makes of the state [before] by every event of events.txt, at sequence 77.",
          sections, never);
}

TEST(GoldenApply, HeadAndRowsOfEveryEvent) {
  std::vector<Section> sections;
  for (const Section& section : read("events.txt")) {
    const auto event = parsed<stored::Event>(bytes_of_hex(section.lines));
    stored::PartitionHead head;
    partition::apply_to_head(&head, event);
    Section after{section.name, text_lines(head)};
    storage::Batch batch;
    partition::write_event_rows(&batch, 5, {77, 3, 1'770'000'123'456}, event);
    for (const auto& change : batch.changes()) {
      after.lines.push_back("row " + hex(change.key));
      for (std::string& line : hex_lines(change.value)) after.lines.push_back(std::move(line));
    }
    sections.push_back(std::move(after));
  }
  compare("head_and_rows.txt",
          "What every event of events.txt adds to an empty head, and the rows it writes in "
          "partition 5.",
          sections, never);
}

TEST(GoldenJournal, TheHashChainIsTheSame) {
  partition::ChainPosition position;
  position.epoch = 2;
  std::vector<Section> sections;
  const std::vector<Section> stored_events = read("events.txt");
  ASSERT_GT(stored_events.size(), 9u);
  for (int n = 0; n < 3; ++n) {
    stored::JournalEntry entry;
    entry.set_now_ms(1'770'000'000'000 + n);
    for (std::size_t i = 0; i < 2; ++i) {
      *entry.add_events() = parsed<stored::Event>(
          bytes_of_hex(stored_events[static_cast<std::size_t>(n) * 2 + i].lines));
    }
    const std::string bytes = partition::seal_entry(&entry, 5, &position);
    Section section{"entry " + std::to_string(n + 1), {"hash " + hex(bytes_of(position.hash))}};
    for (std::string& line : hex_lines(bytes)) section.lines.push_back(std::move(line));
    sections.push_back(std::move(section));
  }
  compare("journal.txt",
          "Three journal entries of partition 5, epoch 2: their SHA-256 and their bytes.", sections,
          never);
}

TEST(GoldenJournal, TheStoredChainIsAcceptedAndOneChangedBitIsNot) {
  const std::vector<Section> entries = read("journal.txt");
  ASSERT_EQ(entries.size(), 3u) << kHowToUpdate;
  partition::ChainPosition position;
  std::vector<partition::ChainPosition> before;
  stored::JournalEntry entry;
  for (const Section& section : entries) {
    before.push_back(position);
    ASSERT_EQ(partition::check_entry(bytes_of_hex(section.lines), 5, &position, &entry), "")
        << section.name;
    EXPECT_EQ("hash " + hex(bytes_of(position.hash)), section.lines[0]);
  }
  EXPECT_EQ(position.seq, 3u);
  const google::protobuf::LogSilencer quiet;  // what cannot be parsed is the point
  const std::string second = bytes_of_hex(entries[1].lines);
  const std::string third = bytes_of_hex(entries[2].lines);
  for (std::size_t bit = 0; bit < second.size() * 8; bit += 5) {
    std::string changed = second;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    partition::ChainPosition after = before[1];
    if (!partition::check_entry(changed, 5, &after, &entry).empty()) continue;
    EXPECT_NE(partition::check_entry(third, 5, &after, &entry), "")
        << "bit " << bit << " of entry 2 can be changed unseen";
  }
  partition::ChainPosition skipped = before[1];
  EXPECT_NE(partition::check_entry(third, 5, &skipped, &entry), "")
      << "entry 2 can be left out unseen";
  partition::ChainPosition elsewhere = before[1];
  EXPECT_NE(partition::check_entry(second, 6, &elsewhere, &entry), "")
      << "an entry can move to another partition";
}

TEST(GoldenKeys, AreTheSame) {
  const PartitionId partition = 0x0103;
  const CaseId id = CaseId::make(31, 1150202, 70000);
  storage::Digest16 digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(0xa0 + i);
  const std::vector<Section> sections = {
      {"keys of partition 259, case " + format_case_number(3, id),
       {
           "meta installation  " + hex(storage::meta_key("installation")),
           "meta start         " + hex(storage::meta_key("start")),
           "head               " + hex(storage::head_key(partition)),
           "case               " + hex(storage::case_key(partition, id)),
           "cases of tenant 31 " + hex(storage::case_tenant_prefix(partition, 31)),
           "clock              " + hex(storage::clock_key(partition, id)),
           "dedupe             " + hex(storage::dedupe_key(partition, digest)),
           "look-ups           " + hex(storage::lookup_prefix(partition, digest)),
           "look-up            " + hex(storage::lookup_key(partition, digest, id)),
           "former look-ups    " + hex(storage::former_lookup_prefix(partition, digest)),
           "former look-up     " + hex(storage::former_lookup_key(partition, digest, id)),
           "cursor             " + hex(storage::cursor_key(partition, 31, "feed")),
           "request            " +
               hex(storage::request_key(partition, 2926, id, 0x0102030405060708)),
           "merge              " + hex(storage::merge_key(partition, id, {7, id})),
           "catalogue          " + hex(storage::catalogue_key(partition, 31, 2)),
           "holding            " +
               hex(storage::holding_key(partition, std::string(32, '\xb1'), id)),
           "journal            " + hex(storage::journal_key(partition, 9)),
           "call               " + hex(storage::call_key(partition, {31, 1770000000000, digest})),
           "calls of tenant 31 " + hex(storage::call_tenant_prefix(partition, 31)),
           "calls from then on " + hex(storage::call_start(partition, 31, 1770000000000)),
           "call place         " + hex(storage::call_place_key(partition, digest)) + " -> " +
               hex(storage::call_place_value({31, 1770000000000, digest})),
           "calls of a person  " + hex(storage::call_lookup_prefix(partition, digest)),
           "call look-up       " + hex(storage::call_lookup_key(partition, digest, digest)),
           "unsettled call     " + hex(storage::unsettled_call_key(partition, digest)),
           "session use        " + hex(storage::session_use_key(partition, digest)),
       }}};
  compare("keys.txt", "The bytes of every row key.", sections, never);
}

}  // namespace
}  // namespace casewheel::golden
