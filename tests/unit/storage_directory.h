// What the storage tests share: a directory of the test's own, an open store in it, bytes to
// damage.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "storage/rocks/rocks_database.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::storage {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "casewheel-storage-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline Status try_open(const std::filesystem::path& path, std::unique_ptr<Store>* store,
                       bool read_only = false) {
  RocksOptions options;
  options.path = path;
  options.create_if_missing = true;
  options.read_only = read_only;
  return open_rocks(options, store);
}

inline std::unique_ptr<Store> open_or_fail(const std::filesystem::path& path) {
  std::unique_ptr<Store> store;
  const Status status = try_open(path, &store);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return store;
}

inline RocksStore& rocks(Store& store) { return dynamic_cast<RocksStore&>(store); }

inline Status put(Store& store, std::string key, std::string value, Table table = Table::kState) {
  Batch batch;
  batch.put(table, std::move(key), std::move(value));
  return store.write(batch);
}

inline std::vector<std::string> keys_of(const Store& store, Table table = Table::kState) {
  std::vector<std::string> keys;
  const Status status = store.scan(table, "", "", [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  });
  EXPECT_TRUE(status.is_ok()) << status.message();
  return keys;
}

// Sorted by name, which for RocksDB's numbered files is age.
inline std::vector<std::filesystem::path> files_ending(const std::filesystem::path& directory,
                                                       const std::string& extension) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == extension && entry.file_size() > 0)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << bytes;
}

}  // namespace casewheel::storage
