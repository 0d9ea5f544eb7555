#include "engine/partition/partition.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/domain/apply.h"
#include "engine/partition/holdings.h"
#include "engine/partition/pending.h"
#include "engine/partition/person.h"
#include "engine/partition/restored.h"

namespace casewheel::partition {

using storage::Table;

namespace {

domain::Command* command_of(Request& request) {
  if (auto* lodge = std::get_if<LodgeRequest>(&request.body)) return &lodge->command;
  if (auto* act = std::get_if<ActRequest>(&request.body)) return &act->command;
  return nullptr;
}

}  // namespace

Partition::Partition(Parts parts, const Installation& installation)
    : parts_(std::move(parts)), installation_(installation), secret_(installation.secret) {
  chain_.epoch = installation.epoch;
}

Status Partition::last_now(const storage::Store& store, PartitionId id, TimeMs* now,
                           TimeMs* frozen_since) {
  std::string value;
  *now = 0;
  *frozen_since = 0;
  Status status = store.get(Table::kState, storage::head_key(id), &value);
  if (status.code() == Status::Code::kNotFound) return {};
  if (!status) return status;
  stored::PartitionHead head;
  if (!head.ParseFromString(value))
    return {Status::Code::kCorruption,
            "head of partition " + std::to_string(id) + " cannot be decoded"};
  *now = head.now_ms();
  *frozen_since = head.frozen_since_ms();
  return {};
}

Status Partition::open(TimeMs now, const std::function<void(CaseChange&&)>& visit_open_case) {
  std::string value;
  Status status = parts_.store->get(Table::kState, storage::head_key(parts_.id), &value);
  if (status) {
    if (!head_.ParseFromString(value) || head_.hash().size() != chain_.hash.size()) {
      return {Status::Code::kCorruption,
              "head of partition " + std::to_string(parts_.id) + " cannot be decoded"};
    }
    chain_.seq = head_.seq();
    std::copy(head_.hash().begin(), head_.hash().end(), chain_.hash.begin());
    if (status = check_last_entry(); !status) return status;
  } else if (status.code() != Status::Code::kNotFound) {
    return status;
  }

  // From the last commit on, so that what came due meanwhile is fired in due order.
  wheel_ = std::make_unique<wheel::Wheel>(head_.now_ms() == 0 ? now : head_.now_ms());
  Pending batch;
  if (status = load_open_cases(visit_open_case, &batch.rows); !status) return status;
  if (status = load_open_calls(); !status) return status;

  batch.now = std::max(now, head_.now_ms());
  batch.head = head_;
  batch.seq = chain_.seq + 1;
  running_since_ = batch.now;
  const bool anew = is_restored_anew(installation_, head_);
  restored_ = anew && !installation_.copied;
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  event.mutable_engine_started()->set_last_now_ms(head_.now_ms());
  event.mutable_engine_started()->set_restored(restored_);
  accept_own(batch, std::move(event));
  if (anew) {
    stored::Event restored;
    restored.mutable_actor()->set_role(stored::ENGINE);
    *restored.mutable_history_restored() = restored_history(installation_, head_, batch.now);
    accept_own(batch, std::move(restored));
  }
  double commit_ms = 0;
  return commit(batch, &commit_ms);
}

Partition::Turn Partition::turn(TimeMs now, bool hold_firing, const domain::Moment& lateness,
                                std::span<Request> requests, std::vector<Answer>* answers,
                                std::size_t expiries_max) {
  Turn turn;
  Pending batch;
  batch.now = std::max(now, head_.now_ms());
  batch.moment = lateness;
  batch.moment.now = batch.now;
  batch.moment.running_since = running_since_;
  batch.moment.restored = restored_;
  batch.registry = parts_.catalogue->get();
  batch.head = head_;
  batch.seq = chain_.seq + 1;

  if (!hold_firing) {
    expired_.clear();
    turn.more_due = !wheel_->advance(batch.now, expiries_max, &expired_);
    for (const wheel::Expired& expired : expired_) armed_.erase(expired.payload);
    for (const wheel::Expired& expired : expired_) look(batch, expired);
    if (!end_unended(batch, expiries_max)) turn.more_due = true;
  }
  if (hold_firing && batch.head.frozen_since_ms() == 0) {
    stored::Event noticed;
    noticed.mutable_actor()->set_role(stored::ENGINE);
    noticed.mutable_clock_jump_noticed()->set_engine_ms(batch.now);
    accept_own(batch, std::move(noticed));
  }
  answers->resize(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    (*answers)[i].partition = parts_.id;
    // The virtual clock may have moved on since the batch's time was fixed.
    if (domain::Command* command = command_of(requests[i]))
      command->received_ms = std::min(command->received_ms, batch.now);
    serve(batch, requests[i], &(*answers)[i]);
  }
  turn.sweeping = sweep(batch);
  if (batch.entry.events_size() > 0) {
    forget_requests(batch, limits::kRequestsForgottenAtOnce + 2 * requests.size());
    parts_.metrics->batch_requests += requests.size();
    if (turn.status = commit(batch, &turn.commit_ms); !turn.status) return turn;
    turn.committed = true;
  } else {
    for (const auto& [id, touched] : batch.touched) {  // looked at in vain: armed again
      if (!touched.changed)
        arm(CaseId{id},
            domain::next_look(touched.record->state, rules_of(*batch.registry, CaseId{id})));
    }
  }
  tell_set_aside();
  return turn;
}

domain::Moment Partition::moment_of(const Pending& batch, const stored::CaseState& state) const {
  domain::Moment moment = batch.moment;
  moment.names_from = names_from(batch.head, state);
  return moment;
}

Status Partition::load(Pending& batch, CaseId id, std::shared_ptr<CaseRecord>* record) {
  if (const auto known = batch.touched.find(id.value); known != batch.touched.end()) {
    *record = known->second.record;
    return {};
  }
  auto fresh = std::make_shared<CaseRecord>();
  if (Status status = read_case(*parts_.store, parts_.id, id, fresh.get()); !status) return status;
  batch.touched[id.value].record = fresh;
  *record = std::move(fresh);
  return {};
}

void Partition::accept(Pending& batch, const std::shared_ptr<CaseRecord>& record,
                       domain::Events events, std::vector<std::string>* let_go) {
  if (events.empty()) return;
  std::vector<std::string> nowhere;
  for (stored::Event& event : events) {
    if (event.has_case_corrected()) move_lookups(batch, *record, event.personal());
    if (event.has_personal()) {
      event.set_sealed(sealer_.seal(record->key, event.revision(), encode(event.personal())));
      event.clear_personal();
    }
    if (event.has_case_erased()) forget_person(batch, *record);
    write_holdings(&batch.rows, parts_.id, record->state, event,
                   let_go == nullptr ? &nowhere : let_go);
    domain::apply(record->state, event, batch.seq, batch.now);
    apply_to_head(&batch.head, event);
    write_event_rows(&batch.rows, parts_.id, batch.place(), event);
    if (event.request_digest() != 0)
      batch.requests[{event.case_id(), event.request_digest()}] = event.body_digest();
    *batch.entry.add_events() = std::move(event);
  }
  batch.touched[record->state.case_id()].changed = true;
}

void Partition::forget_person(Pending& batch, CaseRecord& record) {
  move_lookups(batch, record, {});
  parts_.random(record.key.data(), record.key.size());
}

// The case is found by who its applicant is now; by who that was, for export and erasure alone.
void Partition::move_lookups(Pending& batch, const CaseRecord& record,
                             const stored::PersonalData& personal) {
  const CaseId id{record.state.case_id()};
  stored::PersonalData earlier;
  if (unseal_personal(sealer_, record, &earlier)) {
    for (const std::string& key : lookup_keys(secret_, parts_.id, id, earlier))
      batch.rows.erase(Table::kState, key);
  }
  write_lookups(batch, id, personal);
}

void Partition::write_lookups(Pending& batch, CaseId id, const stored::PersonalData& personal) {
  for (std::string& key : lookup_keys(secret_, parts_.id, id, personal))
    batch.rows.put(Table::kState, std::move(key), {});
}

void Partition::accept_own(Pending& batch, stored::Event event) {
  apply_to_head(&batch.head, event);
  write_event_rows(&batch.rows, parts_.id, batch.place(), event);
  *batch.entry.add_events() = std::move(event);
}

Status Partition::commit(Pending& batch, double* commit_ms) {
  Publication publication;
  publication.partition = parts_.id;
  publication.now = batch.now;
  struct Arming {
    CaseId id;
    TimeMs next;
  };
  std::vector<Arming> armings;
  // By case id, not as the hash has them: the same requests arm the same way in every run.
  std::vector<std::uint64_t> ids;
  ids.reserve(batch.touched.size());
  for (const auto& [id, touched] : batch.touched) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::uint64_t id : ids) {
    const Touched& touched = batch.touched.find(id)->second;
    const bool open = domain::is_open(touched.record->state.status());
    CaseChange change;
    change.address = {parts_.id, CaseId{id}};
    change.open = open;
    if (open) {
      change.row = domain::clock_row(touched.record->state, rules_of(*batch.registry, CaseId{id}));
    } else {
      change.row.set_revision(touched.record->state.revision());
    }
    armings.push_back({CaseId{id}, change.row.next_ms() == 0 ? kNever : change.row.next_ms()});
    if (!touched.changed) continue;
    if (open && change.row.unacknowledged() != 0)
      change.unacknowledged = unacknowledged(touched.record->state);
    if (open) change.requests = undecided(touched.record->state);
    write_case(&batch.rows, parts_.id, *touched.record, open ? &change.row : nullptr);
    publication.changes.push_back(std::move(change));
  }

