// What a partition reads when it opens: its open cases into wheel and views. A damaged clock row is taken
// from its case; where the case cannot be read either, that is said and everything else is served.
#include <spdlog/spdlog.h>

#include <utility>

#include "engine/domain/apply.h"
#include "engine/partition/pending.h"
#include "engine/partition/sound.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {

using storage::RowKind;
using storage::Table;

namespace {

// The keys of the cases whose clock rows lie in the stretch: ids stand in both alike.
storage::PassedOver::Stretch cases_of(const storage::PassedOver::Stretch& clocks,
                                      PartitionId partition) {
  const std::string clock_prefix = storage::kind_prefix(RowKind::kClock, partition);
  const std::string case_prefix = storage::kind_prefix(RowKind::kCase, partition);
  const auto moved = [&](const std::string& key, const std::string& otherwise) {
    return key.starts_with(clock_prefix) ? case_prefix + key.substr(clock_prefix.size())
                                         : otherwise;
  };
  return {moved(clocks.begin, case_prefix), moved(clocks.end, storage::prefix_end(case_prefix))};
}

}  // namespace

void Partition::pass_over(std::uint64_t count) const {
  if (parts_.damage != nullptr) parts_.damage->passed_over += count;
}

std::vector<CaseId> Partition::open_cases_without_rows(
    const storage::PassedOver::Stretch& clocks) const {
  const storage::PassedOver::Stretch range = cases_of(clocks, parts_.id);
  std::vector<CaseId> open;
  storage::PassedOver passed;
  const Status status = storage::scan_readable(
      *parts_.store, Table::kState, range.begin, range.end,
      [&](std::string_view key, std::string_view value) {
        const std::optional<CaseAddress> address = storage::decode_case_key(key);
        CaseRecord record;
        if (!address || !decode_case(value, address->id, &record)) {
          pass_over(1);
        } else if (domain::is_open(record.state.status())) {
          open.push_back(address->id);
        }
        return true;
      },
      &passed);
  if (!status || !passed.empty()) {
    pass_over(passed.stretches.size());
    spdlog::error(
        "partition {}: clock rows are damaged and so are cases they belong to: deadlines of those "
        "cannot be told until `casewheel repair`: {}",
        parts_.id, status ? passed.why : status.message());
  }
  return open;
}

Status Partition::load_open_cases(const std::function<void(CaseChange&&)>& visit,
                                  storage::Batch* rows) {
  const std::string prefix = storage::kind_prefix(RowKind::kClock, parts_.id);
  std::vector<CaseId> doubtful;
  storage::PassedOver passed;
  const Status status = storage::scan_readable(
      *parts_.store, Table::kState, prefix, storage::prefix_end(prefix),
      [&](std::string_view key, std::string_view bytes) {
        stored::ClockRow row;
        const std::optional<CaseAddress> address = storage::decode_clock_key(key);
        if (!address) {
          pass_over(1);
        } else if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
                   !is_sound(row)) {
          doubtful.push_back(address->id);
        } else {
          take_up(address->id, std::move(row), visit);
        }
        return true;
      },
      &passed);
  if (!status) return status;
  for (const storage::PassedOver::Stretch& stretch : passed.stretches) {
    const std::vector<CaseId> open = open_cases_without_rows(stretch);
    doubtful.insert(doubtful.end(), open.begin(), open.end());
  }
  if (doubtful.empty()) return {};
  spdlog::error("partition {}: {} clock rows are damaged and are taken from their cases: {}",
                parts_.id, doubtful.size(),
                passed.empty() ? std::string("they cannot be decoded") : passed.why);
  for (const CaseId id : doubtful) derive_clock_row(id, visit, rows);
  return {};
}

void Partition::take_up(CaseId id, stored::ClockRow row,
                        const std::function<void(CaseChange&&)>& visit) {
  CaseChange change;
  if (row.next_ms() != 0) arm(id, row.next_ms());
  change.address = {parts_.id, id};
  change.open = true;
  if (row.unacknowledged() != 0 || row.extension_requests() != 0) {
    // One that cannot be read is missing among the notices only; its deadline tells of it.
    CaseRecord record;
    if (read_case(*parts_.store, parts_.id, id, &record)) {
      change.unacknowledged = unacknowledged(record.state);
      change.requests = undecided(record.state);
    }
  }
  change.row = std::move(row);
  visit(std::move(change));
}

void Partition::derive_clock_row(CaseId id, const std::function<void(CaseChange&&)>& visit,
                                 storage::Batch* rows) {
  const auto registry = parts_.catalogue->get();
  const domain::Rulebook* rules = registry->find_number(id.tenant_number());
  CaseRecord record;
  const Status status = read_case(*parts_.store, parts_.id, id, &record);
  if (!status || rules == nullptr) {
    // There is an open case of which nothing can be read: set aside as soon as the wheel turns.
    pass_over(1);
    arm_only(id, head_.now_ms());
    return;
  }
  if (!domain::is_open(record.state.status())) {
    rows->erase(Table::kState, storage::clock_key(parts_.id, id));
    return;
  }
  stored::ClockRow row = domain::clock_row(record.state, *rules);
  rows->put(Table::kState, storage::clock_key(parts_.id, id), encode(row));
  if (parts_.damage != nullptr) ++parts_.damage->derived_clock_rows;
  take_up(id, std::move(row), visit);
}

Status Partition::check_last_entry() const {
  std::string last;
  const Status status = parts_.log->read_one(parts_.id, chain_.seq, &last);
  const std::string where = "journal of partition " + std::to_string(parts_.id);
  // It is there and was committed, says the head row; what it holds is in the rows as well.
  if (storage::is_damage(status)) {
    pass_over(1);
    spdlog::error(
        "{}: its last entry {} cannot be read; it goes on from the hash in the head row: {}", where,
        chain_.seq, status.message());
    return {};
  }
  if (!status) {
    return {Status::Code::kCorruption, where + " lacks its last entry " +
                                           std::to_string(chain_.seq) + ": " + status.message()};
  }
  if (sha256(last) != chain_.hash) {
    return {Status::Code::kCorruption,
            where + ": entry " + std::to_string(chain_.seq) + " is not the one that was committed"};
  }
  return {};
}

}  // namespace casewheel::partition
