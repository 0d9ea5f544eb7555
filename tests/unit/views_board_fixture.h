// What the board's tests share: short ways to say what a partition published, an executor that runs
// when told, and a watcher that keeps what it was told.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/views/board.h"
#include "engine/views/board_limits.h"

namespace casewheel::views {

constexpr std::uint8_t kTaipower = 1;
constexpr std::uint8_t kTaisugar = 3;
constexpr TimeMs kStart = 1'780'000'000'000;  // May 2026

inline CaseAddress address_of(std::uint32_t sequence, PartitionId partition = 0,
                              std::uint8_t tenant_number = kTaipower) {
  return {partition, CaseId::make(tenant_number, 1150601, sequence)};
}

inline partition::CaseChange open_case(CaseAddress address, TimeMs due,
                                       const std::string& unit = "north",
                                       const std::string& handler = "chen") {
  partition::CaseChange change;
  change.address = address;
  change.open = true;
  change.row.set_next_ms(due);
  change.row.set_due_ms(due);
  change.row.set_due_kind(journal::v1::REPLY);
  change.row.set_kind(journal::v1::COMPLAINT);
  change.row.set_status(journal::v1::ASSIGNED);
  change.row.set_priority(journal::v1::NORMAL);
  change.row.set_unit(unit);
  change.row.set_handler(handler);
  change.row.set_service("meter");
  return change;
}

inline partition::CaseChange closed_case(CaseAddress address) {
  partition::CaseChange change;
  change.address = address;
  return change;
}

inline partition::Publication publication(std::vector<partition::CaseChange> changes,
                                          TimeMs now = kStart, PartitionId partition = 0) {
  partition::Publication result;
  result.partition = partition;
  result.now = now;
  result.changes = std::move(changes);
  return result;
}

// What must not have been rejected.
template <typename T>
T accepted(Result<T> result) {
  CASEWHEEL_CHECK(result.has_value(), result.has_error() ? result.error().message : "");
  return *std::move(result);
}

using CaseKey = std::pair<PartitionId, std::uint64_t>;
inline CaseKey key_of(CaseAddress address) { return {address.partition, address.id.value}; }

// Applies what it takes, and notes where the protocol was broken.
class KeepingWatcher : public Watcher {
 public:
  void on_available() override { ++available; }
  void on_end(const Rejection& reason) override { end = reason; }

  // Takes until nothing comes; how many messages there were.
  std::size_t drain(std::size_t rows_max = 100) {
    std::size_t messages = 0;
    for (auto taken = take(rows_max); taken > 0; taken = take(rows_max)) messages += taken;
    return messages;
  }

  std::size_t take(std::size_t rows_max) {
    const std::vector<WatchMessage> messages = watch->take(rows_max);
    for (const WatchMessage& message : messages) apply(message);
    return messages.size();
  }

  bool has(CaseAddress address) const { return rows.contains(key_of(address)); }

  std::shared_ptr<Watch> watch;
  std::map<CaseKey, DueRow> rows;
  std::map<CaseKey, TimeMs> told_at;  // as_of of what was last said of a row
  std::vector<std::string> told;      // "snapshot 2 complete", "upsert 7", "removed 7"
  std::vector<std::string> faults;
  bool is_complete = false;
  TimeMs as_of = 0;
  int available = 0;
  std::optional<Rejection> end;

 private:
  void apply(const WatchMessage& message) {
    if (message.revision != ++revision_) faults.push_back("a revision is missing");
    if (message.as_of < as_of) faults.push_back("as_of fell");
    as_of = message.as_of;
    if (const auto* snapshot = std::get_if<Snapshot>(&message.change)) {
      if (is_complete) faults.push_back("a snapshot slice after the last");
      is_complete = snapshot->complete;
      for (const DueRow& row : snapshot->rows) {
        if (!rows.emplace(key_of(row.address), row).second) faults.push_back("a row came twice");
        told_at[key_of(row.address)] = as_of;
      }
      told.push_back("snapshot " + std::to_string(snapshot->rows.size()) +
                     (snapshot->complete ? " complete" : ""));
      return;
    }
    if (!is_complete) faults.push_back("a change before the snapshot was complete");
    if (const auto* upsert = std::get_if<Upsert>(&message.change)) {
      rows[key_of(upsert->row.address)] = upsert->row;
      told_at[key_of(upsert->row.address)] = as_of;
      told.push_back("upsert " + std::to_string(upsert->row.address.id.sequence()));
    } else {
      const CaseAddress address = std::get<Removed>(message.change).address;
      if (rows.erase(key_of(address)) == 0) faults.push_back("removed what was not there");
      told.push_back("removed " + std::to_string(address.id.sequence()));
    }
  }

  std::uint64_t revision_ = 0;
};

inline const DueFilter kOverdue{
    .tenant_number = kTaipower, .units = {}, .handler = "", .horizon_ms = 0};
inline const DueFilter kThisHour{
    .tenant_number = kTaipower, .units = {}, .handler = "", .horizon_ms = kHourMs};

class BoardTest : public testing::Test {
 protected:
  void settle() {
    executor.restart();
    executor.run();
  }
  void commit(std::vector<partition::CaseChange> changes, TimeMs now = kStart,
              PartitionId partition = 0) {
    board.on_commit(publication(std::move(changes), now, partition));
    settle();
  }
  void tick(TimeMs now) {
    board.tick(now);
    settle();
  }
  std::shared_ptr<KeepingWatcher> watch(const DueFilter& filter, TimeMs now = kStart) {
    auto watcher = std::make_shared<KeepingWatcher>();
    watcher->watch = accepted(board.subscribe(filter, now, watcher));
    return watcher;
  }
  // Sequence numbers of all pages.
  std::vector<std::uint32_t> listed(const DueFilter& filter, TimeMs now = kStart,
                                    std::size_t page_size = 2) {
    std::vector<std::uint32_t> result;
    std::optional<DueKey> next = DueKey();
    do {
      const DuePage page = accepted(board.list(filter, now, page_size, *next));
      for (const DueRow& row : page.rows) result.push_back(row.address.id.sequence());
      next = page.next;
    } while (next);
    return result;
  }

  boost::asio::io_context executor;
  Board board{executor.get_executor()};
};

}  // namespace casewheel::views
