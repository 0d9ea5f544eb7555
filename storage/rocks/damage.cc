#include "storage/rocks/damage.h"

#include <string_view>

namespace casewheel::storage {
namespace {

constexpr std::string_view kEnding = ".sst";

// "block checksum mismatch … in /var/lib/casewheel/000012.sst offset 8 size 4": "000012.sst"
std::string table_file_in(std::string_view message) {
  const std::size_t ending = message.find(kEnding);
  if (ending == std::string_view::npos) return {};
  std::size_t begin = ending;
  while (begin > 0 && message[begin - 1] >= '0' && message[begin - 1] <= '9') --begin;
  return std::string(message.substr(begin, ending + kEnding.size() - begin));
}

}  // namespace

bool is_unreadable(const rocksdb::Status& status) {
  if (status.IsCorruption()) return true;
  // RocksDB has one code for reading and writing; its words tell them apart.
  return status.IsIOError() && status.ToString().find("While pread") != std::string::npos;
}

void DamageLog::note(const rocksdb::Status& status) {
  if (!is_unreadable(status)) return;
  std::string file = table_file_in(status.ToString());
  if (file.empty()) return;
  const std::scoped_lock lock(mutex_);
  files_.insert(std::move(file));
}

std::vector<std::string> DamageLog::files() const {
  const std::scoped_lock lock(mutex_);
  return {files_.begin(), files_.end()};
}

void DamageListener::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  if (!is_unreadable(info.status)) return;
  damage_.note(info.status);
  stop_compacting_(info.cf_name);
}

void DamageListener::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                       rocksdb::Status* error) {
  if (reason != rocksdb::BackgroundErrorReason::kCompaction || !is_unreadable(*error)) return;
  damage_.note(*error);
  *error = rocksdb::Status::OK();
}

}  // namespace casewheel::storage
