// What the key codecs and case numbers cost. They stand in every read and write, so that a change
// that makes one allocate twice should be seen here first.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "engine/base/ids.h"
#include "storage/keys.h"

namespace casewheel {
namespace {

CaseId nth(std::uint32_t n) { return CaseId::make(1, 1150723, n); }

void BM_case_key(benchmark::State& state) {
  std::uint32_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(storage::case_key(3, nth(++n)));
}

void BM_decode_case_key(benchmark::State& state) {
  const std::string key = storage::case_key(3, nth(77));
  for (auto _ : state) benchmark::DoNotOptimize(storage::decode_case_key(key));
}

void BM_lookup_key(benchmark::State& state) {
  const storage::Digest16 person{1, 2, 3};
  std::uint32_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(storage::lookup_key(3, person, nth(++n)));
}

void BM_decode_lookup_key(benchmark::State& state) {
  const std::string key = storage::lookup_key(3, storage::Digest16{1, 2, 3}, nth(77));
  for (auto _ : state) benchmark::DoNotOptimize(storage::decode_lookup_key(key));
}

void BM_journal_key(benchmark::State& state) {
  std::uint64_t seq = 0;
  for (auto _ : state) benchmark::DoNotOptimize(storage::journal_key(3, ++seq));
}

void BM_format_case_number(benchmark::State& state) {
  std::uint32_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(format_case_number(3, nth(++n)));
}

void BM_parse_case_number(benchmark::State& state) {
  const std::string number = format_case_number(3, nth(77));
  for (auto _ : state) benchmark::DoNotOptimize(parse_case_number(number));
}

BENCHMARK(BM_case_key);
BENCHMARK(BM_decode_case_key);
BENCHMARK(BM_lookup_key);
BENCHMARK(BM_decode_lookup_key);
BENCHMARK(BM_journal_key);
BENCHMARK(BM_format_case_number);
BENCHMARK(BM_parse_case_number);

}  // namespace
}  // namespace casewheel

BENCHMARK_MAIN();
