#include "engine/partition/call_rows.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/base/digest.h"
#include "engine/base/half_width.h"
#include "engine/base/limits.h"
#include "engine/partition/person.h"
#include "engine/partition/sound.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {
namespace {

using storage::Table;

template <typename Reader>
Status read_call_from(const Reader& reader, PartitionId partition, const storage::Digest16& id,
                      CallRecord* record) {
  std::string value;
  if (Status status = reader.get(Table::kState, storage::call_place_key(partition, id), &value);
      !status)
    return status;
  const auto place = storage::decode_call_place(id, value);
  if (place) {
    const Status status = reader.get(Table::kState, storage::call_key(partition, *place), &value);
    if (status.code() != Status::Code::kNotFound && !status) return status;
    if (status && decode_call(value, record) &&
        record->call.tenant_number() == place->tenant_number &&
        call_id_of(record->call.call_id()) == id)
      return {};
  }
  return {Status::Code::kCorruption,
          "the row of call " + hex({reinterpret_cast<const char*>(id.data()), id.size()}) +
              " cannot be decoded"};
}

}  // namespace

storage::CallPlace place_of(const stored::Call& call) {
  return {static_cast<std::uint8_t>(call.tenant_number()),
          static_cast<std::uint64_t>(call.begun_ms()), call_id_of(call.call_id())};
}

std::string encode_call(const CallRecord& record) {
  std::string value(reinterpret_cast<const char*>(record.key.data()), record.key.size());
  return value + encode(record.call);
}

bool decode_call(std::string_view value, CallRecord* record) {
  if (value.size() < kSealKeyBytes) return false;
  std::memcpy(record->key.data(), value.data(), kSealKeyBytes);
  return record->call.ParseFromArray(value.data() + kSealKeyBytes,
                                     static_cast<int>(value.size() - kSealKeyBytes)) &&
         is_sound(record->call);
}

void write_call(storage::Batch* batch, PartitionId partition, const CallRecord& record,
                bool is_new) {
  const storage::CallPlace place = place_of(record.call);
  batch->put(Table::kState, storage::call_key(partition, place), encode_call(record));
  if (is_new) {
    batch->put(Table::kState, storage::call_place_key(partition, place.id),
               storage::call_place_value(place));
  }
  const std::string unsettled = storage::unsettled_call_key(partition, place.id);
  if (domain::is_unsettled(record.call)) {
    batch->put(Table::kState, unsettled, {});
  } else {
    batch->erase(Table::kState, unsettled);
  }
}

bool unseal_party(Sealer& sealer, const CallRecord& record, stored::CallParty* party) {
  party->Clear();
  if (record.call.version() == 0) return true;
  std::string plain;
  return sealer.unseal(record.key, record.call.sealed_version(), record.call.sealed(), &plain) &&
         party->ParseFromString(plain);
}

bool open_call(Sealer& sealer, const CallRecord& record, stored::Call* open, std::string* plain) {
  *open = record.call;
  open->clear_sealed();
  open->clear_sealed_version();
  if (record.call.version() == 0 || record.call.erased_ms() != 0) return true;
  std::string bytes;
  stored::CallParty& party = *open->mutable_party();
  if (!sealer.unseal(record.key, record.call.sealed_version(), record.call.sealed(), &bytes) ||
      !party.ParseFromString(bytes))
    return false;
  if (plain != nullptr) *plain = std::move(bytes);
  const auto restore = [](std::string* sealed, std::string* field) {
    if (!sealed->empty()) *field = std::move(*sealed);
    sealed->clear();
  };
  restore(party.mutable_line(), open->mutable_line());
  restore(party.mutable_queue(), open->mutable_queue());
  restore(party.mutable_seat(), open->mutable_seat());
  restore(party.mutable_cause(), open->mutable_cause());
  restore(party.mutable_exchange_call(), open->mutable_exchange_call());
  for (int i = 0; i < std::min(party.transfer_seats_size(), open->transfers_size()); ++i)
    open->mutable_transfers(i)->set_seat(party.transfer_seats(i));
  party.clear_transfer_seats();
  return true;
}

