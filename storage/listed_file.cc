#include "storage/listed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "storage/shelf/sealed_file.h"

namespace casewheel::storage {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

Status failed(const std::string& doing, const std::string& path) {
  const int error = errno;
  return {error == ENOSPC || error == EDQUOT ? Status::Code::kNoSpace : Status::Code::kIoError,
          "cannot " + doing + " " + path + ": " + std::strerror(error)};
}

Status read_pieces(const std::string& path, const std::function<Status(std::string_view)>& take) {
  // Without waiting for who writes into a pipe of that name.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open() && errno == ENOENT) return {Status::Code::kNotFound, path + " is missing"};
  if (!file.is_open()) return failed("open", path);
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) return failed("look at", path);
  if (!S_ISREG(about.st_mode)) return {Status::Code::kIoError, path + " is no regular file"};
  std::string piece(kPieceBytes, '\0');
  for (;;) {
    const ssize_t read = ::read(file.number(), piece.data(), piece.size());
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return failed("read", path);
    if (read == 0) return {};
    if (Status status = take({piece.data(), static_cast<std::size_t>(read)}); !status)
      return status;
  }
}

Status write_all(const Descriptor& file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Descriptor make_file(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

}  // namespace

Status look_at_file(const std::string& path, ListedFile* found) {
  *found = ListedFile();
  Sha256Stream digest;
  const Status status = read_pieces(path, [&](std::string_view piece) {
    found->bytes += piece.size();
    digest.add(piece);
    return Status();
  });
  found->digest = status ? digest.finish() : Sha256{};
  return status;
}

Status write_durably(const std::string& to, std::string_view bytes) {
  const Descriptor file = make_file(to);
  if (!file.is_open()) return failed("create", to);
  if (Status status = write_all(file, to, bytes); !status) return status;
  return ::fsync(file.number()) == 0 ? Status() : failed("sync", to);
}

Status copy_durably(const std::string& from, const std::string& to) {
  const Descriptor file = make_file(to);
  if (!file.is_open()) return failed("create", to);
  const Status copied =
      read_pieces(from, [&](std::string_view piece) { return write_all(file, to, piece); });
  if (!copied) return copied;
  return ::fsync(file.number()) == 0 ? Status() : failed("sync", to);
}

Status sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.number()) != 0) return failed("sync", path);
  return {};
}

}  // namespace casewheel::storage
