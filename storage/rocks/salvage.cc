#include "storage/rocks/salvage.h"

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "storage/keys.h"
#include "storage/readable_scan.h"
#include "storage/rocks/rocks_database.h"
#include "storage/rocks/rocks_store.h"
#include "storage/rocks/wal_format.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;
using Visit = std::function<Status(const SalvagedRow& row)>;

std::string_view text_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// A key says itself which table it is of.
Table table_of(std::string_view key) {
  return !key.empty() && static_cast<RowKind>(key.front()) == RowKind::kJournal ? Table::kJournal
                                                                                : Table::kState;
}

// One table file as a store that can only be scanned, for scan_readable.
class TableFile final : public Snapshot {
 public:
  explicit TableFile(const rocksdb::Options& options) : reader_(options) {}
  rocksdb::Status open(const std::string& path) { return reader_.Open(path); }

  Status get(Table, std::string_view, std::string*) const override {
    return {Status::Code::kInvalid, "a table file is only scanned"};
  }
  Status scan(Table, std::string_view begin, std::string_view end,
              const RowVisitor& visit) const override {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const rocksdb::Slice upper(end.data(), end.size());
    if (!end.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(reader_.NewIterator(options));
    for (it->Seek({begin.data(), begin.size()}); it->Valid(); it->Next()) {
      if (!visit(text_of(it->key()), text_of(it->value()))) break;
    }
    return to_status(it->status(), "read");
  }
  Status scan_reverse(Table, std::string_view, std::string_view, const RowVisitor&) const override {
    return {Status::Code::kInvalid, "a table file is only scanned forwards"};
  }

 private:
  mutable rocksdb::SstFileReader reader_;
};

Status read_table_file(const fs::path& file, const Visit& visit, SalvageReport* report) {
  rocksdb::Options options;
  options.paranoid_checks = true;
  TableFile table(options);
  ++report->table_files;
  if (const rocksdb::Status opened = table.open(file.string()); !opened.ok()) {
    report->damage.push_back(file.filename().string() +
                             ": nothing of it can be read: " + opened.ToString());
    return {};
  }
  Status given;
  PassedOver passed;
  const Status scanned = scan_readable(
      table, Table::kState, {}, {},
      [&](std::string_view key, std::string_view value) {
        ++report->rows;
        given = visit({table_of(key), key, value, false});
        return given.is_ok();
      },
      &passed);
  if (!passed.empty())
    report->damage.push_back(file.filename().string() + ": " +
                             std::to_string(passed.stretches.size()) +
                             " stretches cannot be read: " + passed.why);
  return given ? scanned : given;
}

// The rows of one record of a log.
class Changes final : public rocksdb::WriteBatch::Handler {
 public:
  Changes(const Visit& visit, SalvageReport* report) : visit_(visit), report_(report) {}
  rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    ++report_->rows;
    given_ = visit_({table_of(text_of(key)), text_of(key), text_of(value), false});
    return given_ ? rocksdb::Status::OK() : rocksdb::Status::Aborted();
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }
  void LogData(const rocksdb::Slice&) override {}
  const Status& given() const { return given_; }

 private:
  const Visit& visit_;
  SalvageReport* report_;
  Status given_;
};

// Reads a log record by record; behind damage it goes on with the next one that is whole.
class LogFile {
 public:
  LogFile(const fs::path& file, const Visit& visit, SalvageReport* report)
      : name_(file.filename().string()),
        in_(file, std::ios::binary),
        visit_(visit),
        report_(report) {}

  Status read() {
    ++report_->log_files;
    std::vector<char> buffer(wal::kBlockBytes);
    while (in_.read(buffer.data(), wal::kBlockBytes), in_.gcount() > 0) {
      const std::string_view block(buffer.data(), static_cast<std::size_t>(in_.gcount()));
      if (Status status = read_block(block); !status) return status;
      block_start_ += block.size();
    }
    if (in_.bad()) lose(block_start_);
    if (!record_.empty()) lose(record_start_);
    report_->lost_log_bytes += lost_bytes_;
    if (lost_bytes_ != 0)
      report_->damage.push_back(name_ + ": " + std::to_string(lost_bytes_) +
                                " bytes cannot be read, the first at offset " +
                                std::to_string(first_lost_) +
                                "; what was written there is lost where no table has it");
    return {};
  }

