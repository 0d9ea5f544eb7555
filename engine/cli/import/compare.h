// Holds the engine's verdict on each imported case against the one its table records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cli/import/plan.h"
#include "engine/cli/session.h"

namespace casewheel::cli {

// How the engine sees the agreed date of a case: kept or not, and for an open case not yet kept
// whether the date has passed. A case without such a date has kept it.
Verdict verdict_of(const v1::Case& view);

struct Disagreement {
  std::uint64_t line = 0;
  std::string request_id;
  std::string case_number;
  bool closed = false;  // in the table
  Verdict recorded = Verdict::kNone;
  Verdict engine = Verdict::kNone;
};

struct Comparison {
  std::uint64_t closed_agree = 0, closed_disagree = 0;
  std::uint64_t open_agree = 0, open_disagree = 0;
  std::uint64_t not_compared = 0;   // no verdict in the table, or no case number from this run
  std::vector<Disagreement> first;  // closed ones before open ones
};

// Reads every case from the engine. `case_numbers` by row of the plan.
grpc::Status compare_with_table(Session& session, const ImportPlan& plan,
                                const std::vector<std::string>& case_numbers, Progress& progress,
                                Comparison* comparison);

}  // namespace casewheel::cli
