#include "engine/partition/rows.h"

#include <algorithm>
#include <cstring>

#include "engine/base/limits.h"
#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/domain/personal_data.h"
#include "engine/partition/sound.h"
#include "storage/keys.h"

namespace casewheel::partition {
namespace {

using storage::Table;

storage::Digest16 digest16(std::string_view bytes) {
  storage::Digest16 digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()),
              reinterpret_cast<char*>(digest.data()));
  return digest;
}

template <typename Reader>
Status read(const Reader& reader, PartitionId partition, CaseId id, CaseRecord* record) {
  std::string value;
  if (Status status = reader.get(Table::kState, storage::case_key(partition, id), &value); !status)
    return status;
  // Also what says of itself that it is another case, perhaps another tenant's.
  if (!decode_case(value, id, record)) {
    return {Status::Code::kCorruption,
            "case row " + format_case_number(partition, id) + " cannot be decoded"};
  }
  return {};
}

}  // namespace

std::string encode(const google::protobuf::MessageLite& message) {
  // No stored message has a map or unknown fields, so protobuf's bytes depend on the values alone.
  return message.SerializeAsString();
}

std::string encode_case(const CaseRecord& record) {
  std::string value;
  const std::size_t size = record.state.ByteSizeLong();
  value.resize(kSealKeyBytes + size);
  std::memcpy(value.data(), record.key.data(), kSealKeyBytes);
  record.state.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(value.data()) +
                                               kSealKeyBytes);
  return value;
}

bool decode_case(std::string_view value, CaseRecord* record) {
  if (value.size() < kSealKeyBytes) return false;
  std::memcpy(record->key.data(), value.data(), kSealKeyBytes);
  return record->state.ParseFromArray(value.data() + kSealKeyBytes,
                                      static_cast<int>(value.size() - kSealKeyBytes));
}

bool decode_case(std::string_view value, CaseId id, CaseRecord* record) {
  return decode_case(value, record) && is_sound(record->state, id);
}

bool unseal_personal(Sealer& sealer, const CaseRecord& record, stored::PersonalData* personal) {
  std::string plain;
  return sealer.unseal(record.key, domain::sealed_revision(record.state), record.state.sealed(),
                       &plain) &&
         personal->ParseFromString(plain);
}

void write_case(storage::Batch* batch, PartitionId partition, const CaseRecord& record,
                const stored::ClockRow* row) {
  const CaseId id{record.state.case_id()};
  batch->put(Table::kState, storage::case_key(partition, id), encode_case(record));
  if (row != nullptr) {
    batch->put(Table::kState, storage::clock_key(partition, id), encode(*row));
  } else {
    batch->erase(Table::kState, storage::clock_key(partition, id));
  }
}

stored::DedupeRow dedupe_row(CaseId id, const stored::CaseLodged& lodged) {
  stored::DedupeRow row;
  row.set_case_id(id.value);
  row.set_body_digest(lodged.lodge_body_digest());
  *row.mutable_promises() = lodged.promises();
  return row;
}

std::uint32_t request_period(TimeMs now) {
  return static_cast<std::uint32_t>(now / limits::kRequestPeriodMs);
}

std::string cursor_name(stored::IntakeKind kind, std::string_view source) {
  // The byte is none of a source's name.
  return std::string(kind == stored::IMPORT ? "\x01" : "").append(source);
}

