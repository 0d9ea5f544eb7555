// A file of bytes sealed in pieces, so that any stretch of it is read without the rest. The stored
// format, version 1:
//
//   "cwfile", 0x00, 0x01, then the pieces: 65,536 bytes each, the last as many as are left, none of an
//   empty file; each AES-256-GCM (NIST SP 800-38D), its 16-byte tag behind it.
//   nonce = 1 for the last piece else 0, seven bytes 0, the piece's number from 0 (u32, big-endian)
//
// So a piece changed, moved, left out or cut off is noticed. A key seals one content only. One thread at a
// time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"

namespace casewheel::storage {

using FileKey = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kSealedPieceBytes = 64 * 1024;

// An open descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

class SealedWriter {
 public:
  // Writes from the beginning of the file, which is empty.
  SealedWriter(Descriptor file, const FileKey& key);
  ~SealedWriter();

  Status add(std::string_view bytes);
  // Seals the last piece. Nothing is synced.
  Status finish();
  Descriptor release() { return std::move(file_); }
  int descriptor() const { return file_.number(); }

 private:
  Status write_piece(bool last);

  Descriptor file_;
  FileKey key_;
  std::string piece_;
  std::uint32_t next_ = 0;
  bool headed_ = false;
};

class SealedReader {
 public:
  // kCorruption: it is no sealed file, or one cut off.
  static Status open(Descriptor file, const FileKey& key, std::unique_ptr<SealedReader>* reader);

  std::uint64_t bytes() const { return bytes_; }  // of the content
  // From `offset` to the end of its piece; empty: there is no more. kCorruption: not what was sealed.
  Status read(std::uint64_t offset, std::string* out) const;
  Status read_all(std::string* out) const;

 private:
  SealedReader(Descriptor file, const FileKey& key, std::uint64_t bytes);

  Descriptor file_;
  FileKey key_;
  std::uint64_t bytes_;
};

}  // namespace casewheel::storage
