// Records of RocksDB's write-ahead log, for those that look at one without RocksDB.
// Format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
// A log is blocks of 32 KiB; a block is records of: masked crc32c (4 bytes) of type and data, length (2), type
// (1), data. A longer record is split into a first, middle and last part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace casewheel::storage::wal {

inline constexpr std::size_t kBlockBytes = 32 * 1024;
inline constexpr std::size_t kHeaderBytes = 7;
inline constexpr unsigned char kFull = 1;
inline constexpr unsigned char kFirst = 2;
inline constexpr unsigned char kMiddle = 3;
inline constexpr unsigned char kLast = 4;

inline std::uint64_t read_little_endian(const char* from, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = (value << 8) | static_cast<unsigned char>(from[i]);
  return value;
}

inline std::size_t data_bytes(std::string_view at) { return read_little_endian(at.data() + 4, 2); }
inline unsigned char type_of(std::string_view at) { return static_cast<unsigned char>(at[6]); }

// CRC-32C (RFC 3720, appendix B.4), bit by bit: run only where damage was found, or once over a log.
inline std::uint32_t crc32c(std::string_view data) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : data) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

// `at` begins where a header should be and ends with the block. RocksDB checks the checksums.
inline bool has_shape_of_record(std::string_view at) {
  return at.size() >= kHeaderBytes && type_of(at) >= kFull && type_of(at) <= kLast &&
         kHeaderBytes + data_bytes(at) <= at.size();
}

inline bool matches_checksum(std::string_view at) {
  const std::uint32_t crc = crc32c(at.substr(6, 1 + data_bytes(at)));
  const std::uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8;
  return masked == read_little_endian(at.data(), 4);
}

inline bool is_intact_start(std::string_view at) {
  if (!has_shape_of_record(at) || (type_of(at) != kFull && type_of(at) != kFirst)) return false;
  return matches_checksum(at);
}

}  // namespace casewheel::storage::wal