 private:
  Status read_block(std::string_view block) {
    std::size_t at = 0;
    bool lost = false;
    while (at + wal::kHeaderBytes <= block.size()) {
      const std::string_view rest = block.substr(at);
      const bool whole = wal::has_shape_of_record(rest) && (!lost || wal::is_intact_start(rest)) &&
                         wal::matches_checksum(rest);
      if (!whole) {
        // Zeros end the log, where space was set aside for it.
        if (!lost && is_empty(rest)) return {};
        lose(block_start_ + at);
        lost = true;
        record_.clear();
        ++at;
        continue;
      }
      lost = false;
      const std::size_t size = wal::data_bytes(rest);
      if (Status status = take(wal::type_of(rest), rest.substr(wal::kHeaderBytes, size), at);
          !status)
        return status;
      at += wal::kHeaderBytes + size;
    }
    // What is left of a whole block is filled up with zeros; at the file's end it is a torn record.
    if (at < block.size() && !is_empty(block.substr(at))) lose(block_start_ + at);
    return {};
  }

  Status take(unsigned char type, std::string_view part, std::size_t at) {
    const bool begins = type == wal::kFull || type == wal::kFirst;
    if (begins == !record_.empty()) lose(block_start_ + at);  // the rest of another is missing
    if (begins) {
      record_.assign(part);
      record_start_ = block_start_ + at;
    } else if (record_.empty()) {
      return {};
    } else {
      record_.append(part);
    }
    if (type != wal::kFull && type != wal::kLast) return {};
    constexpr std::size_t kBatchHeaderBytes = 12;  // sequence and count
    if (record_.size() >= kBatchHeaderBytes) {
      Changes changes(visit_, report_);
      const rocksdb::WriteBatch batch(record_);
      batch.Iterate(&changes).PermitUncheckedError();
      if (!changes.given()) return changes.given();
    }
    record_.clear();
    return {};
  }

  static bool is_empty(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
  }
  void lose(std::uint64_t offset) {
    if (lost_bytes_++ == 0) first_lost_ = offset;
  }

  const std::string name_;
  std::ifstream in_;
  const Visit& visit_;
  SalvageReport* report_;
  std::uint64_t block_start_ = 0;
  std::string record_;  // parts of one record so far
  std::uint64_t record_start_ = 0;
  std::uint64_t lost_bytes_ = 0;
  std::uint64_t first_lost_ = 0;
};

// Of that ending, in the order they were begun.
// Itself, and not what it points to: a pipe or a link to a device would never end.
bool is_regular(const fs::path& file) {
  std::error_code error;
  return fs::symlink_status(file, error).type() == fs::file_type::regular;
}

// Names what RocksDB would open and is no file.
bool has_strange_files(const std::string& directory, SalvageReport* report) {
  bool strange = false;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool matters = name == "CURRENT" || name == "LOCK" || name == "IDENTITY" ||
                         name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-") ||
                         it->path().extension() == ".sst" || it->path().extension() == ".log";
    if (!matters || is_regular(it->path())) continue;
    strange = true;
    report->damage.push_back(name + ": is no regular file and is left out");
  }
  return strange;
}

std::vector<fs::path> files_of(const std::string& directory, const char* ending) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ending && is_regular(it->path())) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Status read_as_it_stands(const std::string& directory, const Visit& visit, SalvageReport* report) {
  RocksOptions options;
  options.path = directory;
  options.read_only = true;
  std::unique_ptr<Store> store;
  if (const Status opened = open_rocks(options, &store); !opened) {
    report->damage.push_back("it cannot be opened: " + opened.message());
    return {};
  }
  const std::unique_ptr<Snapshot> snapshot = store->snapshot();
  for (const Table table : {Table::kState, Table::kJournal}) {
    Status given;
    PassedOver passed;
    const Status scanned = scan_readable(
        *snapshot, table, {}, {},
        [&](std::string_view key, std::string_view value) {
          given = visit({table, key, value, true});
          return given.is_ok();
        },
        &passed);
    if (!given) return given;
    if (table == Table::kState) report->state_is_whole = scanned.is_ok() && passed.empty();
  }
  return {};
}

}  // namespace

Status salvage_rows(const std::string& directory, const Visit& visit, SalvageReport* report) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    return {Status::Code::kNotFound, "there is no data directory at " + directory};
  const bool strange = has_strange_files(directory, report);
  if (!is_regular(fs::path(directory) / "LOCK") && fs::exists(fs::path(directory) / "LOCK", error))
    return {Status::Code::kInvalid, directory + "/LOCK is no regular file"};
  const std::vector<fs::path> tables = files_of(directory, ".sst");
  const std::vector<fs::path> logs = files_of(directory, ".log");
  if (tables.empty() && logs.empty())
    return {Status::Code::kNotFound, directory + " holds no data files"};
  {
    DirectoryLock lock;
    if (Status status = lock.acquire(directory); !status) return status;
    for (const fs::path& file : tables) {
      if (Status status = read_table_file(file, visit, report); !status) return status;
    }
    for (const fs::path& file : logs) {
      if (Status status = LogFile(file, visit, report).read(); !status) return status;
    }
  }
  return strange ? Status() : read_as_it_stands(directory, visit, report);
}

}  // namespace casewheel::storage
