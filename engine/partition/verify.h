// The proof: replays a data directory's journal into an empty store and compares. Checks promise 3
// (every open clock armed exactly once), 6 (the state is the journal) and 7 (the chain is unbroken),
// that look-up rows match the sealed data, and that the shelf holds every attachment's file as it was put,
// and none that no case has any more. Works on a closed directory or beside the running
// engine, on one snapshot. Nothing is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "storage/shelf/shelf.h"
#include "storage/store.h"

namespace casewheel::partition {

struct VerifyReport {
  std::vector<std::string> problems;  // the first 100, each saying where
  std::uint64_t problem_count = 0;
  std::string digest;           // of the state rows, hex
  std::string replayed_digest;  // of what the journal adds up to
  std::uint64_t entries = 0;
  std::uint64_t events = 0;
  std::uint64_t cases = 0;
  std::uint64_t erased_cases = 0;  // whose personal data was, and cannot be unsealed
  std::uint64_t calls = 0;
  std::uint64_t erased_calls = 0;
  std::uint64_t open_cases = 0;
  std::uint64_t clock_rows = 0;
  std::uint64_t unclocked_cases =
      0;  // open without a clock that runs or is paused: no fault of the data
  std::uint64_t attachments = 0;
  // On record since a repair. They are no problem: nothing is hidden, and nothing more is missing.
  std::uint64_t lost_entries = 0;
  std::uint64_t lost_cases = 0;
  std::uint64_t restated_cases = 0;  // whose history has a gap
  std::vector<std::string>
      damaged_files;  // in which a read met damage, now or since the store was opened

  bool ok() const { return problem_count == 0; }
};

// Journal entries replayed so far and in all, told every 256 entries, rows or files; false stops.
using VerifyProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// A status only when the work could not be done; what is wrong with the data is in the report.
// `shelf`: null where there is none to look at; beside a running engine, under a hold that lasts.
Status verify(const storage::Store& store, const VerifyProgress& progress, VerifyReport* report,
              const storage::Shelf* shelf = nullptr);

}  // namespace casewheel::partition
