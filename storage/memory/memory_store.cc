// A sorted map a table. See memory_store.h.
#include "storage/memory/memory_store.h"

#include <array>
#include <mutex>

namespace casewheel::storage {
namespace {

using Rows = std::map<std::string, std::string, std::less<>>;

Status failed() { return Status(Status::Code::kIoError, "the store failed; open it again"); }

}  // namespace

struct MemoryStore::Tables {
  Tables() = default;
  Tables(const Tables& other) : rows(other.rows) {}

  std::array<Rows, kTableCount> rows;
  // A count of our own, because shared_ptr::use_count() orders nothing: the writer changes rows in
  // place only after it has seen, with acquire, that the last reader let go.
  mutable std::atomic<int> readers{0};
};

class MemoryStore::MemorySnapshot final : public Snapshot {
 public:
  // No tables: taken from a failed store, answers that.
  explicit MemorySnapshot(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {
    if (tables_) tables_->readers.fetch_add(1, std::memory_order_relaxed);
  }
  ~MemorySnapshot() override {
    if (tables_) tables_->readers.fetch_sub(1, std::memory_order_release);
  }
  MemorySnapshot(const MemorySnapshot&) = delete;
  MemorySnapshot& operator=(const MemorySnapshot&) = delete;

  Status get(Table table, std::string_view key, std::string* value) const override {
    if (!tables_) return failed();
    const Rows& rows = rows_of(table);
    const auto it = rows.find(key);
    if (it == rows.end()) return Status(Status::Code::kNotFound, {});
    *value = it->second;
    return Status::ok();
  }

  Status scan(Table table, std::string_view begin, std::string_view end,
              const RowVisitor& visit) const override {
    if (!tables_) return failed();
    const Rows& rows = rows_of(table);
    for (auto it = rows.lower_bound(begin); it != rows.end() && (end.empty() || it->first < end);
         ++it) {
      if (!visit(it->first, it->second)) break;
    }
    return Status::ok();
  }

  Status scan_reverse(Table table, std::string_view begin, std::string_view end,
                      const RowVisitor& visit) const override {
    if (!tables_) return failed();
    const Rows& rows = rows_of(table);
    auto it = end.empty() ? rows.end() : rows.lower_bound(end);
    while (it != rows.begin()) {
      --it;
      if (it->first < begin || !visit(it->first, it->second)) break;
    }
    return Status::ok();
  }

 private:
  const Rows& rows_of(Table table) const { return tables_->rows[static_cast<std::size_t>(table)]; }

  std::shared_ptr<const Tables> tables_;
};

MemoryStore::MemoryStore() : tables_(std::make_shared<Tables>()) {}
MemoryStore::~MemoryStore() = default;

std::unique_ptr<Snapshot> MemoryStore::snapshot() const {
  std::shared_lock lock(mutex_);
  return std::make_unique<MemorySnapshot>(failed_ ? nullptr : tables_);
}

Status MemoryStore::get(Table table, std::string_view key, std::string* value) const {
  return snapshot()->get(table, key, value);
}

// Through a snapshot, so that the visitor may write, as it may with RocksDB.
Status MemoryStore::scan(Table table, std::string_view begin, std::string_view end,
                         const RowVisitor& visit) const {
  return snapshot()->scan(table, begin, end, visit);
}

Status MemoryStore::write(const Batch& batch) {
  std::unique_lock lock(mutex_);
  if (failed_) return failed();
  if (fault_ != Fault::kNone) {
    if (writes_before_fault_ == 0) {
      failed_ = true;
    } else {
      --writes_before_fault_;
    }
  }
  if (failed_ && fault_ == Fault::kLost) return failed();
  if (tables_->readers.load(std::memory_order_acquire) != 0)
    tables_ = std::make_shared<Tables>(*tables_);
  for (const Batch::Change& change : batch.changes()) {
    Rows& rows = tables_->rows[static_cast<std::size_t>(change.table)];
    if (change.erase) {
      rows.erase(change.key);
    } else {
      rows.insert_or_assign(change.key, change.value);
    }
  }
  ++writes_;
  return failed_ ? failed() : Status::ok();
}

std::vector<std::pair<std::string, std::uint64_t>> MemoryStore::health() const {
  std::shared_lock lock(mutex_);
  return {{"state_rows", tables_->rows[static_cast<std::size_t>(Table::kState)].size()},
          {"journal_rows", tables_->rows[static_cast<std::size_t>(Table::kJournal)].size()}};
}

void MemoryStore::arm(Fault fault, std::uint64_t writes_before) {
  std::unique_lock lock(mutex_);
  fault_ = fault;
  writes_before_fault_ = writes_before;
}

void MemoryStore::reopen() {
  std::unique_lock lock(mutex_);
  fault_ = Fault::kNone;
  writes_before_fault_ = 0;
  failed_ = false;
}

}  // namespace casewheel::storage