  write_calls(batch, &publication);

  batch.entry.set_now_ms(batch.now);
  ChainPosition next = chain_;
  const std::string bytes = seal_entry(&batch.entry, parts_.id, &next);
  batch.head.set_epoch(next.epoch);
  batch.head.set_seq(next.seq);
  batch.head.set_hash(std::string(bytes_of(next.hash)));
  batch.head.set_now_ms(batch.now);
  batch.rows.put(Table::kState, storage::head_key(parts_.id), encode(batch.head));

  PartitionMetrics& metrics = *parts_.metrics;
  metrics.journal_bytes += bytes.size();
  metrics.row_bytes += batch.rows.bytes();
  metrics.events += static_cast<std::uint64_t>(batch.entry.events_size());
  const auto before = std::chrono::steady_clock::now();
  const storage::AppendResult appended =
      parts_.log->append(parts_.id, next.seq, bytes, std::move(batch.rows));
  *commit_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
  metrics.commit_ms.observe(*commit_ms);
  if (appended.outcome != storage::AppendOutcome::kOk) {
    return {Status::Code::kUnknown, "journal entry " + std::to_string(next.seq) + " of partition " +
                                        std::to_string(parts_.id) + ": " + appended.message};
  }
  ++metrics.commits;

  chain_ = next;
  head_ = std::move(batch.head);
  for (const Arming& arming : armings) arm(arming.id, arming.next);
  keep_open_calls(publication);
  metrics.armed = wheel_->size();
  metrics.rules_edition = head_.rules_edition();
  if (batch.catalogue_changed) parts_.catalogue->set(batch.registry);
  if (parts_.listener != nullptr) {
    publication.seq = head_.seq();
    publication.entry_digest = short_digest(chain_.hash);
    publication.totals = head_.totals();
    parts_.listener->on_commit(publication);
  }
  return {};
}

// As a case that was read says.
void Partition::arm(CaseId id, TimeMs next) {
  if (!set_aside_.empty() && set_aside_.erase(id.value) > 0) set_aside_changed_ = true;
  arm_only(id, next);
}

void Partition::arm_only(CaseId id, TimeMs next) {
  const auto known = armed_.find(id.value);
  if (next == kNever) {
    if (known == armed_.end()) return;
    wheel_->cancel(known->second);
    armed_.erase(known);
  } else if (known != armed_.end()) {
    if (wheel_->due(known->second) != next) wheel_->rearm(known->second, next);
  } else {
    armed_.emplace(id.value, wheel_->schedule(next, id.value));
  }
}

TimeMs Partition::armed_at(CaseId id) const {
  const auto known = armed_.find(id.value);
  return known == armed_.end() ? kNever : wheel_->due(known->second);
}

}  // namespace casewheel::partition
