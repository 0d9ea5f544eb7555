#include "storage/shelf/sealed_file.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace casewheel::storage {
namespace {

constexpr std::string_view kMark("cwfile\0\1", 8);
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kSealedBytes = kSealedPieceBytes + kTagBytes;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

std::array<std::uint8_t, kNonceBytes> nonce_of(std::uint32_t piece, bool last) {
  std::array<std::uint8_t, kNonceBytes> nonce{};
  nonce[0] = last ? 1 : 0;
  for (int i = 0; i < 4; ++i)
    nonce[kNonceBytes - 1 - i] = static_cast<std::uint8_t>(piece >> (8 * i));
  return nonce;
}

std::uint8_t* writable(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }
const std::uint8_t* readable(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

Status io_error(const char* doing) {
  const int error = errno;
  return {error == ENOSPC || error == EDQUOT ? Status::Code::kNoSpace : Status::Code::kIoError,
          std::string(doing) + " an attachment's file: " + std::strerror(error)};
}

Status write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("writing");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status read_at(int file, std::uint64_t offset, std::string* out) {
  std::size_t done = 0;
  while (done < out->size()) {
    const ssize_t got =
        ::pread(file, out->data() + done, out->size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("reading");
    if (got == 0) return {Status::Code::kCorruption, "an attachment's file has been cut off"};
    done += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

SealedWriter::SealedWriter(Descriptor file, const FileKey& key)
    : file_(std::move(file)), key_(key) {}
SealedWriter::~SealedWriter() { OPENSSL_cleanse(key_.data(), key_.size()); }

Status SealedWriter::add(std::string_view bytes) {
  while (!bytes.empty()) {
    // A full piece waits until it is known not to be the last.
    if (piece_.size() == kSealedPieceBytes) {
      if (Status status = write_piece(false); !status) return status;
    }
    const std::size_t taken = std::min(bytes.size(), kSealedPieceBytes - piece_.size());
    piece_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
  }
  return {};
}

Status SealedWriter::finish() { return write_piece(true); }

Status SealedWriter::write_piece(bool last) {
  if (!headed_) {
    if (Status status = write_all(file_.number(), kMark); !status) return status;
    headed_ = true;
  }
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  const auto nonce = nonce_of(next_++, last);
  std::string sealed(piece_.size() + kTagBytes, '\0');
  int length = 0;
  int tail = 0;
  const bool ok = EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                                     nonce.data()) == 1 &&
                  EVP_EncryptUpdate(context.get(), writable(sealed), &length, readable(piece_),
                                    static_cast<int>(piece_.size())) == 1 &&
                  EVP_EncryptFinal_ex(context.get(), writable(sealed) + length, &tail) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                      writable(sealed) + piece_.size()) == 1;
  CASEWHEEL_CHECK(ok, "sealing a file failed");
  piece_.clear();
  return write_all(file_.number(), sealed);
}

SealedReader::SealedReader(Descriptor file, const FileKey& key, std::uint64_t bytes)
    : file_(std::move(file)), key_(key), bytes_(bytes) {}

Status SealedReader::open(Descriptor file, const FileKey& key,
                          std::unique_ptr<SealedReader>* reader) {
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) return io_error("looking at");
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  std::string mark(kMark.size(), '\0');
  if (size < kMark.size() + kTagBytes)
    return {Status::Code::kCorruption, "an attachment's file has been cut off"};
  if (Status status = read_at(file.number(), 0, &mark); !status) return status;
  if (mark != kMark) return {Status::Code::kCorruption, "a file of the shelf is no sealed file"};
  const std::uint64_t sealed = size - kMark.size();
  const std::uint64_t pieces = (sealed + kSealedBytes - 1) / kSealedBytes;
  if (sealed < pieces * kTagBytes || sealed - (pieces - 1) * kSealedBytes < kTagBytes)
    return {Status::Code::kCorruption, "an attachment's file has been cut off"};
  reader->reset(new SealedReader(std::move(file), key, sealed - pieces * kTagBytes));
  return {};
}

Status SealedReader::read(std::uint64_t offset, std::string* out) const {
  out->clear();
  if (offset >= bytes_ && offset > 0) return {};  // of an empty file the seal is looked at
  const std::uint64_t piece = offset / kSealedPieceBytes;
  const std::uint64_t begin = piece * kSealedPieceBytes;
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(kSealedPieceBytes, bytes_ - begin));
  const bool last = begin + size == bytes_;
  std::string sealed(size + kTagBytes, '\0');
  if (Status status = read_at(file_.number(), kMark.size() + piece * kSealedBytes, &sealed);
      !status)
    return status;
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  const auto nonce = nonce_of(static_cast<std::uint32_t>(piece), last);
  std::string plain(size, '\0');
  int length = 0;
  int tail = 0;
  const bool ok = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                                     nonce.data()) == 1 &&
                  EVP_DecryptUpdate(context.get(), writable(plain), &length, readable(sealed),
                                    static_cast<int>(size)) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                                      writable(sealed) + size) == 1 &&
                  EVP_DecryptFinal_ex(context.get(), writable(plain) + length, &tail) == 1;
  if (!ok) return {Status::Code::kCorruption, "an attachment's file is not as it was sealed"};
  *out = plain.substr(static_cast<std::size_t>(offset - begin));
  return {};
}

Status SealedReader::read_all(std::string* out) const {
  out->clear();
  std::string piece;
  do {
    if (Status status = read(out->size(), &piece); !status) return status;
    out->append(piece);
  } while (!piece.empty() && out->size() < bytes_);
  return {};
}

}  // namespace casewheel::storage
