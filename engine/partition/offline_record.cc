#include "engine/partition/offline_record.h"

#include <algorithm>
#include <utility>

#include "engine/partition/installation.h"
#include "engine/partition/journal.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "storage/log.h"

namespace casewheel::partition {
namespace {

constexpr PartitionId kPartition = 0;

}  // namespace

Status record_offline(storage::Store& store, std::vector<stored::Event> events) {
  storage::Batch rows;
  ChainPosition chain;
  if (Status status = count_start(store, &rows, &chain.epoch); !status) return status;
  stored::PartitionHead head;
  if (Status status = read_head(*store.snapshot(), kPartition, &head); !status) return status;
  if (head.seq() == 0 || head.hash().size() != chain.hash.size())
    return {Status::Code::kInvalid, "no engine has ever served this directory"};
  chain.seq = head.seq();
  std::copy(head.hash().begin(), head.hash().end(), chain.hash.begin());
  stored::JournalEntry entry;
  for (stored::Event& event : events) {
    apply_to_head(&head, event);
    const EventPlace at{chain.seq + 1, static_cast<std::uint32_t>(entry.events_size()),
                        head.now_ms()};
    write_event_rows(&rows, kPartition, at, event);
    *entry.add_events() = std::move(event);
  }
  entry.set_now_ms(head.now_ms());
  const std::string bytes = seal_entry(&entry, kPartition, &chain);
  head.set_epoch(chain.epoch);
  head.set_seq(chain.seq);
  head.set_hash(std::string(bytes_of(chain.hash)));
  rows.put(storage::Table::kState, storage::head_key(kPartition), encode(head));
  storage::LocalLog log(store);
  const storage::AppendResult appended = log.append(kPartition, chain.seq, bytes, std::move(rows));
  if (appended.outcome == storage::AppendOutcome::kOk) return {};
  return {Status::Code::kUnknown,
          "the journal's entry " + std::to_string(chain.seq) + ": " + appended.message};
}

}  // namespace casewheel::partition
