// See engine_rows.h.
#include "bench/engine_rows.h"

#include <algorithm>
#include <cstring>

#include "storage/keys.h"

namespace casewheel::bench {
namespace {

constexpr PartitionId kPartition = 0;
constexpr std::size_t kNoiseBytes = std::size_t{8} << 20;

storage::Digest16 digest(std::uint64_t high, std::uint64_t low) {
  storage::Digest16 digest;
  std::memcpy(digest.data(), &high, 8);
  std::memcpy(digest.data() + 8, &low, 8);
  return digest;
}

}  // namespace

EngineRows::EngineRows(const RowSizes& sizes, std::uint64_t seed) : sizes_(sizes), state_(seed) {
  const std::size_t plain_bytes =
      std::max({sizes.case_plain, sizes.clock, sizes.dedupe, sizes.journal_plain, sizes.head});
  while (plain_.size() < plain_bytes)
    plain_ +=
        "taipower\x12\x07reply72\x1a\x0b"
        "north-sec-2 zh-TW \x08\x96\x01";
  noise_.resize(kNoiseBytes);
  for (std::size_t i = 0; i < kNoiseBytes; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(&noise_[i], &word, 8);
  }
}

// SplitMix64.
std::uint64_t EngineRows::random() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void EngineRows::append_sealed(std::string* value) {
  value->append(noise_, random() % (kNoiseBytes - sizes_.sealed), sizes_.sealed);
}

void EngineRows::fill(std::size_t cases, storage::Batch* batch) {
  using storage::Table;
  std::string entry;
  entry.reserve(cases * (sizes_.sealed + sizes_.journal_plain));
  for (std::size_t i = 0; i < cases; ++i) {
    const CaseId id = CaseId::make(1, 1150723, ++case_sequence_);
    std::string state = plain(sizes_.case_plain);
    append_sealed(&state);
    batch->put(Table::kState, storage::case_key(kPartition, id), std::move(state));
    batch->put(Table::kState, storage::clock_key(kPartition, id), plain(sizes_.clock));
    batch->put(Table::kState, storage::dedupe_key(kPartition, digest(random(), random())),
               plain(sizes_.dedupe));
    for (int k = 0; k < sizes_.lookups; ++k) {
      batch->put(Table::kState, storage::lookup_key(kPartition, digest(random(), random()), id),
                 {});
    }
    entry.append(plain_, 0, sizes_.journal_plain);
    append_sealed(&entry);
  }
  batch->put(Table::kState, storage::head_key(kPartition), plain(sizes_.head));
  batch->put(Table::kJournal, storage::journal_key(kPartition, ++journal_seq_), std::move(entry));
}

}  // namespace casewheel::bench
