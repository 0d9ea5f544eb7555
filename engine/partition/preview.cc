#include "engine/partition/preview.h"

#include "engine/domain/decide.h"
#include "engine/partition/rows.h"
#include "engine/partition/sound.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {
namespace {

using storage::Table;

class Preview {
 public:
  Preview(const storage::Snapshot& snapshot, const catalogue::Registry& next, TimeMs now,
          const std::function<bool()>& goes_on, ChangePreview* preview)
      : snapshot_(snapshot), next_(next), now_(now), goes_on_(goes_on), preview_(*preview) {}

  Status partition(PartitionId id) {
    stored::PartitionHead head;
    std::string value;
    if (Status status = snapshot_.get(Table::kState, storage::head_key(id), &value); !status)
      return status.code() == Status::Code::kNotFound ? Status() : status;
    if (!head.ParseFromString(value))
      return {Status::Code::kCorruption, "the head of a partition cannot be decoded"};
    Status bad;
    const std::string prefix = storage::kind_prefix(storage::RowKind::kClock, id);
    storage::PassedOver passed;
    const Status scanned = storage::scan_readable(
        snapshot_, Table::kState, prefix, storage::prefix_end(prefix),
        [&](std::string_view key, std::string_view bytes) {
          bad = row(head.rules_edition(), key, bytes);
          if (storage::is_damage(bad)) {
            ++preview_.unreadable;
            bad = {};
          }
          return bad.is_ok();
        },
        &passed);
    preview_.unreadable += passed.stretches.size();
    return scanned ? bad : scanned;
  }

 private:
  Status row(std::uint64_t edition, std::string_view key, std::string_view bytes) {
    if (!goes_on_()) return {Status::Code::kBusy, "stopped"};
    const std::optional<CaseAddress> address = storage::decode_clock_key(key);
    stored::ClockRow row;
    if (!address || !row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        !is_sound(row))
      return {Status::Code::kCorruption, "a clock row cannot be decoded"};
    ++preview_.open_cases;
    const catalogue::TenantRules* rules = next_.find_number(address->id.tenant_number());
    if (rules == nullptr || !rules->may_have_moved(edition, row.by_calendar(), row.county())) {
      return {};
    }
    CaseRecord record;
    if (Status status = read_case(snapshot_, address->partition, address->id, &record); !status)
      return status;
    // Another catalogue or calendar was put in force meanwhile and has the case already.
    for (const stored::ClockState& clock : record.state.clocks()) {
      if (!rules->knows(clock) || clock.rules_edition() >= rules->rules_edition()) return {};
    }
    domain::Moment moment;
    moment.now = now_;
    static const domain::Command kRelay{
        domain::Relay{}, {stored::ENGINE, "", domain::kEveryRole}, 0, 0, 0, 0};
    const Result<domain::Events> events = domain::decide(record.state, kRelay, moment, *rules);
    CASEWHEEL_CHECK(events.has_value(), "the engine's own command was refused");
    if (!events->empty()) ++preview_.cases_moved;
    for (const stored::Event& event : *events) {
      if (event.has_clock_moved()) {
        moved(*address, record.state, event.clock_moved());
      } else {
        ++preview_.clocks_otherwise;
      }
    }
    return {};
  }

  void moved(const CaseAddress& address, const stored::CaseState& state,
             const stored::ClockMoved& event) {
    const TimeMs before = event.due_before_ms();
    const TimeMs after = event.due_after_ms();
    if (after > before) ++preview_.clocks_later;
    if (after < before) ++preview_.clocks_earlier;
    if (after == before) ++preview_.clocks_otherwise;
    const bool paused = before == 0 || after == 0;
    if (!paused && before >= now_ && after < now_) ++preview_.newly_breached;
    if (!paused && before < now_ && after >= now_) ++preview_.no_longer_breached;
    if (after == before || preview_.examples.size() == ChangePreview::kExamplesKept) return;
    ChangePreview::Example example{address, {}, before, after, state.county()};
    for (const stored::ClockState& clock : state.clocks()) {
      if (clock.clock() == event.clock()) example.kind = clock.kind();
    }
    preview_.examples.push_back(std::move(example));
  }

  const storage::Snapshot& snapshot_;
  const catalogue::Registry& next_;
  const TimeMs now_;
  const std::function<bool()>& goes_on_;
  ChangePreview& preview_;
};

}  // namespace

Status preview_change(const storage::Store& store, PartitionId partitions,
                      const catalogue::Registry& next, TimeMs now,
                      const std::function<bool()>& goes_on, ChangePreview* preview) {
  const std::unique_ptr<storage::Snapshot> snapshot = store.snapshot();
  Preview work(*snapshot, next, now, goes_on, preview);
  for (PartitionId id = 0; id < partitions; ++id) {
    if (Status status = work.partition(id); !status) return status;
  }
  return {};
}

}  // namespace casewheel::partition
