// See wal_guard.h for what is checked and why.
#include "storage/rocks/wal_guard.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

// A log is blocks of 32 KiB; a block is records of: masked crc32c (4 bytes) of type and data,
// length (2), type (1), data. A longer record is split into a first, middle and last part.
constexpr std::size_t kBlockBytes = 32 * 1024;
constexpr std::size_t kHeaderBytes = 7;
constexpr unsigned char kFull = 1;
constexpr unsigned char kFirst = 2;
constexpr unsigned char kLast = 4;

std::uint64_t read_little_endian(const char* from, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = (value << 8) | static_cast<unsigned char>(from[i]);
  return value;
}

std::size_t data_bytes(std::string_view at) { return read_little_endian(at.data() + 4, 2); }
unsigned char type_of(std::string_view at) { return static_cast<unsigned char>(at[6]); }

// CRC-32C (RFC 3720, appendix B.4), bit by bit: run only where damage was found.
std::uint32_t crc32c(std::string_view data) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : data) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

// `at` begins where a header should be and ends with the block. RocksDB checks the checksums.
bool has_shape_of_record(std::string_view at) {
  return type_of(at) >= kFull && type_of(at) <= kLast && kHeaderBytes + data_bytes(at) <= at.size();
}

bool matches_checksum(std::string_view at) {
  const std::uint32_t crc = crc32c(at.substr(6, 1 + data_bytes(at)));
  const std::uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8;
  return masked == read_little_endian(at.data(), 4);
}

bool is_intact_start(std::string_view at) {
  if (!has_shape_of_record(at) || (type_of(at) != kFull && type_of(at) != kFirst)) return false;
  return matches_checksum(at);
}

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
