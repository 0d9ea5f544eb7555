// Telephone calls in a partition: what is told of one is decided, sealed and put into the batch, and one of
// which no end is told is ended when its time is up.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "engine/partition/call_rows.h"
#include "engine/partition/pending.h"
#include "engine/partition/restored.h"

namespace casewheel::partition {

using storage::Table;

namespace {

TimeMs ends_at(const stored::Call& call) { return call.begun_ms() + domain::kCallEndsWithinMs; }

}  // namespace

Status Partition::load_open_calls() {
  const std::string prefix = storage::kind_prefix(storage::RowKind::kUnsettledCall, parts_.id);
  std::vector<storage::Digest16> unsettled;
  storage::PassedOver passed;
  const Status status = storage::scan_readable(
      *parts_.store, Table::kState, prefix, storage::prefix_end(prefix),
      [&](std::string_view key, std::string_view) {
        if (const auto id = storage::decode_unsettled_call_key(key)) unsettled.push_back(*id);
        return true;
      },
      &passed);
  if (!status) return status;
  pass_over(passed.stretches.size());
  for (const storage::Digest16& id : unsettled) {
    CallRecord record;
    if (const Status read = read_call(*parts_.store, parts_.id, id, &record); !read) {
      pass_over(1);
      spdlog::error("partition {}: a call under way cannot be read and is not ended: {}", parts_.id,
                    read.message());
    } else if (record.call.ended_ms() == 0) {
      open_calls_.emplace(ends_at(record.call), id);
    }
  }
  return {};
}

Status Partition::load(Pending& batch, const storage::Digest16& id, TouchedCall** touched) {
  const auto [known, is_new] = batch.calls.try_emplace(id);
  *touched = &known->second;
  if (!is_new) return {};
  auto record = std::make_shared<CallRecord>();
  Status status = read_call(*parts_.store, parts_.id, id, record.get());
  if (status.code() == Status::Code::kNotFound) {
    parts_.random(record->key.data(), record->key.size());
    status = {};
  }
  if (!status) {
    batch.calls.erase(known);
    return status;
  }
  TouchedCall& call = known->second;
  call.readable = open_call(sealer_, *record, &call.open, &call.sealed_plain);
  call.before = call.open;
  call.record = std::move(record);
  return {};
}

Result<bool> Partition::decide_call(Pending& batch, TouchedCall& touched,
                                    const catalogue::TenantRules& rules,
                                    const storage::Digest16& id,
                                    const domain::CallCommand& command) {
  CallRecord& record = *touched.record;
  if (!touched.readable)
    return Rejection::of(RejectionCode::kDataLoss, "the call cannot be unsealed");
  const stored::Call& known = touched.open;
  const auto* news = std::get_if<domain::CallNews>(&command.action);
  const std::string& line = known.line().empty() && news != nullptr ? news->line : known.line();
  domain::CallIdentity identity;
  identity.call_id.assign(reinterpret_cast<const char*>(id.data()), id.size());
  identity.tenant = rules.tenant();
  identity.tenant_number = rules.tenant_number();
  identity.answer_within_ms = rules.answer_within_ms();
  identity.version_from = names_from(batch.head, known);
  identity.calls_back =
      !rules.catalogue().hotline().callback_service().empty() && rules.is_hotline(line);
  Result<std::optional<stored::Event>> decided =
      domain::decide_call(known, identity, command, batch.now);
  if (!decided) return decided.error();
  if (!*decided) return false;
  stored::Event event = std::move(**decided);
  if (event.has_call_changed()) {
    stored::Call open = event.call_changed().call();
    seal(batch, touched, rules, event.mutable_call_changed()->mutable_call());
    domain::apply_call(record.call, event, batch.now);
    touched.open = std::move(open);
  } else {
    for (const storage::Digest16& person :
         party_digests(secret_, rules.tenant_number(), known.party()))
      batch.rows.erase(Table::kState, storage::call_lookup_key(parts_.id, person, id));
    parts_.random(record.key.data(), record.key.size());
    domain::apply_call(record.call, event, batch.now);
    touched.open = record.call;
    touched.sealed_plain.clear();
  }
  accept_own(batch, std::move(event));
  touched.changed = true;
  return true;
}

// What was not told anew stays sealed as it is, so that the key never meets a version twice. Nobody is sealed
// too, so that the key of every call can be proved.
void Partition::seal(Pending& batch, TouchedCall& touched, const catalogue::TenantRules& rules,
                     stored::Call* call) {
  const CallRecord& record = *touched.record;
  const stored::CallParty part = take_sealed_part(rules.catalogue().hotline(), call);
  if (call->erased_ms() != 0) return;  // nobody any more
  std::string plain = encode(part);
  if (!record.call.sealed().empty() && plain == touched.sealed_plain) {
    call->set_sealed(record.call.sealed());
    call->set_sealed_version(record.call.sealed_version());
    return;
  }
  call->set_sealed(sealer_.seal(record.key, call->version(), plain));
  call->set_sealed_version(call->version());
  touched.sealed_plain = std::move(plain);
  for (const storage::Digest16& person :
       party_digests(secret_, static_cast<std::uint8_t>(call->tenant_number()), part)) {
    batch.rows.put(Table::kState,
                   storage::call_lookup_key(parts_.id, person, call_id_of(call->call_id())), {});
  }
}

void Partition::serve(Pending& batch, CallRequest& request, Answer* answer) {
  const catalogue::TenantRules* rules = batch.registry->find(request.tenant);
  if (rules == nullptr) {
    answer->rejection =
        Rejection::invalid("tenant", "no such tenant in the catalogue: " + request.tenant);
    return;
  }
  const auto* link = std::get_if<domain::LinkCase>(&request.command.action);
  const auto* back = std::get_if<domain::CallBackBy>(&request.command.action);
  if ((link != nullptr && link->address.id.tenant_number() != rules->tenant_number()) ||
      (back != nullptr && back->address.id.tenant_number() != rules->tenant_number())) {
    answer->rejection = Rejection::of(RejectionCode::kNotFound, "no such case");
    return;
  }
  // The virtual clock may have moved on since the batch's time was fixed.
  if (auto* news = std::get_if<domain::CallNews>(&request.command.action))
    news->at_ms = std::min(news->at_ms, batch.now);
  TouchedCall* touched = nullptr;
  if (const Status loaded = load(batch, request.id, &touched); !loaded) {
    answer->rejection = unreadable(loaded);
    return;
  }
  const stored::Call& known = touched->record->call;
  if (known.version() != 0 &&
      (known.tenant() != request.tenant || !covers(request.command.who, *rules, known))) {
    answer->rejection = Rejection::of(RejectionCode::kNotFound, "no such call");
    return;
  }
  const Result<bool> changed = decide_call(batch, *touched, *rules, request.id, request.command);
  if (!changed) {
    answer->rejection = changed.error();
    if (touched->record->call.version() == 0) batch.calls.erase(request.id);
    return;
  }
  answer->duplicate = !*changed;
  answer->call = touched->record;
}

bool Partition::end_unended(Pending& batch, std::size_t calls_max) {
  static const domain::CallCommand kEnd{domain::EndUnended{},
                                        {stored::ENGINE, "", domain::kEveryRole}};
  auto next = open_calls_.begin();
  while (next != open_calls_.end() && next->first <= batch.now) {
    if (calls_max-- == 0) return false;
    TouchedCall* touched = nullptr;
    bool ended = false;
    if (load(batch, next->second, &touched)) {
      const catalogue::TenantRules* rules = batch.registry->find(touched->record->call.tenant());
      ended =
          rules != nullptr && decide_call(batch, *touched, *rules, next->second, kEnd).has_value();
    }
    // One that cannot be read is tried again after the next start; the others go with the commit.
    next = ended ? std::next(next) : open_calls_.erase(next);
  }
  return true;
}

void Partition::write_calls(Pending& batch, Publication* publication) {
  std::vector<storage::Digest16> ids;
  for (const auto& [id, touched] : batch.calls) {
    if (touched.changed) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  for (const storage::Digest16& id : ids) {
    TouchedCall& touched = batch.calls.find(id)->second;
    write_call(&batch.rows, parts_.id, *touched.record, touched.before.version() == 0);
    touched.before.clear_party();
    touched.open.clear_party();
    publication->calls.push_back({parts_.id, std::move(touched.before), std::move(touched.open)});
  }
}

void Partition::keep_open_calls(const Publication& publication) {
  for (const CallChange& change : publication.calls) {
    const auto at = std::pair(ends_at(change.after), call_id_of(change.after.call_id()));
    if (change.after.ended_ms() == 0) {
      open_calls_.insert(at);
    } else {
      open_calls_.erase(at);
    }
  }
}

}  // namespace casewheel::partition