stored::CallParty take_sealed_part(const stored::Hotline& hotline, stored::Call* open) {
  stored::CallParty part = open->party();
  open->clear_party();
  const auto lists = [](const auto& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!lists(hotline.lines(), open->line()))
    part.set_line(std::exchange(*open->mutable_line(), {}));
  if (!lists(hotline.queues(), open->queue()))
    part.set_queue(std::exchange(*open->mutable_queue(), {}));
  if (!domain::is_known_cause(open->cause()))
    part.set_cause(std::exchange(*open->mutable_cause(), {}));
  if (open->seat() != domain::kVoicemail) part.set_seat(std::exchange(*open->mutable_seat(), {}));
  part.set_exchange_call(std::exchange(*open->mutable_exchange_call(), {}));
  for (stored::CallTransfer& transfer : *open->mutable_transfers())
    part.add_transfer_seats(std::exchange(*transfer.mutable_seat(), {}));
  return part;
}

std::vector<storage::Digest16> party_digests(std::string_view secret, std::uint8_t tenant_number,
                                             const stored::CallParty& party) {
  stored::Applicant caller;
  // What is no number ("Private Caller") is said of many callers, and is the name of none.
  if (is_number_text(party.number())) caller.set_phone(party.number());
  caller.set_dialled_phone(party.dialled_number());
  return person_digests(secret, tenant_number, caller);
}

Status read_call(const storage::Store& store, PartitionId partition, const storage::Digest16& id,
                 CallRecord* record) {
  return read_call_from(store, partition, id, record);
}
Status read_call(const storage::Snapshot& snapshot, PartitionId partition,
                 const storage::Digest16& id, CallRecord* record) {
  return read_call_from(snapshot, partition, id, record);
}

bool covers(const domain::Who& who, const catalogue::TenantRules& rules, const stored::Call& call) {
  if (!who.territory || (!call.agent().empty() && call.agent() == who.id) ||
      std::find(call.ringing().begin(), call.ringing().end(), who.id) != call.ringing().end())
    return true;
  std::string unit;
  if (!call.agent().empty()) {
    unit = rules.unit_of_staff(call.agent()).value_or("");
  } else if (const stored::Service* service =
                 rules.service(rules.catalogue().hotline().callback_service())) {
    unit = service->unit();
  }
  return who.territory->covers(unit, stored::KIND_UNSPECIFIED, "");
}

Status visit_recent_calls(const storage::Store& store, DurationMs kept,
                          const std::function<void(PartitionId, const stored::Call&)>& visit,
                          std::uint64_t* passed_over) {
  constexpr int kTenantNumberMax = 99;
  const std::unique_ptr<storage::Snapshot> snapshot = store.snapshot();
  Sealer sealer;
  for (int partition = 0; partition < limits::kPartitionsMax; ++partition) {
    const auto id = static_cast<PartitionId>(partition);
    for (int tenant = 1; tenant <= kTenantNumberMax; ++tenant) {
      const std::string prefix = storage::call_tenant_prefix(id, static_cast<std::uint8_t>(tenant));
      TimeMs since = 0;
      storage::PassedOver passed;
      const Status scanned = storage::scan_readable_reverse(
          *snapshot, Table::kState, prefix, storage::prefix_end(prefix),
          [&](std::string_view, std::string_view value) {
            CallRecord record;
            if (!decode_call(value, &record)) {
              ++*passed_over;
              return true;
            }
            since = std::max(since, record.call.begun_ms() - kept);
            if (record.call.begun_ms() < since) return false;
            // One that cannot be opened counts as it stands.
            stored::Call open;
            open_call(sealer, record, &open);
            open.clear_party();
            visit(id, open);
            return true;
          },
          &passed);
      if (!scanned) return scanned;
      *passed_over += passed.stretches.size();
    }
  }
  return {};
}

}  // namespace casewheel::partition
