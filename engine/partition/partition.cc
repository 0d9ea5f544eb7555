#include "engine/partition/partition.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "engine/base/limits.h"
#include "engine/domain/apply.h"
#include "engine/partition/person.h"

namespace casewheel::partition {

using storage::Table;

struct Partition::Pending {
  TimeMs now = 0;
  domain::Moment moment;
  std::shared_ptr<const catalogue::Registry> registry;
  std::vector<std::shared_ptr<const catalogue::Registry>>
      superseded;  // rules in use may live there
  bool catalogue_changed = false;
  stored::JournalEntry entry;
  stored::PartitionHead head;
  std::uint64_t seq = 0;
  storage::Batch rows;
  absl::flat_hash_map<std::uint64_t, Touched> touched;
  absl::flat_hash_map<std::string, stored::DedupeRow> lodged;  // by digest, within this batch

  const domain::Rulebook* rules(std::uint8_t tenant_number) const {
    return registry->find_number(tenant_number);
  }
};

namespace {

std::string_view view(const storage::Digest16& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

const domain::Rulebook& rules_of(const catalogue::Registry& registry, CaseId id) {
  const domain::Rulebook* rules = registry.find_number(id.tenant_number());
  CASEWHEEL_CHECK(rules != nullptr,
                  "no catalogue for tenant number " + std::to_string(id.tenant_number()));
  return *rules;
}

domain::Command* command_of(Request& request) {
  if (auto* lodge = std::get_if<LodgeRequest>(&request.body)) return &lodge->command;
  if (auto* act = std::get_if<ActRequest>(&request.body)) return &act->command;
  return nullptr;
}

}  // namespace

Partition::Partition(Parts parts, const Installation& installation)
    : parts_(std::move(parts)), secret_(installation.secret), restored_(installation.restored) {
  chain_.epoch = installation.epoch;
}

Status Partition::last_now(const storage::Store& store, PartitionId id, TimeMs* now) {
  std::string value;
  *now = 0;
  Status status = store.get(Table::kState, storage::head_key(id), &value);
  if (status.code() == Status::Code::kNotFound) return {};
  if (!status) return status;
  stored::PartitionHead head;
  if (!head.ParseFromString(value))
    return {Status::Code::kCorruption,
            "head of partition " + std::to_string(id) + " cannot be decoded"};
  *now = head.now_ms();
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
    std::string last;
    if (status = parts_.log->read_one(parts_.id, chain_.seq, &last); !status) {
      return {Status::Code::kCorruption, "journal of partition " + std::to_string(parts_.id) +
                                             " lacks its last entry " + std::to_string(chain_.seq) +
                                             ": " + status.message()};
    }
    if (sha256(last) != chain_.hash) {
      return {Status::Code::kCorruption, "journal of partition " + std::to_string(parts_.id) +
                                             ": entry " + std::to_string(chain_.seq) +
                                             " is not the one that was committed"};
    }
  } else if (status.code() != Status::Code::kNotFound) {
    return status;
  }

  // From the last commit on, so that what came due meanwhile is fired in due order.
  wheel_ = std::make_unique<wheel::Wheel>(head_.now_ms() == 0 ? now : head_.now_ms());
  const std::string prefix = storage::kind_prefix(storage::RowKind::kClock, parts_.id);
  Status bad;
  status = parts_.store->scan(
      Table::kState, prefix, storage::prefix_end(prefix),
      [&](std::string_view key, std::string_view bytes) {
        CaseChange change;
        const std::optional<CaseAddress> address = storage::decode_clock_key(key);
        if (!address || !change.row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
          bad = {Status::Code::kCorruption,
                 "a clock row of partition " + std::to_string(parts_.id) + " cannot be decoded"};
          return false;
        }
        if (change.row.next_ms() != 0) arm(address->id, change.row.next_ms());
        change.address = *address;
        change.open = true;
        visit_open_case(std::move(change));
        return true;
      });
  if (!status) return status;
  if (!bad) return bad;

