// A new data directory from a damaged one.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "engine/base/clock.h"
#include "engine/cli/failure.h"
#include "engine/cli/offline.h"
#include "engine/cli/session.h"
#include "engine/cli/table.h"
#include "engine/partition/holdings.h"
#include "engine/partition/installation.h"
#include "engine/partition/repair.h"
#include "engine/partition/verify.h"
#include "storage/rocks/rocks_store.h"
#include "storage/rocks/salvage.h"
#include "storage/shelf/shelf.h"

namespace casewheel::cli {
namespace {

namespace fs = std::filesystem;
using partition::RepairReport;

// A repair as it goes on: found, built, proved.
struct Repair {
  storage::SalvageReport found;
  RepairReport built;
  std::vector<std::string> files_missing;
  partition::VerifyReport proved;

  bool is_whole() const {
    return built.is_whole() && files_missing.empty() && proved.ok() && found.lost_log_bytes == 0;
  }
};

// Removed with everything in it, unless it was kept.
class WorkDirectory {
 public:
  explicit WorkDirectory(std::string path) : path_(std::move(path)) {}
  ~WorkDirectory() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  const std::string& path() const { return path_; }
  Status move_to(const std::string& place) {
    std::error_code error;
    fs::remove(place, error);  // an empty directory
    fs::rename(path_, place, error);
    if (!error) return {};
    return {Status::Code::kIoError,
            "cannot move " + path_ + " to " + place + ": " + error.message()};
  }

