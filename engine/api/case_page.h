// One page of a tenant's cases, newest first over all partitions, with bounded work. Reads the store: among
// the scans.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/api/work.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/partition/rows.h"
#include "storage/store.h"

namespace casewheel::api {

struct FoundCase {
  PartitionId partition = 0;
  partition::CaseRecord record;
};

// Where each partition goes on: rows below the number are still to come; 0: from the newest, 1: at its end.
using CasePlaces = std::vector<std::uint64_t>;

struct CasePage {
  std::vector<FoundCase> cases;
  CasePlaces next;               // empty: these were the last
  std::uint32_t unreadable = 0;  // rows, and stretches of rows, that could not be read: passed over
};

struct PageAsk {
  std::uint8_t tenant_number = 0;
  std::uint32_t from_roc_date = 0;  // none lodged before that day
  std::function<bool(const journal::v1::CaseState&)> wanted;
  std::size_t size = 0;
  int rows_max = 0;   // looked at in all
  CasePlaces places;  // empty: from the newest
};

// May hold fewer than `size` and still have a next.
Result<CasePage> read_case_page(const storage::Store& store, std::size_t partitions,
                                const PageAsk& ask, Work& work);

}  // namespace casewheel::api