  Pending batch;
  batch.now = std::max(now, head_.now_ms());
  batch.head = head_;
  batch.seq = chain_.seq + 1;
  running_since_ = batch.now;
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  event.mutable_engine_started()->set_last_now_ms(head_.now_ms());
  event.mutable_engine_started()->set_restored(restored_);
  accept_own(batch, std::move(event));
  return commit(batch);
}

Partition::Turn Partition::turn(TimeMs now, bool hold_firing, const domain::Moment& lateness,
                                std::span<Request> requests, std::vector<Answer>* answers) {
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
    turn.more_due = !wheel_->advance(batch.now, limits::kBatchExpiries, &expired_);
    for (const wheel::Expired& expired : expired_) armed_.erase(expired.payload);
    for (const wheel::Expired& expired : expired_) look(batch, CaseId{expired.payload});
  }
  answers->resize(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    (*answers)[i].partition = parts_.id;
    // The virtual clock may have moved on since the batch's time was fixed.
    if (domain::Command* command = command_of(requests[i]))
      command->received_ms = std::min(command->received_ms, batch.now);
    serve(batch, requests[i], &(*answers)[i]);
  }
  if (batch.entry.events_size() > 0) {
    parts_.metrics->batch_requests += requests.size();
    if (turn.status = commit(batch); !turn.status) return turn;
    turn.committed = true;
  } else {
    for (const auto& [id, touched] : batch.touched) {  // looked at in vain: armed again
      if (!touched.changed)
        arm(CaseId{id},
            domain::next_look(touched.record->state, rules_of(*batch.registry, CaseId{id})));
    }
  }
  return turn;
}

void Partition::serve(Pending& batch, Request& request, Answer* answer) {
  std::visit([&](auto& body) { serve(batch, body, answer); }, request.body);
  if (answer->rejection) ++parts_.metrics->rejected;
}

bool Partition::find_lodged(Pending& batch, const storage::Digest16& digest,
                            stored::DedupeRow* row) {
  if (const auto known = batch.lodged.find(std::string(view(digest)));
      known != batch.lodged.end()) {
    *row = known->second;
    return true;
  }
  std::string value;
  const Status status =
      parts_.store->get(Table::kState, storage::dedupe_key(parts_.id, digest), &value);
  if (status.code() == Status::Code::kNotFound) return false;
  CASEWHEEL_CHECK(status.is_ok() && row->ParseFromString(value), "dedupe row: " + status.message());
  return true;
}

void Partition::serve(Pending& batch, LodgeRequest& request, Answer* answer) {
  const catalogue::TenantRules* rules = batch.registry->find(request.tenant);
  if (rules == nullptr) {
    answer->rejection =
        Rejection::invalid("tenant", "no such tenant in the catalogue: " + request.tenant);
    return;
  }
  stored::DedupeRow known;
  if (find_lodged(batch, request.dedupe, &known)) {
    if (known.body_digest() != request.command.body_digest) {
      answer->rejection =
          Rejection::of(RejectionCode::kConflict, "request_id was used before with another body");
      return;
    }
    bool found = false;
    answer->record = load(batch, CaseId{known.case_id()}, &found);
    answer->duplicate = true;
    CASEWHEEL_CHECK(found, "dedupe row leads to no case");
    return;
  }
  std::uint32_t day = rules->roc_date(batch.now);
  std::uint32_t sequence = 1;
  for (const stored::NumberCounter& counter : batch.head.counters()) {
    // A day behind the last one (the tenant's zone was changed) would give a number out twice.
    if (counter.tenant_number() != rules->tenant_number() || counter.roc_date() < day) continue;
    day = counter.roc_date();
    sequence = counter.last() + 1;
  }
  if (sequence > limits::kCasesPerDayMax) {
    answer->rejection = Rejection::of(RejectionCode::kOverloaded, "no more case numbers today");
    return;
  }
  auto& lodge = std::get<domain::Lodge>(request.command.action);
  lodge.facts.set_dedupe_digest(std::string(view(request.dedupe)));
  lodge.facts.set_lodge_body_digest(request.command.body_digest);
  const CaseId id = CaseId::make(rules->tenant_number(), day, sequence);
  Result<domain::Events> events =
      domain::decide_lodge(lodge, request.command, id, batch.moment, *rules);
  if (!events) {
    answer->rejection = events.error();
    return;
  }
  auto record = std::make_shared<CaseRecord>();
  parts_.random(record->key.data(), record->key.size());
  for (const storage::Digest16& person :
       person_digests(secret_, id.tenant_number(), lodge.personal.applicant())) {
    batch.rows.put(Table::kState, storage::lookup_key(parts_.id, person, id), {});
  }
  batch.touched[id.value].record = record;
  accept(batch, record, std::move(*events));
  stored::DedupeRow& row = batch.lodged[std::string(view(request.dedupe))];
  row.set_case_id(id.value);
  row.set_body_digest(request.command.body_digest);
  answer->record = std::move(record);
  answer->lodged = true;
}

