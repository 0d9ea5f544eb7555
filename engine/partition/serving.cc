// What people and feeds ask of a partition: each request decided, its events and rows put into the
// batch.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "engine/partition/pending.h"
#include "engine/partition/person.h"
#include "engine/partition/restored.h"

namespace casewheel::partition {

using storage::Table;

namespace {

std::string_view view(const storage::Digest16& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Where the action takes what its case holds; null where it does not.
stored::PersonalData* held_by(domain::Action& action) {
  if (auto* correct = std::get_if<domain::Correct>(&action)) return &correct->before;
  auto* erase = std::get_if<domain::Erase>(&action);
  return erase != nullptr && erase->former_only ? &erase->held : nullptr;
}

}  // namespace

void Partition::serve(Pending& batch, Request& request, Answer* answer) {
  std::visit([&](auto& body) { serve(batch, body, answer); }, request.body);
  if (answer->rejection) ++parts_.metrics->rejected;
}

Status Partition::find_lodged(Pending& batch, const storage::Digest16& digest,
                              stored::DedupeRow* row) {
  if (const auto known = batch.lodged.find(std::string(view(digest)));
      known != batch.lodged.end()) {
    *row = known->second;
    return {};
  }
  std::string value;
  const Status status =
      parts_.store->get(Table::kState, storage::dedupe_key(parts_.id, digest), &value);
  if (!status) return status;
  if (!row->ParseFromString(value) || row->case_id() == 0)
    return {Status::Code::kCorruption, "a dedupe row cannot be decoded"};
  return {};
}

Status Partition::find_request(Pending& batch, CaseId id, std::uint64_t request_digest,
                               std::optional<std::uint64_t>* body) {
  if (request_digest == 0) return {};
  if (const auto known = batch.requests.find({id.value, request_digest});
      known != batch.requests.end()) {
    *body = known->second;
    return {};
  }
  return read_request(*parts_.store, parts_.id, id, request_digest, batch.now, body);
}

// Rows stand in the order of their periods, so what is too old is at the beginning. Only beside what is
// committed anyway, and always more than the batch can add.
void Partition::forget_requests(Pending& batch, std::size_t slice) {
  const std::uint32_t period = request_period(batch.now);
  if (period < 2 || oldest_request_period_ >= period - 1) return;
  const std::string prefix = storage::kind_prefix(storage::RowKind::kRequest, parts_.id);
  if (oldest_request_.empty()) oldest_request_ = prefix;
  std::string last;
  oldest_request_period_ = period - 1;
  const Status scanned =
      parts_.store->scan(Table::kState, oldest_request_, storage::prefix_end(prefix),
                         [&](std::string_view key, std::string_view) {
                           const auto at = storage::decode_request_period(key);
                           if (at && *at >= period - 1) return false;
                           if (slice-- == 0) {
                             oldest_request_period_ = 0;  // there are more
                             return false;
                           }
                           last = std::string(key);
                           batch.rows.erase(Table::kState, last);
                           return true;
                         });
  // What cannot be read now is taken away some other time: it is too old to be found.
  if (!scanned) spdlog::warn("partition {}: old requests: {}", parts_.id, scanned.message());
  if (last.empty()) return;
  oldest_request_ = last;
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  event.mutable_requests_forgotten()->set_until_key(last);
  accept_own(batch, std::move(event));
}

void Partition::serve(Pending& batch, LodgeRequest& request, Answer* answer) {
  const catalogue::TenantRules* rules = batch.registry->find(request.tenant);
  if (rules == nullptr) {
    answer->rejection =
        Rejection::invalid("tenant", "no such tenant in the catalogue: " + request.tenant);
    return;
  }
  if (std::optional<Rejection> refusal = domain::refuse_lodging(
          std::get<domain::Lodge>(request.command.action), request.command.who, *rules)) {
    answer->rejection = std::move(refusal);
    return;
  }
  stored::DedupeRow known;
  // Where it cannot be known whether the case exists, a second one must not be made.
  const Status lodged = find_lodged(batch, request.dedupe, &known);
  if (!lodged && lodged.code() != Status::Code::kNotFound) {
    answer->rejection = unreadable(lodged);
    return;
  }
  if (lodged) {
    if (known.body_digest() != request.command.body_digest) {
      answer->rejection =
          Rejection::of(RejectionCode::kConflict, "request_id was used before with another body");
      return;
    }
    std::shared_ptr<CaseRecord> record;
    const Status loaded = load(batch, CaseId{known.case_id()}, &record);
    if (!loaded) {
      answer->rejection =
          loaded.code() != Status::Code::kNotFound
              ? unreadable(loaded)
              : unreadable({Status::Code::kCorruption,
                            "case " + format_case_number(parts_.id, CaseId{known.case_id()}) +
                                " was lodged under this request_id, but its row is missing"});
      return;
    }
    if (record->state.tenant() != request.tenant) {
      answer->rejection =
          unreadable({Status::Code::kCorruption, "a dedupe row leads to another tenant's case"});
      return;
    }
    answer->record = std::move(record);
    answer->promises = std::move(*known.mutable_promises());
    answer->duplicate = true;
    return;
  }
  std::uint32_t day = rules->roc_date(batch.now);
  std::uint32_t sequence = first_number(batch.head, *rules, day);
  for (const stored::NumberCounter& counter : batch.head.counters()) {
    // A day behind the last one (the tenant's zone was changed) would give a number out twice.
    if (counter.tenant_number() != rules->tenant_number() || counter.roc_date() < day) continue;
    day = counter.roc_date();
    sequence = std::max(counter.last() + 1, first_number(batch.head, *rules, day));
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
  write_lookups(batch, id, lodge.personal);
  batch.touched[id.value].record = record;
  stored::DedupeRow& row = batch.lodged[std::string(view(request.dedupe))];
  row = dedupe_row(id, events->front().case_lodged());
  answer->promises = row.promises();
  accept(batch, record, std::move(*events));
  answer->record = std::move(record);
  answer->lodged = true;
}

void Partition::serve(Pending& batch, ActRequest& request, Answer* answer) {
  CaseId id = request.id;
  if (request.lodged_under) {
    stored::DedupeRow known;
    if (const Status lodged = find_lodged(batch, *request.lodged_under, &known); !lodged) {
      answer->rejection =
          lodged.code() == Status::Code::kNotFound
              ? Rejection::of(RejectionCode::kNotFound, "no case was lodged under this request_id")
              : unreadable(lodged);
      return;
    }
    id = CaseId{known.case_id()};
  }
  if (id.tenant_number() != request.tenant_number) {
    answer->rejection = Rejection::of(RejectionCode::kNotFound, "no such case");
    return;
  }
  std::shared_ptr<CaseRecord> record;
  if (const Status loaded = load(batch, id, &record); !loaded) {
    answer->rejection = loaded.code() == Status::Code::kNotFound
                            ? Rejection::of(RejectionCode::kNotFound, "no such case")
                            : unreadable(loaded);
    return;
  }
  if (const Status known =
          find_request(batch, id, request.command.request_digest, &request.command.answered_body);
      !known) {
    answer->rejection = unreadable(known);
    return;
  }
  // Erasing is owed to a person, however much has happened; and a merge ends.
  if (record->state.journal_seqs_size() >= limits::kCaseChangesMax &&
      !request.command.answered_body && request.command.who.role != stored::ENGINE &&
      !std::holds_alternative<domain::Erase>(request.command.action)) {
    answer->rejection = Rejection::of(RejectionCode::kOverloaded,
                                      "the case has reached its limit of 10,000 changes");
    return;
  }
  if (stored::PersonalData* held = held_by(request.command.action);
      held != nullptr && !record->state.sealed().empty() &&
      !unseal_personal(sealer_, *record, held)) {
    answer->rejection =
        unreadable({Status::Code::kCorruption, "case " + format_case_number(parts_.id, id) +
                                                   ": its personal data cannot be opened"});
    return;
  }
  Result<domain::Events> events =
      domain::decide(record->state, request.command, moment_of(batch, record->state),
                     rules_of(*batch.registry, id));
  if (!events) {
    answer->rejection = events.error();
    if (record->state.status() == stored::MERGED)
      answer->goes_on_as = {static_cast<PartitionId>(record->state.merged_into_partition()),
                            CaseId{record->state.merged_into_case_id()}};
    return;
  }
  // Dates the engine moved when the request came upon them are no doing of the request's.
  answer->duplicate = std::all_of(events->begin(), events->end(), [](const stored::Event& event) {
    return event.actor().role() == stored::ENGINE;
  });
  accept(batch, record, std::move(*events), &answer->let_go);
  if (answer->duplicate) remember_answered(batch, id, request.command);
  answer->record = record;
}

// Else the same request again, which its caller takes for answered, would take effect once the case has
// changed.
void Partition::remember_answered(Pending& batch, CaseId id, const domain::Command& command) {
  if (command.request_digest == 0 || command.answered_body) return;
  batch.requests[{id.value, command.request_digest}] = command.body_digest;
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  event.mutable_request_answered()->set_case_id(id.value);
  event.mutable_request_answered()->set_request_digest(command.request_digest);
  event.mutable_request_answered()->set_body_digest(command.body_digest);
  accept_own(batch, std::move(event));
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
    next.set_rules_edition(current == nullptr ? 0 : current->catalogue().rules_edition());
    // As it is; but what holds for new cases only can still be carried to the open ones.
    const bool carry = request.to_open_cases && next.rules_edition() == 0;
    if (current != nullptr && !carry && encode(next) == encode(current->catalogue())) continue;
    next.set_version(next.version() + 1);
    next.set_rules_edition(request.to_open_cases ? batch.registry->rules_edition() + 1 : 0);
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

void Partition::serve(Pending& batch, CalendarRequest& request, Answer* answer) {
  // One by one: a later calendar may build on an earlier one of the same request.
  std::shared_ptr<const catalogue::Registry> registry = batch.registry;
  std::vector<stored::Calendar> changed;
  for (stored::Calendar& next : request.calendars) {
    const catalogue::CalendarSet& calendars = registry->calendars().latest();
    if (std::optional<Rejection> refusal = calendars.refusal(next)) {
      answer->rejection = std::move(refusal);
      return;
    }
    const stored::Calendar* current = calendars.stored_calendar(next.id());
    if (next.version() != 0 && (current == nullptr || next.version() != current->version())) {
      answer->rejection = Rejection::of(
          RejectionCode::kStaleEtag, "calendar " + next.id() + " has changed meanwhile: try again");
      return;
    }
    if (current != nullptr) {
      stored::Calendar same = next;
      same.set_version(current->version());
      same.set_edition(current->edition());
      same.set_reason(current->reason());
      same.set_by_closure(current->by_closure());
      if (encode(same) == encode(*current)) continue;  // as it is
    }
    next.set_version(current == nullptr ? 1 : current->version() + 1);
    next.set_edition(registry->rules_edition() + 1);
    registry = registry->with(next);
    changed.push_back(next);
  }
  answer->duplicate = changed.empty();
  for (stored::Calendar& next : changed) {
    stored::Event event;
    event.mutable_actor()->set_role(request.who.role);
    event.mutable_actor()->set_id(request.who.id);
    *event.mutable_calendar_applied()->mutable_calendar() = std::move(next);
    accept_own(batch, std::move(event));
  }
  if (changed.empty()) return;
  batch.superseded.push_back(batch.registry);
  batch.registry = std::move(registry);
  batch.catalogue_changed = true;
}

void Partition::serve(Pending& batch, CheckpointRequest& request, Answer* answer) {
  const catalogue::TenantRules* rules = batch.registry->find(request.tenant);
  if (rules == nullptr || rules->tenant_number() != request.tenant_number) {
    answer->rejection = Rejection::of(RejectionCode::kNotFound, "no such tenant");
    return;
  }
  const std::string key = storage::cursor_key(parts_.id, request.tenant_number,
                                              cursor_name(request.kind, request.source));
  const auto [cursor, is_new] = batch.cursors.try_emplace(key, 0);
  if (is_new) {
    std::string value;
    stored::CursorRow row;
    const Status read = parts_.store->get(Table::kState, key, &value);
    if (!read && read.code() != Status::Code::kNotFound) {
      batch.cursors.erase(cursor);
      answer->rejection = unreadable(read);
      return;
    }
    if (read && row.ParseFromString(value)) cursor->second = row.position();
  }
  // Two streams of one source may run at once: what one has come to, the other does not take back.
  answer->duplicate = request.position <= cursor->second;
  if (answer->duplicate) return;
  cursor->second = request.position;
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  stored::IntakeCheckpointed* checkpoint = event.mutable_intake_checkpointed();
  checkpoint->set_tenant(request.tenant);
  checkpoint->set_tenant_number(request.tenant_number);
  checkpoint->set_source(request.source);
  checkpoint->set_position(request.position);
  checkpoint->set_kind(request.kind);
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

void Partition::serve(Pending& batch, RecordRequest& request, Answer*) {
  for (stored::Event& event : request.events) accept_own(batch, std::move(event));
  if (!request.gathered) return;
  for (stored::Event& event : request.gathered()) accept_own(batch, std::move(event));
}

}  // namespace casewheel::partition
