#include "engine/partition/rebuild.h"

#include <algorithm>

#include "engine/domain/apply.h"
#include "engine/domain/call.h"
#include "engine/partition/catalogue_rows.h"
#include "engine/partition/restored.h"
#include "storage/keys.h"

namespace casewheel::partition {

using storage::RowKind;
using storage::Table;

namespace {

constexpr std::size_t kRowBatchBytes = std::size_t{4} << 20;
constexpr std::size_t kLostCasesAnEvent = 8192;
// Where more running numbers than these are missing in a row, nobody had them.
constexpr std::uint32_t kNumbersSkipped = 10'000;

RowKind kind_of(std::string_view key) { return static_cast<RowKind>(key.front()); }

}  // namespace

Status Rebuild::begin() {
  if (Status status = mend_journal(*parts_.pool, id_, *parts_.out, &journal_); !status)
    return status;
  if (Status status = replay(); !status) return status;
  parts_.report->entries += journal_.end.seq;
  parts_.report->lost_entries += journal_.lost;
  name_gaps();
  // What was lost before and is on record needs nothing more.
  lost_ = find_lost();
  journal_.end.epoch = std::max(journal_.end.epoch, parts_.epoch);
  if (Status status = tell_repaired(); !status) return status;
  if (!has_loss()) return {};
  if (Status status = restate_rows(); !status) return status;
  end_sessions();
  return {};
}

Status Rebuild::replay() {
  const std::string prefix = storage::kind_prefix(RowKind::kJournal, id_);
  return parts_.out->scan(Table::kJournal, prefix, storage::prefix_end(prefix),
                          [&](std::string_view, std::string_view bytes) {
                            stored::JournalEntry entry;
                            if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
                              return true;
                            std::uint32_t place = 0;
                            for (const stored::Event& event : entry.events())
                              replay_event(entry, place++, event);
                            return true;
                          });
}

void Rebuild::replay_event(const stored::JournalEntry& entry, std::uint32_t place,
                           const stored::Event& event) {
  if (event.case_id() != 0) {
    Case& known = cases_[event.case_id()];
    if (gaps_.judge(event, known.state.revision(), next_revision(known.state)) ==
        RepairedGaps::Verdict::kApply) {
      domain::apply(known.state, event, entry.seq(), entry.now_ms());
      known.later.clear();
    } else {
      known.later.push_back({event, entry.seq(), entry.now_ms()});
    }
  } else {
    gaps_.note(event, entry.seq());
    for (const std::uint64_t lost : event.journal_repaired().lost_cases()) cases_.erase(lost);
  }
  if (event.has_call_changed()) {
    const stored::Call& next = event.call_changed().call();
    stored::Call& call = calls_[call_id_of(next.call_id())];
    if (next.version() > call.version()) domain::apply_call(call, event, entry.now_ms());
  } else if (event.has_call_erased()) {
    const auto call = calls_.find(call_id_of(event.call_erased().call_id()));
    if (call != calls_.end()) domain::apply_call(call->second, event, entry.now_ms());
  }
  apply_to_head(&head_, event);
  storage::Batch rows;
  write_event_rows(&rows, id_, {entry.seq(), place, entry.now_ms()}, event);
  if (event.has_requests_forgotten())
    rows_.erase(rows_.lower_bound(storage::kind_prefix(RowKind::kRequest, id_)),
                rows_.upper_bound(event.requests_forgotten().until_key()));
  keep_rows(rows);
}

void Rebuild::keep_rows(const storage::Batch& batch) {
  for (const storage::Batch::Change& change : batch.changes()) {
    if (change.erase) {
      rows_.erase(change.key);
      removed_.insert(change.key);
    } else {
      rows_[change.key] = change.value;
      removed_.erase(change.key);
    }
  }
}

std::uint32_t Rebuild::next_revision(const stored::CaseState& state) const {
  return std::max(state.revision() + 1, names_from(head_, state));
}

std::string Rebuild::lost_entries() const {
  std::string text = "journal of partition " + std::to_string(id_) + ", entries ";
  for (const MendedJournal::Gap& gap : journal_.gaps) {
    if (&gap != &journal_.gaps.front()) text += ", ";
    text += std::to_string(gap.first);
    if (gap.last != gap.first) text += " to " + std::to_string(gap.last);
  }
  return text;
}

bool Rebuild::has_loss() const { return journal_.lost != 0 || parts_.pool->has_lost_end(); }

void Rebuild::name_gaps() {
  for (const MendedJournal::Gap& gap : journal_.gaps) {
    parts_.report->notes.push_back("journal of partition " + std::to_string(id_) + ": entries " +
                                   std::to_string(gap.first) + " to " + std::to_string(gap.last) +
                                   (gap.changed
                                        ? " are not what was committed and are left out"
                                        : " cannot be read; what no row shows of them is lost"));
  }
  if (parts_.pool->has_lost_end() && journal_.lost == 0) {
    parts_.report->notes.push_back(
        "partition " + std::to_string(id_) +
        ": its last entries may be among the bytes that were lost at the "
        "end of the log");
  }
  if (has_loss()) {
    parts_.report->notes.push_back("partition " + std::to_string(id_) +
                                   ": what was done to cases in the lost entries is undone where "
                                   "no row shows it; who was erased "
                                   "there may be readable again: erase anew what was erased since");
  }
  if (!has_loss() || id_ != 0) return;
  parts_.report->notes.emplace_back(
      "accounts, keys and roles, catalogues and calendars may have been changed in the lost "
      "entries: "
      "look through them; everybody has to sign in again");
}

void Rebuild::append(stored::Event event) {
  if (event.actor().role() == 0) event.mutable_actor()->set_role(stored::ENGINE);
  const auto place = static_cast<std::uint32_t>(entry_.events_size());
  entry_.set_seq(journal_.end.seq + 1);
  entry_.set_now_ms(journal_.now_ms);
  replay_event(entry_, place, event);
  *entry_.add_events() = std::move(event);
}

Status Rebuild::close_entry() {
  if (entry_.events_size() == 0) return {};
  const std::string bytes = seal_entry(&entry_, id_, &journal_.end);
  storage::Batch batch;
  batch.put(Table::kJournal, storage::journal_key(id_, journal_.end.seq), bytes);
  entry_.Clear();
  return parts_.out->write(batch);
}

// Cases that nothing is left of: named by rows or by later events, or by the numbers around theirs.
std::vector<std::uint64_t> Rebuild::find_lost() const {
  std::set<std::uint64_t> lost;
  const auto is_had = [&](std::uint64_t id) {
    const auto known = cases_.find(id);
    if (known != cases_.end() && known->second.state.revision() != 0) return true;
    std::string row;
    return parts_.pool->rows().get(Table::kState, storage::case_key(id_, CaseId{id}), &row).is_ok();
  };
  if (journal_.lost == 0) return {};
  std::map<std::uint64_t, std::set<std::uint32_t>> given_out;  // numbers, by tenant and day
  const auto look_at = [&](std::uint64_t id) {
    if (gaps_.lost_cases().contains(id)) return;
    if (!is_had(id)) lost.insert(id);
    given_out[id >> 32].insert(CaseId{id}.sequence());
  };
  for (const std::uint64_t id : parts_.pool->cases_named(id_)) look_at(id);
  for (const auto& [id, known] : cases_) look_at(id);
  if (const stored::PartitionHead* head = parts_.pool->head(id_)) {
    for (const stored::NumberCounter& counter : head->counters()) {
      const CaseId id = CaseId::make(static_cast<std::uint8_t>(counter.tenant_number()),
                                     counter.roc_date(), counter.last());
      given_out[id.value >> 32].insert(counter.last());
    }
  }
  // Numbers of a day are given out one after the other, but for the leap after a restore.
  for (const auto& [day, numbers] : given_out) {
    std::uint32_t before = 0;
    for (const std::uint32_t number : numbers) {
      const std::uint32_t first = number - before > kNumbersSkipped ? number : before + 1;
      for (std::uint32_t sequence = first; sequence <= number; ++sequence) {
        const std::uint64_t id = day << 32 | sequence;
        if (!gaps_.lost_cases().contains(id) && !is_had(id)) lost.insert(id);
      }
      before = number;
    }
  }
  return {lost.begin(), lost.end()};
}

// As it stands without the lost entries: figures and counters of the head row where it is the last one;
// no number is given out again in any case.
stored::PartitionHead Rebuild::stated_head() const {
  const stored::PartitionHead* row = parts_.pool->head(id_);
  stored::PartitionHead head = row != nullptr && journal_.head_is_last ? *row : head_;
  head.clear_epoch();
  head.clear_seq();
  head.clear_hash();
  head.clear_now_ms();
  std::map<std::uint8_t, CaseId> last;
  const auto note = [&](CaseId id) {
    CaseId& known = last[id.tenant_number()];
    known = std::max(known, id);
  };
  for (const auto& [id, known] : cases_) note(CaseId{id});
  for (const std::uint64_t id : parts_.pool->cases_named(id_)) note(CaseId{id});
  for (const std::uint64_t id : lost_) note(CaseId{id});
  for (const stored::NumberCounter& counter : head.counters())
    note(CaseId::make(static_cast<std::uint8_t>(counter.tenant_number()), counter.roc_date(),
                      counter.last()));
  head.clear_counters();
  for (const auto& [tenant_number, id] : last) {
    stored::NumberCounter* counter = head.add_counters();
    counter->set_tenant_number(tenant_number);
    counter->set_roc_date(id.roc_date());
    counter->set_last(id.sequence());
  }
  return head;
}

Status Rebuild::tell_repaired() {
  std::size_t told = 0;
  do {
    stored::Event event;
    stored::JournalRepaired& repaired = *event.mutable_journal_repaired();
    repaired.set_repaired_ms(parts_.machine_now);
    repaired.set_lost_entries(journal_.lost);
    if (journal_.lost != 0) repaired.set_head(encode(stated_head()));
    for (std::size_t i = 0; i < kLostCasesAnEvent && told < lost_.size(); ++i)
      repaired.add_lost_cases(lost_[told++]);
    append(std::move(event));
    if (Status status = close_entry(); !status) return status;
  } while (told < lost_.size());
  for (const std::uint64_t id : lost_) {
    tell(RepairReport::Kind::kLost, id,
         "nothing of it could be read: " + lost_entries() +
             " are lost (if the number was ever given out)");
  }
  return {};
}

// Whether a row that the journal no longer explains is to be kept. That of a lost case's request is not: who
// sends it again gets a new case.
bool Rebuild::wants(std::string_view key, std::string_view value) const {
  const auto known = rows_.find(std::string(key));
  const bool newest = parts_.pool->is_newest(std::string(key));
  switch (kind_of(key)) {
    case RowKind::kDedupe: {
      stored::DedupeRow row;
      return known == rows_.end() &&
             row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
             !std::binary_search(lost_.begin(), lost_.end(), row.case_id());
    }
    case RowKind::kCatalogue:
    case RowKind::kCalendar:
    case RowKind::kAudit:
    case RowKind::kRequest:
      return known == rows_.end();
    case RowKind::kCursor:
    case RowKind::kAccount:
    case RowKind::kApiKey:
      // An older version of what the journal says was removed stays removed.
      if (known == rows_.end())
        return newest || (!parts_.state_is_whole && !removed_.contains(std::string(key)));
      return newest && known->second != value;
    default:
      return false;
  }
}

Status Rebuild::restate_rows() {
  stored::Event event;
  std::uint64_t restated = 0;
  const auto close = [&]() -> Status {
    if (event.rows_restated().rows().empty()) return {};
    append(std::move(event));
    event = {};
    return close_entry();
  };
  Status failed;
  for (const RowKind kind :
       {RowKind::kDedupe, RowKind::kCursor, RowKind::kCatalogue, RowKind::kCalendar,
        RowKind::kAccount, RowKind::kApiKey, RowKind::kAudit, RowKind::kRequest}) {
    const std::string prefix = storage::kind_prefix(kind, id_);
    const Status scanned = parts_.pool->rows().scan(
        Table::kState, prefix, storage::prefix_end(prefix),
        [&](std::string_view key, std::string_view value) {
          if (!wants(key, value)) return true;
          stored::RowsRestated::Row& row = *event.mutable_rows_restated()->add_rows();
          row.set_key(std::string(key));
          row.set_value(std::string(value));
          ++restated;
          if (event.ByteSizeLong() > kEntryBytes) failed = close();
          return failed.is_ok();
        });
    if (!scanned || !failed) return scanned ? failed : scanned;
    if (!parts_.state_is_whole || (kind != RowKind::kAccount && kind != RowKind::kApiKey)) continue;
    // Every row that stands was read: one the journal has and the state has not was removed.
    for (const auto& [key, value] : rows_) {
      if (kind_of(key) != kind || parts_.pool->is_newest(key)) continue;
      stored::RowsRestated::Row& row = *event.mutable_rows_restated()->add_rows();
      row.set_key(key);
      row.set_removed(true);
    }
  }
  return close();
}

void Rebuild::end_sessions() {
  std::vector<std::string> digests;
  for (const auto& [key, value] : rows_) {
    stored::Session session;
    if (kind_of(key) == RowKind::kSession && session.ParseFromString(value))
      digests.push_back(session.digest());
  }
  for (const std::string& digest : digests) {
    stored::Event event;
    event.mutable_session_ended()->set_digest(digest);
    append(std::move(event));
  }
}

std::shared_ptr<const catalogue::Registry> Rebuild::registry() const { return registry_of(rows_); }

Status Rebuild::put(bool last) {
  if (batch_.empty() || (!last && batch_.bytes() < kRowBatchBytes)) return {};
  Status status = parts_.out->write(batch_);
  batch_.clear();
  return status;
}

Status Rebuild::finish(const catalogue::Registry& registry) {
  if (Status status = settle_cases(registry); !status) return status;
  if (Status status = settle_calls(); !status) return status;
  if (Status status = close_entry(); !status) return status;
  for (const auto& [key, value] : rows_) {
    if (kind_of(key) == RowKind::kMerge) continue;  // they follow from the cases
    batch_.put(Table::kState, key, value);
    if (Status status = put(false); !status) return status;
  }
  head_.set_epoch(journal_.end.epoch);
  head_.set_seq(journal_.end.seq);
  head_.set_hash(std::string(bytes_of(journal_.end.hash)));
  head_.set_now_ms(journal_.now_ms);
  batch_.put(Table::kState, storage::head_key(id_), encode(head_));
  return put(true);
}

void Rebuild::tell(RepairReport::Kind kind, std::uint64_t id, std::string why) {
  parts_.report->cases.push_back({kind, format_case_number(id_, CaseId{id}), std::move(why),
                                  journal_.gaps.empty() ? 0 : journal_.gaps.front().first});
}

}  // namespace casewheel::partition