void Partition::serve(Pending& batch, ActRequest& request, Answer* answer) {
  CaseId id = request.id;
  if (request.lodged_under) {
    stored::DedupeRow known;
    if (!find_lodged(batch, *request.lodged_under, &known)) {
      answer->rejection =
          Rejection::of(RejectionCode::kNotFound, "no case was lodged under this request_id");
      return;
    }
    id = CaseId{known.case_id()};
  }
  bool found = false;
  const std::shared_ptr<CaseRecord> record = load(batch, id, &found);
  if (!found) {
    answer->rejection = Rejection::of(RejectionCode::kNotFound, "no such case");
    return;
  }
  if (record->state.journal_seqs_size() >= limits::kCaseChangesMax) {
    answer->rejection = Rejection::of(RejectionCode::kOverloaded,
                                      "the case has reached its limit of 10,000 changes");
    return;
  }
  Result<domain::Events> events =
      domain::decide(record->state, request.command, batch.moment, rules_of(*batch.registry, id));
  if (!events) {
    answer->rejection = events.error();
    return;
  }
  answer->duplicate = events->empty();
  accept(batch, record, std::move(*events));
  answer->record = record;
}

void Partition::serve(Pending& batch, CatalogueRequest& request, Answer* answer) {
  for (const stored::Catalogue& next : request.tenants) {
    if (std::optional<Rejection> refusal = batch.registry->refusal(next)) {
      answer->rejection = std::move(refusal);
      return;
    }
  }
  answer->duplicate = true;
  for (stored::Catalogue& next : request.tenants) {
    const catalogue::TenantRules* current = batch.registry->find(next.tenant());
    next.set_version(current == nullptr ? 0 : current->version());
    if (current != nullptr && encode(next) == encode(current->catalogue())) continue;  // as it is
    next.set_version(next.version() + 1);
    stored::Event event;
    event.mutable_actor()->set_role(request.who.role);
    event.mutable_actor()->set_id(request.who.id);
    *event.mutable_catalogue_applied()->mutable_catalogue() = next;
    accept_own(batch, std::move(event));
    batch.superseded.push_back(batch.registry);
    batch.registry = batch.registry->with(next);
    batch.catalogue_changed = true;
    answer->duplicate = false;
  }
}

void Partition::serve(Pending& batch, CheckpointRequest& request, Answer*) {
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  stored::IntakeCheckpointed* checkpoint = event.mutable_intake_checkpointed();
  checkpoint->set_tenant(request.tenant);
  checkpoint->set_tenant_number(request.tenant_number);
  checkpoint->set_source(request.source);
  checkpoint->set_position(request.position);
  accept_own(batch, std::move(event));
}

