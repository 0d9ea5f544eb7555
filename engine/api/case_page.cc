#include "engine/api/case_page.h"

#include <algorithm>
#include <optional>

#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

// One partition on its way through the page.
struct Lane {
  std::uint64_t looked = 0;  // how far: rows below it are still to come
  bool exhausted = true;
};

std::uint64_t order_of(const FoundCase& row) { return row.record.state.case_id(); }

// The next rows of a partition, newest first, below lane->looked, which moves past what was looked at.
Status take_rows(const storage::Snapshot& snapshot, PartitionId id, const PageAsk& ask, int budget,
                 Lane* lane, std::vector<FoundCase>* found, std::uint32_t* unread, Work& work) {
  const CaseId oldest = CaseId::make(ask.tenant_number, ask.from_roc_date, 0);
  const storage::KeyRange range = storage::within(
      storage::case_tenant_prefix(id, ask.tenant_number), storage::case_key(id, oldest),
      lane->looked == 0 ? "" : storage::case_key(id, CaseId{lane->looked}));
  if (range.empty()) return {};
  std::size_t taken = 0;
  storage::PassedOver passed;
  Status status = storage::scan_readable_reverse(
      snapshot, storage::Table::kState, range.begin, range.end,
      [&](std::string_view key, std::string_view value) {
        if (taken == ask.size || budget-- == 0) {
          lane->exhausted = false;
          return false;
        }
        work.look_at(1);
        FoundCase row{id, {}};
        const std::optional<CaseAddress> address = storage::decode_case_key(key);
        if (address) lane->looked = address->id.value;
        if (!address || !partition::decode_case(value, address->id, &row.record)) {
          ++*unread;
          return true;
        }
        if (ask.wanted(row.record.state)) {
          found->push_back(std::move(row));
          ++taken;
        }
        return true;
      },
      &passed);
  *unread += static_cast<std::uint32_t>(passed.stretches.size());
  return status;
}

}  // namespace

Result<CasePage> read_case_page(const storage::Store& store, std::size_t partitions,
                                const PageAsk& ask, Work& work) {
  const auto snapshot = store.snapshot();
  CasePage page;
  std::vector<FoundCase> found;
  std::vector<Lane> lanes(partitions);
  const int budget = ask.rows_max / static_cast<int>(partitions) + 1;
  // Newest first over all partitions; a row is given out only when no partition may still hold a newer
  // one it has not looked at.
  std::uint64_t barrier = 0;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (!ask.places.empty()) lanes[i].looked = ask.places[i];
    if (lanes[i].looked == 1) continue;
    const Status status = take_rows(*snapshot, static_cast<PartitionId>(i), ask, budget, &lanes[i],
                                    &found, &page.unreadable, work);
    if (!status) return unreadable(status);
    if (!lanes[i].exhausted) barrier = std::max(barrier, lanes[i].looked);
  }
  std::sort(found.begin(), found.end(), [](const FoundCase& a, const FoundCase& b) {
    return order_of(a) != order_of(b) ? order_of(a) > order_of(b) : a.partition < b.partition;
  });
  CasePlaces next;
  for (const Lane& lane : lanes) next.push_back(lane.exhausted ? 1 : lane.looked);
  bool more = barrier != 0;
  // What was found but not given out is looked at again: resume just above it.
  std::vector<bool> held(lanes.size(), false);
  for (FoundCase& row : found) {
    if (page.cases.size() < ask.size && order_of(row) >= barrier) {
      page.cases.push_back(std::move(row));
    } else if (!held[row.partition]) {
      held[row.partition] = true;
      next[row.partition] = order_of(row) + 1;
      more = true;
    }
  }
  if (more) page.next = std::move(next);
  return page;
}

}  // namespace casewheel::api
