#include "engine/api/case_page.h"

#include <algorithm>
#include <optional>

#include "engine/api/page_token.h"
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
                 Lane* lane, std::vector<FoundCase>* found, std::uint32_t* unreadable) {
  const CaseId oldest = CaseId::make(ask.tenant_number, ask.from_roc_date, 0);
  const std::string begin = storage::case_key(id, oldest);
  const std::string end =
      lane->looked == 0 ? storage::prefix_end(storage::case_tenant_prefix(id, ask.tenant_number))
                        : storage::case_key(id, CaseId{lane->looked});
  if (begin >= end) return {};
  std::size_t taken = 0;
  storage::PassedOver passed;
  Status status = storage::scan_readable_reverse(
      snapshot, storage::Table::kState, begin, end,
      [&](std::string_view key, std::string_view value) {
        if (taken == ask.size || budget-- == 0) {
          lane->exhausted = false;
          return false;
        }
        FoundCase row{id, {}};
        const std::optional<CaseAddress> address = storage::decode_case_key(key);
        if (!address || !partition::decode_case(value, address->id, &row.record)) {
          ++*unreadable;
          return true;
        }
        lane->looked = address->id.value;
        if (ask.wanted(row.record.state)) {
          found->push_back(std::move(row));
          ++taken;
        }
        return true;
      },
      &passed);
  *unreadable += static_cast<std::uint32_t>(passed.stretches.size());
  return status;
}

}  // namespace

// A position a partition: rows below it are still to come; 0 from the start, 1 at the end.
Result<std::vector<std::uint64_t>> positions_of(const std::string& token, std::size_t partitions) {
  std::vector<std::uint64_t> positions;
  if (token.empty()) {
    positions.assign(partitions, 0);
  } else if (!parse_token(token, partitions, &positions)) {
    return bad_token();
  }
  return positions;
}

Result<CasePage> read_case_page(const storage::Store& store, const PageAsk& ask) {
  const auto snapshot = store.snapshot();
  const std::vector<std::uint64_t>& positions = ask.positions;
  CasePage page;
  std::vector<FoundCase> found;
  std::vector<Lane> lanes(positions.size());
  const int budget = ask.rows_max / static_cast<int>(positions.size()) + 1;
  // Newest first over all partitions; a row is given out only when no partition may still hold a newer
  // one it has not looked at.
  std::uint64_t barrier = 0;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    lanes[i].looked = positions[i];
    if (positions[i] == 1) continue;
    const Status status = take_rows(*snapshot, static_cast<PartitionId>(i), ask, budget, &lanes[i],
                                    &found, &page.unreadable);
    if (!status) return unreadable(status);
    if (!lanes[i].exhausted) barrier = std::max(barrier, lanes[i].looked);
  }
  std::sort(found.begin(), found.end(), [](const FoundCase& a, const FoundCase& b) {
    return order_of(a) != order_of(b) ? order_of(a) > order_of(b) : a.partition < b.partition;
  });
  std::vector<std::uint64_t> next;
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
  if (more) page.next_token = make_token(next);
  return page;
}

}  // namespace casewheel::api
