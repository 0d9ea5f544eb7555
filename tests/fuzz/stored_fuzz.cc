// Bytes of a data directory that may be damaged: rows and journal entries are decoded or refused in
// words, never a crash; a journal entry is only accepted as the one it is.
#include <google/protobuf/stubs/logging.h>

#include <string>
#include <string_view>

#include "engine/partition/journal.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "tests/fuzz/require.h"

// Protobuf says on stderr what it cannot parse; here that is most of it.
[[maybe_unused]] const auto kQuiet = google::protobuf::SetLogHandler(nullptr);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  partition::CaseRecord record;
  if (partition::decode_case(bytes, &record)) {
    partition::CaseRecord again;
    require(partition::decode_case(partition::encode_case(record), &again));
    require(again.key == record.key);
  }
  partition::Sealer sealer;
  std::string plain;
  require(!sealer.unseal(partition::SealKey{}, 1, bytes, &plain));

  partition::ChainPosition position;
  partition::stored::JournalEntry entry;
  const std::string why = partition::check_entry(bytes, 5, &position, &entry);
  if (why.empty()) {
    require(entry.seq() == 1 && entry.partition() == 5 && entry.format() == partition::kFormat);
    require(position.seq == 1 && position.hash == sha256(bytes));
  } else {
    require(position.seq == 0 && position.hash == Sha256{});
  }

  // Keys: what decodes, encodes to the same bytes.
  if (const auto address = storage::decode_case_key(bytes))
    require(storage::case_key(address->partition, address->id) == bytes);
  if (const auto address = storage::decode_clock_key(bytes))
    require(storage::clock_key(address->partition, address->id) == bytes);
  if (const auto seq = storage::decode_journal_seq(bytes)) require(bytes.size() == 11);
  (void)storage::decode_lookup_key(bytes);
  (void)storage::decode_former_lookup_key(bytes);
  (void)storage::decode_catalogue_key(bytes);
  return 0;
}
