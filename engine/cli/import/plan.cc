#include "engine/cli/import/plan.h"

#include <algorithm>
#include <istream>
#include <tuple>

#include "engine/base/digest.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

void add_row(std::uint64_t line, MappedRow& mapped, std::string original, ImportPlan* plan) {
  const auto index = static_cast<std::uint32_t>(plan->rows.size());
  PlannedRow& row = plan->rows.emplace_back();
  row.line = line;
  row.original = std::move(original);
  row.request_id = mapped.lodge.request_id();
  row.recorded = mapped.recorded;
  row.lodge = mapped.lodge.SerializeAsString();
  plan->events.push_back({to_ms(mapped.lodge.received_time()), index, Step::kLodge});
  if (mapped.reply) {
    row.reply = mapped.reply->SerializeAsString();
    plan->events.push_back({to_ms(mapped.reply->replied_time()), index, Step::kReply});
  }
  if (mapped.close) {
    row.close = mapped.close->SerializeAsString();
    plan->events.push_back({to_ms(mapped.close->closed_time()), index, Step::kClose});
  }
  Adjusted& adjusted = plan->adjusted;
  if (mapped.reply_clamped) ++adjusted.replied_before_received;
  if (mapped.close_clamped) ++adjusted.closed_before_received;
  if (mapped.close_waited) ++adjusted.closed_before_replied;
  if (mapped.close_undated) ++adjusted.closed_without_date;
  if (mapped.agreed_dropped) ++adjusted.agreed_dropped;
}

void add_warnings(const tables::Row& row, const MappedRow& mapped, RowWarnings& warnings) {
  for (const std::string& warning : row.warnings)
    warnings.add({row.line, mapped.lodge.request_id(), warning});
  if (mapped.close_undated) {
    warnings.add(
        {row.line, mapped.lodge.request_id(),
         "closed_time: 已結案但無日期，案件仍為未結 the row is closed and has no time: the "
         "case stays open"});
  }
}

}  // namespace

v1::IngestItem ImportPlan::item(std::uint64_t position) const {
  const PlannedEvent& event = at(position);
  const PlannedRow& row = rows[event.row];
  v1::IngestItem item;
  item.set_position(position);
  switch (event.step) {
    case Step::kLodge:
      item.mutable_lodge()->ParseFromString(row.lodge);
      break;
    case Step::kReply:
      item.mutable_reply()->ParseFromString(row.reply);
      item.set_case_of(row.request_id);
      break;
    case Step::kClose:
      item.mutable_close()->ParseFromString(row.close);
      item.set_case_of(row.request_id);
      break;
  }
  return item;
}

std::string plan_import(tables::RowReader& reader, ImportMap& map, std::uint64_t limit,
                        RowErrors& errors, RowWarnings& warnings, ImportPlan* plan) {
  using Outcome = tables::RowReader::Outcome;
  tables::Row row;
  switch (reader.next(&row)) {
    case Outcome::kEnd:
      return "the table is empty";
    case Outcome::kError:
      return "the header, line " + std::to_string(row.line) + ": " + reader.error();
    case Outcome::kRow:
      break;
  }
  std::vector<std::string> header = std::move(row.fields);
  const bool again = take_off_error_columns(&header);
  errors.begin(header);
  std::string mistake = map.bind(header);
  if (!mistake.empty()) return mistake;

  std::uint64_t read = 0;
  while (limit == 0 || read < limit) {
    const auto outcome = reader.next(&row);
    if (outcome == Outcome::kEnd) break;
    ++read;
    MappedRow mapped;
    std::string original;
    if (outcome != Outcome::kError) {
      if (again) take_off_error_cells(&row.fields);
      if (errors.keeps_rows()) original = errors.original_row(row.fields);
    }
    std::string reason = "UNREADABLE_ROW";
    if (outcome == Outcome::kError) {
      mistake = reader.error();
    } else if (row.fields.size() != header.size()) {
      mistake = std::to_string(row.fields.size()) + " columns where the header has " +
                std::to_string(header.size());
    } else {
      mistake = map_row(map, row.fields, &mapped);
      reason = "UNMAPPED_ROW";
    }
    if (!mistake.empty()) {
      ++plan->unreadable;
      plan->unread_lines += row.lines_behind();
      mistake += tables::lines_lost_with(row);
      errors.add({row.line, mapped.lodge.request_id(), reason, mistake, std::move(original)});
      continue;
    }
    if (plan->rows.size() == kPlannedRowsMax) {
      return "the table has more than " + std::to_string(kPlannedRowsMax) + " rows: split it";
    }
    add_warnings(row, mapped, warnings);
    add_row(row.line, mapped, std::move(original), plan);
  }
  std::stable_sort(
      plan->events.begin(), plan->events.end(), [](const PlannedEvent& a, const PlannedEvent& b) {
        return std::tie(a.instant_ms, a.step, a.row) < std::tie(b.instant_ms, b.step, b.row);
      });
  return "";
}

std::string plan_fingerprint(std::istream& table, const std::string& map_text,
                             std::uint64_t limit) {
  constexpr std::size_t kBytes = 6;
  Sha256Stream hash;
  hash.add(std::to_string(limit) + ":" + std::to_string(map_text.size()) + ":" + map_text);
  std::vector<char> buffer(64 * 1024);
  while (table.read(buffer.data(), static_cast<std::streamsize>(buffer.size())),
         table.gcount() > 0) {
    hash.add({buffer.data(), static_cast<std::size_t>(table.gcount())});
  }
  return hex(bytes_of(hash.finish()).substr(0, kBytes));
}

}  // namespace casewheel::cli
