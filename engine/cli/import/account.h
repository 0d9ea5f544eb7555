// The account of an import: what became of every row, for people and for scripts.
#pragma once

#include <optional>
#include <string>

#include "engine/cli/import/compare.h"
#include "engine/cli/import/feed.h"
#include "engine/cli/import/plan.h"
#include "engine/cli/import/row_errors.h"
#include "engine/cli/import/row_warnings.h"
#include "engine/cli/output.h"

namespace casewheel::cli {

struct ImportAccount {
  std::string source;  // as the engine knows the feed
  bool virtual_clock = false;
  TimeMs engine_now_ms = 0;
  double seconds = 0;
  std::uint64_t rows = 0, events = 0, unreadable = 0, unread_lines = 0;
  Adjusted adjusted;
  FeedCounts feed;
  std::optional<Comparison> comparison;
};

// What became of single rows, and the files asked for that list all of it.
struct RowNotes {
  const RowErrors& errors;
  const RowWarnings& warnings;
  std::string errors_file, warnings_file;
};

void print_account(const ImportAccount& account, const RowNotes& notes, const Output& output);

// Whether every row and every action was taken, now or before.
bool all_taken(const ImportAccount& account);

}  // namespace casewheel::cli