namespace {

// `event`: one of a case, or that a request changed nothing of it.
template <typename Event>
void write_request_row(storage::Batch* batch, PartitionId partition, const EventPlace& at,
                       const Event& event) {
  if (event.case_id() == 0 || event.request_digest() == 0) return;
  std::string key = storage::request_key(partition, request_period(at.now), CaseId{event.case_id()},
                                         event.request_digest());
  // One request often leads to several events, one after the other.
  if (!batch->empty() && batch->changes().back().key == key) return;
  stored::RequestRow row;
  row.set_body_digest(event.body_digest());
  batch->put(Table::kState, std::move(key), encode(row));
}

void write_merge_row(storage::Batch* batch, PartitionId partition, const stored::Event& event) {
  const CaseId id{event.case_id()};
  const auto key_to = [&](const auto& other) {
    return storage::merge_key(
        partition, id, {static_cast<PartitionId>(other.partition()), CaseId{other.case_id()}});
  };
  if (event.has_merge_prepared()) {
    batch->put(Table::kState, key_to(event.merge_prepared()), encode(stored::MergeRow()));
  } else if (event.has_merge_released()) {
    batch->erase(Table::kState, key_to(event.merge_released()));
  } else if (event.has_duplicate_attached()) {
    batch->erase(Table::kState, key_to(event.duplicate_attached()));
  } else if (event.has_case_unmerged()) {
    stored::MergeRow row;
    row.set_unmerging(true);
    batch->put(Table::kState, storage::merge_key(partition, id, {partition, id}), encode(row));
  } else if (event.has_unmerge_settled()) {
    batch->erase(Table::kState, storage::merge_key(partition, id, {partition, id}));
  }
}

}  // namespace

void write_event_rows(storage::Batch* batch, PartitionId partition, const EventPlace& at,
                      const stored::Event& event) {
  write_request_row(batch, partition, at, event);
  if (event.has_request_answered())
    write_request_row(batch, partition, at, event.request_answered());
  write_merge_row(batch, partition, event);
  switch (event.what_case()) {
    case stored::Event::kCaseLodged: {
      const stored::CaseLodged& lodged = event.case_lodged();
      batch->put(Table::kState, storage::dedupe_key(partition, digest16(lodged.dedupe_digest())),
                 encode(dedupe_row(CaseId{event.case_id()}, lodged)));
      break;
    }
    case stored::Event::kCatalogueApplied: {
      const stored::Catalogue& catalogue = event.catalogue_applied().catalogue();
      batch->put(
          Table::kState,
          storage::catalogue_key(partition, static_cast<std::uint8_t>(catalogue.tenant_number()),
                                 catalogue.version()),
          encode(catalogue));
      break;
    }
    case stored::Event::kCalendarApplied: {
      const stored::Calendar& calendar = event.calendar_applied().calendar();
      batch->put(Table::kState, storage::calendar_key(partition, calendar.edition()),
                 encode(calendar));
      break;
    }
    case stored::Event::kIntakeCheckpointed: {
      const stored::IntakeCheckpointed& e = event.intake_checkpointed();
      stored::CursorRow row;
      row.set_position(e.position());
      batch->put(Table::kState,
                 storage::cursor_key(partition, static_cast<std::uint8_t>(e.tenant_number()),
                                     cursor_name(e.kind(), e.source())),
                 encode(row));
      break;
    }
    case stored::Event::kAccountChanged: {
      const stored::Account& account = event.account_changed().account();
      batch->put(Table::kState, storage::account_key(partition, account.name()), encode(account));
      break;
    }
    case stored::Event::kAccountRemoved:
      batch->erase(Table::kState, storage::account_key(partition, event.account_removed().name()));
      break;
    case stored::Event::kKeyChanged: {
      const stored::ApiKey& key = event.key_changed().key();
      batch->put(Table::kState, storage::api_key_key(partition, key.id()), encode(key));
      break;
    }
    case stored::Event::kSessionOpened: {
      const stored::Session& session = event.session_opened().session();
      batch->put(Table::kState, storage::session_key(partition, digest16(session.digest())),
                 encode(session));
      break;
    }
    case stored::Event::kSessionEnded: {
      const storage::Digest16 token = digest16(event.session_ended().digest());
      batch->erase(Table::kState, storage::session_key(partition, token));
      batch->erase(Table::kState, storage::session_use_key(partition, token));
      break;
    }
    case stored::Event::kSessionsUsed:
      for (const stored::SessionUse& use : event.sessions_used().uses()) {
        batch->put(Table::kState, storage::session_use_key(partition, digest16(use.digest())),
                   encode(use));
      }
      break;
    case stored::Event::kAuditRecorded:
      batch->put(Table::kState, storage::audit_key(partition, at.seq, at.place),
                 encode(event.audit_recorded()));
      break;
    case stored::Event::kRowsRestated:
      for (const stored::RowsRestated::Row& row : event.rows_restated().rows()) {
        if (row.removed()) {
          batch->erase(Table::kState, row.key());
        } else {
          batch->put(Table::kState, row.key(), row.value());
        }
      }
      break;
    default:
      break;
  }
}

