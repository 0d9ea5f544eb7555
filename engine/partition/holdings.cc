#include "engine/partition/holdings.h"

#include <algorithm>

#include "storage/keys.h"

namespace casewheel::partition {

using storage::Table;

void write_holdings(storage::Batch* batch, PartitionId partition, const stored::CaseState& before,
                    const stored::Event& event, std::vector<std::string>* let_go) {
  const auto& held = before.attachments();
  const CaseId id{event.case_id()};
  const auto forget = [&](const std::string& blob) {
    batch->erase(Table::kState, storage::holding_key(partition, blob, id));
    let_go->push_back(blob);
  };
  if (event.has_attachment_added()) {
    batch->put(Table::kState, storage::holding_key(partition, event.attachment_added().blob(), id),
               "");
  } else if (event.has_attachment_removed()) {
    const std::uint32_t number = event.attachment_removed().attachment();
    const auto gone = std::find_if(held.begin(), held.end(), [number](const auto& attachment) {
      return attachment.attachment() == number;
    });
    if (gone == held.end()) return;
    const bool once = std::none_of(held.begin(), held.end(), [&](const auto& attachment) {
      return attachment.attachment() != number && attachment.blob() == gone->blob();
    });
    if (once) forget(gone->blob());
  } else if (event.has_case_erased()) {
    for (const stored::AttachmentState& attachment : held) forget(attachment.blob());
  }
}

Status find_holder(const storage::Store& store, PartitionId partitions, std::string_view blob) {
  for (PartitionId id = 0; id < partitions; ++id) {
    bool found = false;
    const std::string prefix = storage::holding_prefix(id, blob);
    const Status status = store.scan(Table::kState, prefix, storage::prefix_end(prefix),
                                     [&](std::string_view, std::string_view) {
                                       found = true;
                                       return false;
                                     });
    if (!status || found) return status;
  }
  return {Status::Code::kNotFound, "no case holds the file"};
}

Status visit_held(const storage::Store& store, PartitionId partitions,
                  const std::function<void(std::string_view blob)>& visit) {
  for (PartitionId id = 0; id < partitions; ++id) {
    const std::string prefix = storage::kind_prefix(storage::RowKind::kHolding, id);
    Status bad;
    const Status status =
        store.scan(Table::kState, prefix, storage::prefix_end(prefix),
                   [&](std::string_view key, std::string_view) {
                     const auto blob = storage::decode_holding_blob(key);
                     if (blob) visit(*blob);
                     if (!blob)
                       bad = {Status::Code::kCorruption, "a holding row cannot be decoded"};
                     return blob.has_value();
                   });
    if (!status) return status;
    if (!bad) return bad;
  }
  return {};
}

}  // namespace casewheel::partition