 private:
  const std::string path_;
};

Status open_new(const std::string& path, std::unique_ptr<storage::Store>* store) {
  storage::RocksOptions options;
  options.path = path;
  options.create_if_missing = true;
  return storage::open_rocks(options, store);
}

Status build(const OfflineRepairOptions& options, const std::string& scratch_path,
             const std::string& path, Repair* repair) {
  std::unique_ptr<storage::Store> scratch;
  if (Status status = open_new(scratch_path, &scratch); !status) return status;
  partition::SalvagePool pool(*scratch);
  const auto add = [&](const storage::SalvagedRow& row) {
    return pool.add(row.key, row.value, row.newest);
  };
  if (Status status = storage::salvage_rows(options.data_directory, add, &repair->found); !status)
    return status;
  if (Status status = pool.flush(); !status) return status;
  if (repair->found.lost_log_bytes != 0) pool.note_lost_end();
  std::unique_ptr<storage::Store> out;
  if (Status status = open_new(path, &out); !status) return status;
  if (Status status =
          partition::repair(pool, repair->found.state_is_whole, machine_clock().system_ms(),
                            partition::system_random(), *out, &repair->built);
      !status)
    return status;
  const auto partitions = static_cast<PartitionId>(pool.installation()->partitions());
  storage::ShelfCopy copy(storage::shelf_of(options.data_directory), storage::shelf_of(path));
  Status failed;
  const Status visited = partition::visit_held(*out, partitions, [&](std::string_view blob) {
    const Status copied = copy.add(blob);
    if (copied || !failed) return;
    if (copied.code() == Status::Code::kNotFound || copied.code() == Status::Code::kIoError) {
      repair->files_missing.push_back(copied.message());
    } else {
      failed = copied;
    }
  });
  return visited ? failed : visited;
}

Status prove(const std::string& path, const Output& output, Repair* repair) {
  std::unique_ptr<storage::Store> store;
  storage::RocksOptions opening;
  opening.path = path;
  opening.read_only = true;
  if (Status status = storage::open_rocks(opening, &store); !status) return status;
  partition::Installation installation;
  if (Status status = partition::read_installation(*store, &installation); !status) return status;
  const std::unique_ptr<storage::Shelf> shelf =
      storage::Shelf::read_only(storage::shelf_of(path), installation.secret);
  Progress progress(output, "驗證 verifying");
  return partition::verify(
      *store,
      [&](std::uint64_t done, std::uint64_t total) {
        progress.update(done, total);
        return true;
      },
      &repair->proved, shelf.get());
}

const char* word_of(RepairReport::Kind kind) {
  switch (kind) {
    case RepairReport::Kind::kLost:
      return "lost";
    case RepairReport::Kind::kIncomplete:
      return "incomplete";
    case RepairReport::Kind::kHistory:
      return "history";
    case RepairReport::Kind::kSealed:
      return "sealed";
  }
  return "";
}

const char* chinese_of(RepairReport::Kind kind) {
  switch (kind) {
    case RepairReport::Kind::kLost:
      return "無法復原 lost";
    case RepairReport::Kind::kIncomplete:
      return "內容不全 incomplete";
    case RepairReport::Kind::kHistory:
      return "歷程不全 history";
    case RepairReport::Kind::kSealed:
      return "個資無法開啟 sealed";
  }
  return "";
}

boost::json::array list_of(const std::vector<std::string>& lines) {
  boost::json::array list;
  for (const std::string& line : lines) list.emplace_back(line);
  return list;
}

void show_document(const std::string& place, const Repair& repair, const Output& output) {
  boost::json::array cases;
  for (const RepairReport::Line& line : repair.built.cases) {
    cases.push_back(boost::json::object{{"case_number", line.number},
                                        {"kind", word_of(line.kind)},
                                        {"why", line.why},
                                        {"from_seq", line.from_seq}});
  }
  output.document(boost::json::object{{"repaired", true},
                                      {"data_directory", place},
                                      {"whole", repair.is_whole()},
                                      {"cases_kept", repair.built.cases_kept},
                                      {"calls_kept", repair.built.calls_kept},
                                      {"entries", repair.built.entries},
                                      {"lost_entries", repair.built.lost_entries},
                                      {"lost_log_bytes", repair.found.lost_log_bytes},
                                      {"cases", std::move(cases)},
                                      {"notes", list_of(repair.built.notes)},
                                      {"damage", list_of(repair.found.damage)},
                                      {"attachments_missing", list_of(repair.files_missing)},
                                      {"verified", repair.proved.ok()},
                                      {"problems", list_of(repair.proved.problems)}});
}

void show(const std::string& place, const Repair& repair, const Output& output) {
  const auto say = [&](const char* heading, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    output.out() << heading << "\n";
    for (const std::string& line : lines) output.out() << "  " << one_line(line) << "\n";
  };
  say("損壞 Damage", repair.found.damage);
  if (repair.found.lost_log_bytes != 0)
    output.out()
        << "寫入記錄檔不全：最後寫入的案件可能遺失，且無從列出\n"
        << "A write-ahead log is damaged: what was written last may be lost, and where it was "
           "its end nothing tells what it was\n";
  say("缺漏 What is missing", repair.built.notes);
  say("附件 Attachments that are missing", repair.files_missing);
  if (!repair.built.cases.empty()) {
    Table table({"案號 Case", "情形 What", "自第幾筆 From entry", "原因 Why"});
    for (const RepairReport::Line& line : repair.built.cases) {
      table.add({line.number, chinese_of(line.kind),
                 line.from_seq == 0 ? std::string() : std::to_string(line.from_seq), line.why});
    }
    output.out() << table.text();
  }
  say("驗證發現 Problems of the result", repair.proved.problems);
  Fields fields;
  fields.add("結果 Result", repair.is_whole() ? "全部復原 everything was had again"
                                              : "部分復原 not everything was had again, see above");
  fields.add("案件 Cases", std::to_string(repair.built.cases_kept));
  fields.add("通話 Calls", std::to_string(repair.built.calls_kept));
  fields.add("歷程 Journal", std::to_string(repair.built.entries) + " entries, " +
                                 std::to_string(repair.built.lost_entries) + " lost");
  fields.add("驗證 Verified",
             repair.proved.ok() ? "一致 everything agrees" : "不一致 problems were found");
  fields.add("新資料目錄 New directory", place);
  output.out() << fields.text();
}

}  // namespace

int repair_directory(const OfflineRepairOptions& options, const Output& output) {
  std::string from = options.data_directory;
  while (from.size() > 1 && from.back() == '/') from.pop_back();
  const std::string place =
      options.out_directory.empty() ? from + ".repaired" : options.out_directory;
  std::error_code error;
  const fs::path inside =
      fs::weakly_canonical(place, error).lexically_relative(fs::weakly_canonical(from, error));
  if (!error && !inside.empty() && *inside.begin() != "..")
    return usage_error(output, place + ": lies in the damaged directory, which is left as it is");
  if (fs::exists(place, error) && !(fs::is_directory(place, error) && fs::is_empty(place, error)))
    return usage_error(output, place + ": is not empty: name a directory that does not exist");
  for (const char* ending : {".salvage", ".partial"}) {
    if (fs::exists(place + ending, error))
      return usage_error(output,
                         place + ending + ": is in the way: an earlier repair left it, remove it");
  }
  WorkDirectory scratch(place + ".salvage");
  WorkDirectory made(place + ".partial");
  Repair repair;
  Status status = build({from, place}, scratch.path(), made.path(), &repair);
  if (status.code() == Status::Code::kNotFound || status.code() == Status::Code::kBusy)
    return usage_error(output, from + ": " + status.message());
  if (status) status = prove(made.path(), output, &repair);
  if (status) status = made.move_to(place);
  if (!status) return refused(status, "REPAIR_FAILED", "修復失敗 repair failed", output);
  if (output.json()) {
    show_document(place, repair, output);
  } else {
    show(place, repair, output);
  }
  return repair.is_whole() ? kExitOk : kExitDisagreed;
}

}  // namespace casewheel::cli
