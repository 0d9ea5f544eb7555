// A table as a plan: every row's lodging, reply and closing, sorted by their instants, each with a
// position that is the same whenever the same file is planned with the same map. The whole plan is
// in memory.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "casewheel/v1/intake.pb.h"
#include "engine/cli/import/map.h"
#include "engine/cli/import/row_errors.h"
#include "engine/cli/import/row_warnings.h"
#include "engine/tables/rows.h"

namespace casewheel::cli {

struct PlannedRow {
  std::uint64_t line = 0;
  std::string request_id;
  std::string original;  // of the file, where errors are written to one
  std::string lodge;     // LodgeCaseRequest, serialized: a third of the parsed message's size
  std::string reply;     // ReplyCaseRequest, serialized; empty for a row that was not answered
  std::string close;     // CloseCaseRequest, serialized; empty for a row that is open
  Verdict recorded = Verdict::kNone;
};

enum class Step : std::uint8_t { kLodge, kReply, kClose };  // in this order at one instant

struct PlannedEvent {
  TimeMs instant_ms = 0;
  std::uint32_t row = 0;
  Step step = Step::kLodge;
};

// What the table says that a case cannot be, rows counted; each was taken as told.
struct Adjusted {
  std::uint64_t replied_before_received = 0;
  std::uint64_t closed_before_received = 0;
  std::uint64_t closed_before_replied = 0;
  std::uint64_t closed_without_date = 0;
  std::uint64_t agreed_dropped = 0;
};

struct ImportPlan {
  std::vector<PlannedRow> rows;      // as in the file, without those that could not be read
  std::vector<PlannedEvent> events;  // by instant; a row's steps in their order
  std::uint64_t unreadable = 0;
  std::uint64_t unread_lines = 0;  // went with rows that could not be read
  Adjusted adjusted;

  // The event of a position, which counts from 1.
  const PlannedEvent& at(std::uint64_t position) const { return events[position - 1]; }
  v1::IngestItem item(std::uint64_t position) const;
};

inline constexpr std::size_t kPlannedRowsMax = 1'000'000;  // about a gigabyte; split larger files

// Reads the table: a header, then rows, at most `limit` of them (0: all). Rows that cannot be read
// become errors. The mistake that makes the whole table useless, or empty.
std::string plan_import(tables::RowReader& reader, ImportMap& map, std::uint64_t limit,
                        RowErrors& errors, RowWarnings& warnings, ImportPlan* plan);

// Twelve hex digits that differ when the file, the map or the limit differ: resume points belong to
// a sequence of positions, and only the same three give the same sequence.
std::string plan_fingerprint(std::istream& table, const std::string& map_text, std::uint64_t limit);

}  // namespace casewheel::cli
