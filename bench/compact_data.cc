// Flushes and compacts a data directory nobody has open, so that what `du` says of it is what the
// cases need and not what compaction has yet to do. Opens RocksDB with the options the engine left
// in the directory; knows nothing of rows. For bench/run.py (`case_bytes_disk`).
#include <rocksdb/db.h>
#include <rocksdb/utilities/options_util.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace {

int fail(const char* doing, const rocksdb::Status& status) {
  std::fprintf(stderr, "%s: %s\n", doing, status.ToString().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: compact_data DIRECTORY\n");
    return 2;
  }
  rocksdb::ConfigOptions how;
  how.ignore_unknown_options = true;
  rocksdb::DBOptions options;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  rocksdb::Status status = rocksdb::LoadLatestOptions(how, argv[1], &options, &families);
  if (!status.ok()) return fail("read the options", status);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  status = rocksdb::DB::Open(options, argv[1], families, &handles, &opened);
  if (!status.ok()) return fail("open", status);
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (status.ok()) status = db->Flush({}, handle);
    if (status.ok()) status = db->CompactRange({}, handle, nullptr, nullptr);
    db->DestroyColumnFamilyHandle(handle);
  }
  if (!status.ok()) return fail("compact", status);
  status = db->Close();
  return status.ok() ? 0 : fail("close", status);
}
