// What time asks of a partition: looks at cases that are due, and carrying changed time rules to open
// cases.
#include <spdlog/spdlog.h>

#include <utility>

#include "engine/partition/pending.h"
#include "engine/partition/sound.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {

using storage::Table;

namespace {

// How long a case that cannot be read is left alone.
constexpr DurationMs kTryAgainMs = kMinuteMs;

}  // namespace

// A popped wheel entry is only a hint to look: what the case itself says decides. One that has moved
// meanwhile has nothing due and is armed again for its real instant.
void Partition::look(Pending& batch, const wheel::Expired& expired) {
  const CaseId id{expired.payload};
  std::shared_ptr<CaseRecord> record;
  const Status loaded = load(batch, id, &record);
  if (loaded.code() == Status::Code::kNotFound)
    return set_aside(expired, batch.now,
                     {Status::Code::kCorruption, "case " + format_case_number(parts_.id, id) +
                                                     " has a clock row and no row of its own"});
  if (!loaded) return set_aside(expired, batch.now, loaded);
  static const domain::Command kLook{
      domain::Look{}, {stored::ENGINE, "", domain::kEveryRole}, 0, 0, 0, 0};
  give(batch, record, kLook);
}

std::uint64_t Partition::give(Pending& batch, const std::shared_ptr<CaseRecord>& record,
                              const domain::Command& command) {
  const CaseId id{record->state.case_id()};
  Result<domain::Events> events = domain::decide(
      record->state, command, moment_of(batch, record->state), rules_of(*batch.registry, id));
  CASEWHEEL_CHECK(events.has_value(), "the engine's own command was refused");
  for (const stored::Event& event : *events) observe_lateness(event);
  const std::uint64_t count = events->size();
  accept(batch, record, std::move(*events));
  return count;
}

bool Partition::sweep(Pending& batch) {
  const std::uint64_t target = batch.registry->rules_edition();
  const std::uint64_t since = batch.head.rules_edition();
  if (since >= target) return false;
  // Cases lodged or reopened in this batch before the change are in no row yet: they would be missed.
  if (batch.catalogue_changed) return true;
  // Another change came while a sweep was under way: from the beginning, up to the newest.
  const std::uint64_t from =
      batch.head.sweeping_to_edition() == target ? batch.head.swept_case_id() : 0;
  absl::flat_hash_map<std::string, bool> touched;  // by tenant and county: asked once a slice
  std::vector<CaseId> affected;
  std::uint64_t last = from;
  std::size_t seen = 0;
  bool left = false;
  const std::string prefix = storage::kind_prefix(storage::RowKind::kClock, parts_.id);
  storage::PassedOver passed;
  const Status scanned = storage::scan_readable(
      *parts_.store, Table::kState, storage::clock_key(parts_.id, CaseId{from}),
      storage::prefix_end(prefix),
      [&](std::string_view key, std::string_view value) {
        const std::optional<CaseAddress> address = storage::decode_clock_key(key);
        stored::ClockRow row;
        if (!address) return true;  // counted when it was opened
        if (from != 0 && address->id.value == from) return true;
        if (seen == limits::kBatchSwept || affected.size() >= parts_.relaid_max) {
          left = true;
          return false;
        }
        ++seen;
        last = address->id.value;
        const catalogue::TenantRules* rules =
            batch.registry->find_number(address->id.tenant_number());
        // A row that cannot be read says nothing: its case is looked at.
        if (!row.ParseFromArray(value.data(), static_cast<int>(value.size())) || !is_sound(row) ||
            rules == nullptr) {
          affected.push_back(address->id);
          return true;
        }
        std::string ask = row.by_calendar() ? row.county() + '\n' : std::string();
        ask.push_back(static_cast<char>(address->id.tenant_number()));
        const auto [known, is_new] = touched.try_emplace(std::move(ask), false);
        if (is_new) known->second = rules->may_have_moved(since, row.by_calendar(), row.county());
        if (known->second) affected.push_back(address->id);
        return true;
      },
      &passed);
  if (!scanned) {
    spdlog::error("partition {}: open cases cannot be swept: {}", parts_.id, scanned.message());
    return false;
  }
  for (const storage::PassedOver::Stretch& stretch : passed.stretches) {
    const std::vector<CaseId> open = open_cases_without_rows(stretch);
    affected.insert(affected.end(), open.begin(), open.end());
  }
  static const domain::Command kRelay{
      domain::Relay{}, {stored::ENGINE, "", domain::kEveryRole}, 0, 0, 0, 0};
  std::uint64_t moved = 0;
  for (const CaseId id : affected) {
    // One that cannot be read now follows when somebody touches it: decide() asks each time.
    std::shared_ptr<CaseRecord> record;
    if (batch.registry->find_number(id.tenant_number()) == nullptr || !load(batch, id, &record)) {
      pass_over(1);
    } else if (domain::is_open(record->state.status())) {
      moved += give(batch, record, kRelay) != 0 ? 1 : 0;
    }
  }
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  stored::RulesSwept& swept = *event.mutable_rules_swept();
  swept.set_edition(target);
  swept.set_case_id(last);
  swept.set_moved(moved);
  parts_.metrics->sweep_moved += moved;
  swept.set_done(!left);
  accept_own(batch, std::move(event));
  return left;
}

// One damaged block may not stop the deadlines of all other cases, now or at each restart.
void Partition::set_aside(const wheel::Expired& expired, TimeMs now, const Status& why) {
  const auto [at, added] = set_aside_.try_emplace(expired.payload, expired.due);
  if (added) {
    set_aside_why_ = why.message();
    set_aside_changed_ = true;
  }
  arm_only(CaseId{expired.payload}, now + kTryAgainMs);
}

void Partition::tell_set_aside() {
  if (!set_aside_changed_) return;
  set_aside_changed_ = false;
  oldest_set_aside_ = kNever;
  for (const auto& [id, due] : set_aside_) oldest_set_aside_ = std::min(oldest_set_aside_, due);
  parts_.metrics->unreadable_cases = set_aside_.size();
  if (!set_aside_why_.empty()) {
    spdlog::error(
        "partition {}: {} due cases cannot be read, their deadlines wait and are tried again every "
        "minute: {}",
        parts_.id, set_aside_.size(), set_aside_why_);
    set_aside_why_.clear();
  } else if (set_aside_.empty()) {
    spdlog::warn("partition {}: every due case can be read again", parts_.id);
  }
}

// A case entered after its instants had passed says nothing about how the engine keeps time.
void Partition::observe_lateness(const stored::Event& event) {
  if (event.has_step_fired() && event.step_fired().cause() != stored::LATE_ENTRY) {
    parts_.metrics->lateness_ms.observe(
        static_cast<double>(event.step_fired().fired_ms() - event.step_fired().due_ms()));
  } else if (event.has_clock_breached() && event.clock_breached().cause() != stored::LATE_ENTRY) {
    parts_.metrics->lateness_ms.observe(
        static_cast<double>(event.clock_breached().fired_ms() - event.clock_breached().due_ms()));
  }
}

}  // namespace casewheel::partition
