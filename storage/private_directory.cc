#include "storage/private_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace casewheel::storage {
namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

Status left_open(const std::string& path, const std::string& why) {
  return {
      Status::Code::kInvalid,
      path + " can be read by other users of the machine, and cannot be closed to them: " + why};
}

Status close_to_others(const std::string& path, bool is_directory) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? Status() : left_open(path, std::generic_category().message(errno));
  if (S_ISDIR(found.st_mode) != is_directory || (!is_directory && !S_ISREG(found.st_mode)))
    return {};
  if ((found.st_mode & kOthers) == 0) return {};
  if (::chmod(path.c_str(), found.st_mode & S_IRWXU) == 0) return {};
  return left_open(path, std::generic_category().message(errno));
}

}  // namespace

Status make_private(const std::string& directory) {
  std::error_code error;
  // Where a link leads is what is kept.
  const std::filesystem::path real = std::filesystem::canonical(directory, error);
  if (error) return left_open(directory, error.message());
  if (Status status = close_to_others(real.string(), true); !status) return status;
  for (const auto& entry : std::filesystem::directory_iterator(real, error)) {
    if (Status status = close_to_others(entry.path().string(), entry.is_directory(error)); !status)
      return status;
  }
  return error ? left_open(directory, error.message()) : Status();
}

}  // namespace casewheel::storage
