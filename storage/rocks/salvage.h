// Reads every row that can be read in the files of a closed data directory, for `casewheel repair`: each
// table file and each write-ahead log by itself, without the manifest, passing over damaged blocks and
// records; then, where the directory can still be opened, the rows as they stand. RocksDB's own repair is
// not used: it sets a whole table file aside for one damaged block, and drops the logs of column families
// it has seen no table of. Nothing is written but RocksDB's lock file is held.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/store.h"

namespace casewheel::storage {

struct SalvagedRow {
  Table table;
  std::string_view key;  // the views live only during the call
  std::string_view value;
  // The row as it stands. Else one of its versions, this or an older one, or one of a row that was erased.
  bool newest = false;
};

struct SalvageReport {
  std::uint64_t table_files = 0;
  std::uint64_t log_files = 0;
  std::uint64_t rows = 0;
  // Bytes of logs that could not be read. What was written there last stands nowhere else, and where it
  // was the end of the newest log nothing tells what it was.
  std::uint64_t lost_log_bytes = 0;
  std::vector<std::string> damage;  // each names the file and what of it could not be read
  // The directory could be opened and every row of that table read: what was not given as newest is none.
  bool state_is_whole = false;
};

// Not ok: kNotFound where there is no directory, kBusy when a process has it, or what `visit` gave.
Status salvage_rows(const std::string& directory,
                    const std::function<Status(const SalvagedRow& row)>& visit,
                    SalvageReport* report);

}  // namespace casewheel::storage