void Partition::serve(Pending& batch, ClockConfirmedRequest& request, Answer*) {
  stored::Event event;
  event.mutable_actor()->set_role(request.who.role);
  event.mutable_actor()->set_id(request.who.id);
  event.mutable_clock_jump_confirmed()->set_before_ms(request.before);
  event.mutable_clock_jump_confirmed()->set_after_ms(request.after);
  accept_own(batch, std::move(event));
}

// A popped wheel entry is only a hint to look: what the case itself says decides. One that has moved
// meanwhile has nothing due and is armed again for its real instant.
void Partition::look(Pending& batch, CaseId id) {
  bool found = false;
  const std::shared_ptr<CaseRecord> record = load(batch, id, &found);
  CASEWHEEL_CHECK(found, "an armed case has no row: " + format_case_number(parts_.id, id));
  static const domain::Command kLook{
      domain::Look{}, {stored::ENGINE, "", domain::kEveryRole}, 0, 0, 0, 0};
  Result<domain::Events> events =
      domain::decide(record->state, kLook, batch.moment, rules_of(*batch.registry, id));
  CASEWHEEL_CHECK(events.has_value(), "the engine's own look was refused");
  for (const stored::Event& event : *events) observe_lateness(event);
  accept(batch, record, std::move(*events));
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

std::shared_ptr<CaseRecord> Partition::load(Pending& batch, CaseId id, bool* found) {
  Touched& touched = batch.touched[id.value];
  *found = true;
  if (touched.record) return touched.record;
  auto record = std::make_shared<CaseRecord>();
  const Status status = read_case(*parts_.store, parts_.id, id, record.get());
  if (status.code() == Status::Code::kNotFound) {
    batch.touched.erase(id.value);
    *found = false;
    return record;
  }
  CASEWHEEL_CHECK(status.is_ok(), status.message());
  touched.record = record;
  return record;
}

void Partition::accept(Pending& batch, const std::shared_ptr<CaseRecord>& record,
                       domain::Events events) {
  if (events.empty()) return;
  for (stored::Event& event : events) {
    if (event.has_personal()) {
      event.set_sealed(sealer_.seal(record->key, event.revision(), encode(event.personal())));
      event.clear_personal();
    }
    domain::apply(record->state, event, batch.seq, batch.now);
    apply_to_head(&batch.head, event);
    write_event_rows(&batch.rows, parts_.id, event);
    *batch.entry.add_events() = std::move(event);
  }
  batch.touched[record->state.case_id()].changed = true;
}

void Partition::accept_own(Pending& batch, stored::Event event) {
  apply_to_head(&batch.head, event);
  write_event_rows(&batch.rows, parts_.id, event);
  *batch.entry.add_events() = std::move(event);
}

Status Partition::commit(Pending& batch) {
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
    if (open)
      change.row = domain::clock_row(touched.record->state, rules_of(*batch.registry, CaseId{id}));
    armings.push_back({CaseId{id}, change.row.next_ms() == 0 ? kNever : change.row.next_ms()});
    if (!touched.changed) continue;
    write_case(&batch.rows, parts_.id, *touched.record, open ? &change.row : nullptr);
    publication.changes.push_back(std::move(change));
  }

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
  metrics.commit_ms.observe(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count());
  if (appended.outcome != storage::AppendOutcome::kOk) {
    return {Status::Code::kUnknown, "journal entry " + std::to_string(next.seq) + " of partition " +
                                        std::to_string(parts_.id) + ": " + appended.message};
  }
  ++metrics.commits;

  chain_ = next;
  head_ = std::move(batch.head);
  for (const Arming& arming : armings) arm(arming.id, arming.next);
  metrics.armed = wheel_->size();
  if (batch.catalogue_changed) parts_.catalogue->set(batch.registry);
  if (parts_.listener != nullptr) {
    publication.totals = head_.totals();
    parts_.listener->on_commit(publication);
  }
  return {};
}

void Partition::arm(CaseId id, TimeMs next) {
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
