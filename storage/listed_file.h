// A file as a list keeps it: its length and SHA-256; and copying one so that it survives a power cut.
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace casewheel::storage {

struct ListedFile {
  std::uint64_t bytes = 0;
  Sha256 digest{};
  bool operator==(const ListedFile&) const = default;
};

// As the file is now; kNotFound where it is not there.
Status look_at_file(const std::string& path, ListedFile* found);

// Synced, but not the folder it is in. What was at `to` is overwritten.
Status write_durably(const std::string& to, std::string_view bytes);
Status copy_durably(const std::string& from, const std::string& to);
// The names in it.
Status sync_folder(const std::string& path);

}  // namespace casewheel::storage
