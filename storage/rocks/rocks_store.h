// Opens a data directory as a Store kept by RocksDB. For the daemon, the command line and tests;
// the class itself, with RocksDB's own headers, is in rocks_database.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "storage/store.h"

namespace casewheel::storage {

struct RocksOptions {
  std::string path;
  bool create_if_missing = false;  // parents too
  bool read_only = false;          // to look at a closed directory; write() answers kInvalid
  std::size_t write_buffer_bytes = std::size_t{64} << 20;  // a table, in memory until flushed
  std::size_t block_cache_bytes = std::size_t{256}
                                  << 20;  // blocks, indexes and filters of all tables
  std::uint64_t wal_bytes_max = std::uint64_t{256}
                                << 20;  // beyond it tables are flushed: bounds a restart
  std::function<std::uint64_t()> free_bytes_probe;  // instead of the device's answer, for tests
};

// One process at a time, read-only or not. Errors: kNotFound (nothing there and not asked to
// create), kBusy (another process has it), kCorruption (acknowledged rows are damaged or gone;
// nothing on disk has been changed), kNoSpace, kIoError.
Status open_rocks(const RocksOptions& options, std::unique_ptr<Store>* store);

}  // namespace casewheel::storage
