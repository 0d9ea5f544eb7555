// See backup_place.h.
#include "storage/rocks/backup_place.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "storage/rocks/rocks_database.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOwnerBytesMax = 256;

Status no(const std::string& directory, const std::string& why) {
  return {Status::Code::kInvalid, directory + " " + why};
}

// `inner` is `outer` or lies below it; both are canonical.
bool lies_in(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

Status sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  return synced ? Status() : Status(Status::Code::kIoError, "cannot sync " + path.string());
}

Status write_owner(const fs::path& file, std::string_view owner) {
  {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << owner << '\n';
    if (!out.flush()) return {Status::Code::kIoError, "cannot write " + file.string()};
  }
  if (Status status = sync(file); !status) return status;
  return sync(file.parent_path());
}

}  // namespace

Status claim_backup_directory(Store& store, const std::string& directory, std::string_view owner) {
  auto* rocks = dynamic_cast<RocksStore*>(&store);
  if (rocks == nullptr)
    return {Status::Code::kInvalid, "only a store kept by RocksDB can be backed up"};
  std::error_code error;
  const fs::path target = fs::weakly_canonical(directory, error);
  if (error) return no(directory, "is no path that can be followed: " + error.message());
  const fs::path data = fs::weakly_canonical(rocks->db().GetName(), error);
  if (error) return {Status::Code::kIoError, "the data directory: " + error.message()};
  if (lies_in(target, data)) return no(directory, "lies in the data directory");
  if (lies_in(data, target)) return no(directory, "holds the data directory");
  if (fs::exists(target, error) && !fs::is_directory(target, error))
    return no(directory, "is not a directory");
  const fs::path file = target / kBackupOwnerFile;
  if (!fs::exists(target, error) || fs::is_empty(target, error)) {
    if (error) return {Status::Code::kIoError, "cannot look into " + directory};
    fs::create_directories(target, error);
    if (error)
      return {Status::Code::kIoError, "cannot create " + directory + ": " + error.message()};
    return write_owner(file, owner);
  }
  if (fs::exists(file, error) && !fs::is_regular_file(file, error))
    return no(directory, "holds no regular file " + file.filename().string());
  std::ifstream in(file, std::ios::binary);
  std::string held(kOwnerBytesMax, '\0');
  in.read(held.data(), static_cast<std::streamsize>(held.size()));
  held.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (held.empty())
    return no(directory, "is not empty and holds no backups of casewheel: name a new directory");
  if (held != std::string(owner) + '\n')
    return no(directory, "holds the backups of another installation: name a new directory");
  return {};
}

}  // namespace casewheel::storage
