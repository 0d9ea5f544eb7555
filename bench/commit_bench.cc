// What a committed batch of lodged cases costs by its size, synced, in a throw-away directory
// beside the build. Where the curve flattens is where a larger batch limit stops paying.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/engine_rows.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::bench {
namespace {

void BM_commit(benchmark::State& state) {
  // Not below /tmp, which may be memory.
  const std::string directory = "commit_bench." + std::to_string(getpid());
  {
    storage::RocksOptions rocks;
    rocks.path = directory;
    rocks.create_if_missing = true;
    std::unique_ptr<storage::Store> store;
    if (const Status opened = storage::open_rocks(rocks, &store); !opened) {
      state.SkipWithError(opened.message().c_str());
      return;
    }
    EngineRows rows{RowSizes{}};
    for (auto _ : state) {
      storage::Batch batch;
      rows.fill(static_cast<std::size_t>(state.range(0)), &batch);
      if (const Status written = store->write(batch); !written) {
        state.SkipWithError(written.message().c_str());
        break;
      }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
  }
  std::filesystem::remove_all(directory);
}

// Building the rows, which is no part of the store's cost.
void BM_make_batch(benchmark::State& state) {
  EngineRows rows{RowSizes{}};
  for (auto _ : state) {
    storage::Batch batch;
    rows.fill(static_cast<std::size_t>(state.range(0)), &batch);
    benchmark::DoNotOptimize(batch.bytes());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(BM_commit)->RangeMultiplier(4)->Range(1, 4096)->UseRealTime()->Unit(
    benchmark::kMicrosecond);
BENCHMARK(BM_make_batch)->Arg(256)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace casewheel::bench

BENCHMARK_MAIN();
