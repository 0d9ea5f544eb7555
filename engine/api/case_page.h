// One page of a tenant's cases, newest first over all partitions, with bounded work. Reads the store: on
// services.readers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/partition/rows.h"
#include "storage/store.h"

namespace casewheel::api {

struct FoundCase {
  PartitionId partition = 0;
  partition::CaseRecord record;
};

struct CasePage {
  std::vector<FoundCase> cases;
  std::string next_token;        // empty: these were the last
  std::uint32_t unreadable = 0;  // rows, and stretches of rows, that could not be read: passed over
};

struct PageAsk {
  std::uint8_t tenant_number = 0;
  std::uint32_t from_roc_date = 0;  // none lodged before that day
  std::function<bool(const journal::v1::CaseState&)> wanted;
  std::size_t size = 0;
  int rows_max = 0;                      // looked at in all
  std::vector<std::uint64_t> positions;  // see positions_of
};

// Where each partition goes on, by the token of the page before; empty: from the newest.
Result<std::vector<std::uint64_t>> positions_of(const std::string& token, std::size_t partitions);

// May hold fewer than `size` and still have a next_token.
Result<CasePage> read_case_page(const storage::Store& store, const PageAsk& ask);

}  // namespace casewheel::api
