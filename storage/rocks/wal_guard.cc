// See wal_guard.h for what is checked and why.
#include "storage/rocks/wal_guard.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/rocks/wal_format.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

using wal::data_bytes;
using wal::has_shape_of_record;
using wal::is_intact_start;
using wal::kBlockBytes;
using wal::kHeaderBytes;
using wal::matches_checksum;
using wal::read_little_endian;

Status check_wal(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> buffer(kBlockBytes);
  std::uint64_t block_start = 0;
  std::optional<std::uint64_t> unreadable;  // offset of the first
  while (in.read(buffer.data(), kBlockBytes), in.gcount() > 0) {
    const std::string_view block(buffer.data(), static_cast<std::size_t>(in.gcount()));
    // Follow the records; from damage to the end of its block, look at every byte.
    bool lost = false;
    for (std::size_t at = 0; at + kHeaderBytes <= block.size();) {
      const std::string_view rest = block.substr(at);
      if (unreadable && is_intact_start(rest)) {
        return Status(Status::Code::kCorruption,
                      file.string() + ": the record at offset " + std::to_string(*unreadable) +
                          " cannot be read, though the one at " + std::to_string(block_start + at) +
                          " is whole");
      }
      lost = lost || !has_shape_of_record(rest);
      if (lost && !unreadable) unreadable = block_start + at;
      at += lost ? 1 : kHeaderBytes + data_bytes(rest);
    }
    block_start += block.size();
  }
  if (in.bad()) return Status(Status::Code::kIoError, "cannot read " + file.string());
  return Status::ok();
}

std::optional<std::uint64_t> first_bad_checksum(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> buffer(kBlockBytes);
  std::uint64_t block_start = 0;
  while (in.read(buffer.data(), kBlockBytes), in.gcount() > 0) {
    const std::string_view block(buffer.data(), static_cast<std::size_t>(in.gcount()));
    for (std::size_t at = 0; at + kHeaderBytes <= block.size();) {
      const std::string_view rest = block.substr(at);
      if (!has_shape_of_record(rest)) break;
      if (!matches_checksum(rest)) return block_start + at;
      at += kHeaderBytes + data_bytes(rest);
    }
    block_start += block.size();
  }
  return std::nullopt;
}

}  // namespace

std::string find_bad_checksum(const std::string& directory) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".log") continue;
    if (const auto offset = first_bad_checksum(it->path())) {
      return it->path().string() + ": the record at offset " + std::to_string(*offset) +
             " does not match its checksum";
    }
  }
  return {};
}

Status check_wal_tails(const std::string& directory) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".log") continue;
    if (Status status = check_wal(it->path()); !status) return status;
  }
  if (error)
    return Status(Status::Code::kIoError, "cannot list " + directory + ": " + error.message());
  return Status::ok();
}

rocksdb::WalFilter::WalProcessingOption WalContinuity::LogRecordFound(
    unsigned long long /*log_number*/, const std::string& log_file_name,
    const rocksdb::WriteBatch& batch, rocksdb::WriteBatch* /*new_batch*/, bool* /*batch_changed*/) {
  // A batch begins with its sequence number (8 bytes) and its count of changes (4 bytes).
  const std::uint64_t sequence = read_little_endian(batch.Data().data(), 8);
  const std::uint64_t count = read_little_endian(batch.Data().data() + 8, 4);
  if (next_sequence_ != 0 && sequence > next_sequence_ && count != 0) {
    gap_ = log_file_name + ": changes " + std::to_string(next_sequence_) + " to " +
           std::to_string(sequence - 1) + " are missing from the write-ahead logs";
    return WalProcessingOption::kCorruptedRecord;
  }
  if (count != 0) next_sequence_ = std::max(next_sequence_, sequence + count);
  return WalProcessingOption::kContinueProcessing;
}

}  // namespace casewheel::storage