void apply_to_head(stored::PartitionHead* head, const stored::Event& event) {
  domain::apply_totals(*head->mutable_totals(), event);
  switch (event.what_case()) {
    case stored::Event::kRulesSwept: {
      const stored::RulesSwept& swept = event.rules_swept();
      if (swept.done()) head->set_rules_edition(swept.edition());
      head->set_sweeping_to_edition(swept.done() ? 0 : swept.edition());
      head->set_swept_case_id(swept.done() ? 0 : swept.case_id());
      return;
    }
    case stored::Event::kClockJumpNoticed:
      head->set_frozen_since_ms(event.clock_jump_noticed().engine_ms());
      return;
    case stored::Event::kClockJumpConfirmed:
      head->set_frozen_since_ms(0);
      return;
    case stored::Event::kJournalRepaired: {
      stored::PartitionHead stated;
      if (!event.journal_repaired().head().empty() &&
          stated.ParseFromString(event.journal_repaired().head()))
        *head = std::move(stated);
      return;
    }
    case stored::Event::kHistoryRestored: {
      const stored::HistoryRestored& what = event.history_restored();
      stored::RestoredHistory& restored = *head->mutable_restored();
      restored.set_mark(what.mark());
      restored.set_last_seq(what.last_seq());
      restored.set_restored_ms(what.restored_ms());
      restored.set_engine_ms(what.engine_ms());
      restored.set_names_from(what.names_from());
      restored.set_numbers_until_ms(what.numbers_until_ms());
      return;
    }
    default:
      break;
  }
  if (event.what_case() != stored::Event::kCaseLodged) return;
  const CaseId id{event.case_id()};
  for (stored::NumberCounter& counter : *head->mutable_counters()) {
    if (counter.tenant_number() != id.tenant_number()) continue;
    counter.set_roc_date(id.roc_date());
    counter.set_last(id.sequence());
    return;
  }
  stored::NumberCounter* counter = head->add_counters();
  counter->set_tenant_number(id.tenant_number());
  counter->set_roc_date(id.roc_date());
  counter->set_last(id.sequence());
}

Status read_head(const storage::Snapshot& snapshot, PartitionId partition,
                 stored::PartitionHead* head) {
  head->Clear();
  std::string value;
  const Status status = snapshot.get(Table::kState, storage::head_key(partition), &value);
  if (status.code() == Status::Code::kNotFound) return {};
  if (!status || head->ParseFromString(value)) return status;
  return {Status::Code::kCorruption,
          "head of partition " + std::to_string(partition) + " cannot be decoded"};
}

Status read_request(const storage::Store& store, PartitionId partition, CaseId id,
                    std::uint64_t request_digest, TimeMs now, std::optional<std::uint64_t>* body) {
  if (request_digest == 0) return {};
  const std::uint32_t period = request_period(now);
  for (const std::uint32_t at : {period, period == 0 ? 0 : period - 1}) {
    std::string value;
    const Status status =
        store.get(Table::kState, storage::request_key(partition, at, id, request_digest), &value);
    if (status.code() == Status::Code::kNotFound) continue;
    if (!status) return status;
    stored::RequestRow row;
    if (!row.ParseFromString(value))
      return {Status::Code::kCorruption, "a request row cannot be decoded"};
    *body = row.body_digest();
    return {};
  }
  return {};
}

Status read_case(const storage::Store& store, PartitionId partition, CaseId id,
                 CaseRecord* record) {
  return read(store, partition, id, record);
}
Status read_case(const storage::Snapshot& snapshot, PartitionId partition, CaseId id,
                 CaseRecord* record) {
  return read(snapshot, partition, id, record);
}

}  // namespace casewheel::partition
