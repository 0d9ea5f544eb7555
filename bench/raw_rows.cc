// The bar for `ingest_stream_vs_raw`: how many cases a second one writer gets into the store when
// it writes the engine's rows in the engine's batches, each synced, and does nothing else.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "bench/engine_rows.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::bench {
namespace {

int run(int argc, char** argv) {
  CLI::App app{"raw_rows: writes the rows of cases straight into a store"};
  storage::RocksOptions rocks;
  rocks.create_if_missing = true;
  RowSizes sizes;
  double seconds = 3;
  std::uint64_t cases_max = 0;
  std::size_t batch_cases = 256;
  app.add_option("--data", rocks.path, "an empty directory")->required();
  app.add_option("--seconds", seconds, "how long to write");
  app.add_option("--count", cases_max, "how many cases at most; 0: no limit");
  app.add_option("--batch", batch_cases, "cases a batch")->check(CLI::Range(1, 100'000));
  app.add_option("--sealed-bytes", sizes.sealed, "ciphertext of a case");
  app.add_option("--case-bytes", sizes.case_plain, "rest of the case row");
  app.add_option("--clock-bytes", sizes.clock, "clock row");
  app.add_option("--dedupe-bytes", sizes.dedupe, "dedupe row");
  app.add_option("--journal-bytes", sizes.journal_plain, "rest of a case's share of the journal");
  app.add_option("--head-bytes", sizes.head, "head row, once a batch");
  app.add_option("--lookups", sizes.lookups, "look-up rows a case");
  CLI11_PARSE(app, argc, argv);

  std::unique_ptr<storage::Store> store;
  if (const Status opened = storage::open_rocks(rocks, &store); !opened) {
    std::fprintf(stderr, "%s\n", opened.message().c_str());
    return 1;
  }
  EngineRows rows(sizes);
  std::uint64_t cases = 0;
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  while (elapsed() < seconds && (cases_max == 0 || cases < cases_max)) {
    storage::Batch batch;
    rows.fill(batch_cases, &batch);
    bytes += batch.bytes();
    if (const Status written = store->write(batch); !written) {
      std::fprintf(stderr, "%s\n", written.message().c_str());
      return 1;
    }
    cases += batch_cases;
    ++batches;
  }
  const double took = elapsed();
  std::printf(
      "{\"cases\":%lu,\"batches\":%lu,\"seconds\":%.6f,\"per_second\":%.3f,\"bytes_per_case\":%.1f}"
      "\n",
      cases, batches, took, static_cast<double>(cases) / took,
      static_cast<double>(bytes) / static_cast<double>(cases));
  return 0;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
