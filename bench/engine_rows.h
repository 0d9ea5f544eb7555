// Batches of rows as the engine writes them for lodged cases, without the engine: a case row, a
// clock row, a dedupe row and look-up rows a case, a head row and a journal row a batch. Sizes are
// flags, because the engine's own change; run.py passes what it measured. Pure; used by raw_rows
// and commit_bench.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/store.h"

namespace casewheel::bench {

// Bytes of values. Sealed bytes are ciphertext and do not compress; the rest is alike from case to
// case.
struct RowSizes {
  std::size_t sealed = 500;      // of a case, once in its row and once in the journal
  std::size_t case_plain = 340;  // rest of the case row, sealing key included
  std::size_t clock = 60;
  std::size_t dedupe = 18;
  std::size_t journal_plain = 330;  // rest of the case's share of the journal row
  std::size_t head = 120;
  int lookups = 2;  // keys of 27 bytes without a value
};

class EngineRows {
 public:
  explicit EngineRows(const RowSizes& sizes, std::uint64_t seed = 1);

  // The batch of the next `cases` cases.
  void fill(std::size_t cases, storage::Batch* batch);

 private:
  std::string plain(std::size_t bytes) const { return plain_.substr(0, bytes); }
  void append_sealed(std::string* value);
  std::uint64_t random();

  RowSizes sizes_;
  std::uint64_t state_;
  std::uint32_t case_sequence_ = 0;
  std::uint64_t journal_seq_ = 0;
  std::string plain_;
  std::string noise_;  // sealed bytes are cut from it at random
};

}  // namespace casewheel::bench
