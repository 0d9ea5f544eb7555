// The part of Rebuild that settles cases and calls: which state each one has, which key, and its rows.
#include <algorithm>
#include <optional>

#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/domain/personal_data.h"
#include "engine/partition/merge_rows.h"
#include "engine/partition/person.h"
#include "engine/partition/rebuild.h"
#include "engine/partition/restored.h"
#include "storage/keys.h"

namespace casewheel::partition {

using storage::RowKind;
using storage::Table;

namespace {

std::uint32_t clock_named(const stored::Event& event) {
  switch (event.what_case()) {
    case stored::Event::kClockPaused:
      return event.clock_paused().clock();
    case stored::Event::kClockResumed:
      return event.clock_resumed().clock();
    case stored::Event::kClockBreached:
      return event.clock_breached().clock();
    case stored::Event::kClockStopped:
      return event.clock_stopped().clock();
    case stored::Event::kClockExtended:
      return event.clock_extended().clock();
    case stored::Event::kClockMoved:
      return event.clock_moved().clock();
    case stored::Event::kClockRestored:
      return event.clock_restored().laid().clock();
    case stored::Event::kStepFired:
      return event.step_fired().clock();
    case stored::Event::kStepPassedOver:
      return event.step_passed_over().clock();
    default:
      return 0;
  }
}

// The nearest version of the catalogue that has such a clock; empty when none has.
std::optional<std::uint32_t> nearest_version(const catalogue::TenantRules& rules,
                                             stored::ClockState clock) {
  const std::uint32_t lost = clock.catalogue_version();
  for (std::uint32_t version = std::min(lost, rules.version()); version > 0; --version) {
    clock.set_catalogue_version(version);
    if (rules.knows(clock)) return version;
  }
  for (std::uint32_t version = lost + 1; version <= rules.version(); ++version) {
    clock.set_catalogue_version(version);
    if (rules.knows(clock)) return version;
  }
  return std::nullopt;
}

// The same of a promise that came from a merged case; those of a clock nothing knows are dropped.
bool keep_by_known_rules(const catalogue::TenantRules& rules,
                         google::protobuf::RepeatedPtrField<stored::CarriedPromise>* promises) {
  bool changed = false;
  for (int i = promises->size() - 1; i >= 0; --i) {
    stored::CarriedPromise& promise = *promises->Mutable(i);
    stored::ClockState clock;
    clock.set_kind(promise.kind());
    clock.set_policy(promise.policy());
    clock.set_catalogue_version(promise.catalogue_version());
    if (promise.policy().empty() || rules.knows(clock)) continue;
    changed = true;
    if (const auto version = nearest_version(rules, clock)) {
      promise.set_catalogue_version(*version);
    } else {
      promises->DeleteSubrange(i, 1);
    }
  }
  return changed;
}

// A case that names versions of the catalogue, or editions of the time rules, that are lost counts by the
// nearest ones that are left; a clock no version knows is left out. Says whether there were any.
bool count_by_known_rules(stored::CaseState& state, const catalogue::Registry& registry) {
  const catalogue::TenantRules* rules =
      registry.find_number(CaseId{state.case_id()}.tenant_number());
  if (rules == nullptr) return false;
  bool changed = state.catalogue_version() > rules->version();
  if (changed) state.set_catalogue_version(rules->version());
  auto* clocks = state.mutable_clocks();
  for (int i = clocks->size() - 1; i >= 0; --i) {
    stored::ClockState& clock = *clocks->Mutable(i);
    if (clock.rules_edition() > registry.rules_edition()) {
      clock.set_rules_edition(registry.rules_edition());
      changed = true;
    }
    if (clock.policy().empty() || rules->knows(clock)) continue;
    changed = true;
    if (const auto version = nearest_version(*rules, clock)) {
      clock.set_catalogue_version(*version);
    } else {
      clocks->DeleteSubrange(i, 1);
    }
  }
  changed |= keep_by_known_rules(*rules, state.mutable_promises());
  if (state.has_merge()) {
    changed |= keep_by_known_rules(*rules, state.mutable_merge()->mutable_promises());
    changed |= keep_by_known_rules(*rules, state.mutable_merge()->mutable_carried());
  }
  return changed;
}

// Whether apply() can take the event though the ones before it are missing.
bool applies(const stored::CaseState& state, const stored::Event& event) {
  const std::uint32_t number = clock_named(event);
  if (number == 0) return true;
  return std::any_of(state.clocks().begin(), state.clocks().end(),
                     [&](const auto& clock) { return clock.clock() == number; });
}

}  // namespace

Status Rebuild::settle_cases(const catalogue::Registry& registry) {
  std::set<std::uint64_t> ids;
  for (const auto& [id, known] : cases_) ids.insert(id);
  if (has_gap()) {
    for (const std::uint64_t id : parts_.pool->cases_named(id_)) ids.insert(id);
  }
  for (const std::uint64_t id : ids) {
    if (gaps_.lost_cases().contains(id)) continue;
    if (Status status = settle(id, registry); !status) return status;
  }
  return {};
}

// Whether the row's key opens what the state has sealed.
bool Rebuild::fits(const stored::CaseState& state, const CaseRecord& row) {
  if (row.state.erased_revision() != state.erased_revision()) return false;
  std::string plain;
  return state.sealed().empty() ||
         sealer_.unseal(row.key, domain::sealed_revision(state), state.sealed(), &plain);
}

void Rebuild::take_later(Case& known, const std::optional<CaseRecord>& row) {
  stored::CaseState& state = known.state;
  if (row && row->state.revision() > state.revision() && has_gap()) {
    state = row->state;
    known.restated = true;
  }
  for (const Later& later : known.later) {
    if (later.event.revision() <= state.revision()) continue;
    known.restated = true;
    if (later.event.revision() != next_revision(state)) known.incomplete = true;
    if (later.event.has_case_lodged() || !applies(state, later.event)) {
      known.incomplete = true;
      state.set_revision(later.event.revision());
      if (later.event.status() != 0) state.set_status(later.event.status());
      continue;
    }
    state.set_revision(later.event.revision() - 1);
    domain::apply(state, later.event, later.seq, later.now);
  }
  known.later.clear();
}

void Rebuild::restate(std::uint64_t id, Case& known) {
  stored::Event event;
  event.set_case_id(id);
  event.set_revision(next_revision(known.state));
  stored::CaseRestated& restated = *event.mutable_case_restated();
  restated.set_state(encode(known.state));
  restated.set_lost_from_seq(journal_.gaps.empty() ? gaps_.first_seq()
                                                   : journal_.gaps.front().first);
  restated.set_incomplete(known.incomplete || known.other_rules);
  append(std::move(event));
  if (known.other_rules) {
    return tell(
        RepairReport::Kind::kIncomplete, id,
        "the catalogue or calendar it counted by is lost: its clocks count by the nearest that "
        "is left, and its dates may be others");
  }
  tell(known.incomplete ? RepairReport::Kind::kIncomplete : RepairReport::Kind::kHistory, id,
       known.incomplete ? "its row cannot be read and " + lost_entries() +
                              " are lost: what happened to it in between is missing, and what it "
                              "stands at may be wrong"
                        : "the case is as it was; of its history what stood in the " +
                              lost_entries() + " is missing");
}

// The key is gone, and with it what it opened: as when a person is erased, but for another cause.
void Rebuild::seal_off(std::uint64_t id, Case& known) {
  stored::Event event;
  event.set_case_id(id);
  event.set_revision(next_revision(known.state));
  event.mutable_case_erased()->set_cause(stored::KEY_LOST);
  append(std::move(event));
  std::string why =
      "its personal data, texts and attachments cannot be opened: the row with its key "
      "cannot be read (a backup may have it)";
  if (journal_.lost != 0)
    why += "; it may have changed in the " + lost_entries() + ", which are lost";
  tell(RepairReport::Kind::kSealed, id, std::move(why));
}

Status Rebuild::settle(std::uint64_t id, const catalogue::Registry& registry) {
  std::optional<CaseRecord> row(std::in_place);
  if (!read_case(parts_.pool->rows(), id_, CaseId{id}, &*row)) row.reset();
  Case& known = cases_[id];
  take_later(known, row);
  if (known.state.revision() == 0) {
    cases_.erase(id);
    return {};
  }
  CaseRecord record;
  const bool has_key = row && fits(known.state, *row);
  if (has_key) {
    record.key = row->key;
  } else {
    parts_.random(record.key.data(), record.key.size());
  }
  if (count_by_known_rules(known.state, registry)) known.restated = known.other_rules = true;
  if (known.restated) restate(id, known);
  // Erased, and nothing came after it: there was nothing left to open.
  const bool was_empty =
      known.state.erased_revision() != 0 && known.state.erased_revision() == known.state.revision();
  if (!has_key && !was_empty) seal_off(id, known);
  ++parts_.report->cases_kept;
  record.state = known.state;
  if (Status status = write(record, registry); !status) return status;
  return entry_.ByteSizeLong() > kEntryBytes ? close_entry() : Status();
}

Status Rebuild::write(const CaseRecord& record, const catalogue::Registry& registry) {
  const CaseId id{record.state.case_id()};
  const domain::Rulebook* rules = registry.find_number(id.tenant_number());
  if (rules == nullptr) {
    return {Status::Code::kCorruption, "the catalogue of tenant number " +
                                           std::to_string(id.tenant_number()) +
                                           " could not be read, neither its row nor its event"};
  }
  if (domain::is_open(record.state.status())) {
    const stored::ClockRow row = domain::clock_row(record.state, *rules);
    write_case(&batch_, id_, record, &row);
  } else {
    write_case(&batch_, id_, record, nullptr);
  }
  stored::PersonalData personal;
  if (unseal_personal(sealer_, record, &personal)) {
    for (std::string& key : lookup_keys(parts_.secret, id_, id, personal))
      batch_.put(Table::kState, std::move(key), {});
  }
  for (const stored::AttachmentState& attachment : record.state.attachments())
    batch_.put(Table::kState, storage::holding_key(id_, attachment.blob(), id), {});
  write_merge_rows(&batch_, id_, record.state);
  return put(false);
}

Status Rebuild::settle_calls() {
  std::map<storage::Digest16, CallRecord> rows;
  const std::string prefix = storage::kind_prefix(RowKind::kCall, id_);
  const Status scanned = parts_.pool->rows().scan(
      Table::kState, prefix, storage::prefix_end(prefix),
      [&](std::string_view key, std::string_view value) {
        CallRecord record;
        const auto place = storage::decode_call_key(key);
        if (place && decode_call(value, &record) && (has_gap() || calls_.contains(place->id)))
          rows[place->id] = std::move(record);
        return true;
      });
  if (!scanned) return scanned;
  std::set<storage::Digest16> ids;
  for (const auto& [id, call] : calls_) ids.insert(id);
  for (const auto& [id, record] : rows) ids.insert(id);
  const std::uint64_t sealed_before = parts_.report->calls_sealed;
  for (const storage::Digest16& id : ids) {
    const auto row = rows.find(id);
    if (Status status =
            settle_call(id, row == rows.end() ? std::nullopt : std::optional(row->second));
        !status)
      return status;
  }
  if (parts_.report->calls_sealed != sealed_before)
    parts_.report->notes.push_back(
        "partition " + std::to_string(id_) + ": who called cannot be read any more of " +
        std::to_string(parts_.report->calls_sealed - sealed_before) + " calls");
  return {};
}

Status Rebuild::settle_call(const storage::Digest16& id, const std::optional<CallRecord>& row) {
  if (row && has_gap() && row->call.version() > calls_[id].version()) {
    stored::Event event;
    *event.mutable_call_changed()->mutable_call() = row->call;
    event.mutable_call_changed()->mutable_call()->set_version(
        std::max(row->call.version() + 1, names_from(head_, row->call)));
    event.mutable_call_changed()->set_restated(true);
    append(std::move(event));
  }
  const stored::Call& call = calls_[id];
  CallRecord record;
  record.call = call;
  bool opens = call.erased_ms() != 0;
  if (row && !opens) {
    stored::CallParty party;
    record.key = row->key;
    opens = unseal_party(sealer_, record, &party);
  }
  if (!row || !opens || call.erased_ms() != 0) parts_.random(record.key.data(), record.key.size());
  if (!opens) {
    stored::Event event;
    event.mutable_call_erased()->set_call_id(call.call_id());
    event.mutable_call_erased()->set_cause(stored::KEY_LOST);
    append(std::move(event));
    ++parts_.report->calls_sealed;
    record.call = calls_[id];
  }
  ++parts_.report->calls_kept;
  write_call(&batch_, id_, record, true);
  stored::CallParty party;
  if (record.call.erased_ms() == 0 && unseal_party(sealer_, record, &party)) {
    for (const storage::Digest16& person : party_digests(
             parts_.secret, static_cast<std::uint8_t>(record.call.tenant_number()), party))
      batch_.put(Table::kState, storage::call_lookup_key(id_, person, id), {});
  }
  if (entry_.ByteSizeLong() > kEntryBytes) {
    if (Status status = close_entry(); !status) return status;
  }
  return put(false);
}

}  // namespace casewheel::partition
