#include "engine/api/convert.h"

#include <charconv>

#include "engine/base/limits.h"
#include "engine/domain/decide.h"

namespace casewheel::api {
namespace {

void set_duration(google::protobuf::Duration* out, DurationMs duration) {
  out->set_seconds(duration / 1000);
  out->set_nanos(static_cast<std::int32_t>(duration % 1000 * 1'000'000));
}

// Sealers are not shared between threads.
partition::Sealer& sealer() {
  thread_local partition::Sealer instance;
  return instance;
}

void set_clock(v1::Clock* out, const stored::ClockState& clock,
               const catalogue::TenantRules& rules) {
  out->set_id(clock.clock());
  out->set_kind(static_cast<v1::ClockKind>(clock.kind()));
  out->set_status(static_cast<v1::ClockStatus>(clock.status()));
  set_time(out->mutable_start_time(), clock.start_ms());
  if (clock.status() == stored::RUNNING) {
    set_time(out->mutable_due_time(), rules.due(clock));
    const TimeMs next = rules.next_step_instant(clock);
    if (next != kNever) set_time(out->mutable_next_step_time(), next);
  } else if (clock.status() != stored::PAUSED) {
    if (clock.due_at_stop_ms() != 0) set_time(out->mutable_due_time(), clock.due_at_stop_ms());
    set_time(out->mutable_stop_time(), clock.stopped_ms());
  }
  out->set_breached(clock.breached());
  for (const stored::PauseInterval& pause : clock.pauses()) {
    v1::Pause* p = out->add_pauses();
    set_time(p->mutable_from_time(), pause.from_ms());
    if (pause.to_ms() != 0) set_time(p->mutable_to_time(), pause.to_ms());
  }
  if (clock.extension_ms() != 0) set_duration(out->mutable_extension(), clock.extension_ms());
  out->set_policy(clock.policy());
  out->set_catalogue_version(clock.catalogue_version());
}

void set_escalation(v1::Escalation* out, const stored::EscalationState& escalation) {
  out->set_id(escalation.escalation());
  out->set_clock_kind(static_cast<v1::ClockKind>(escalation.clock_kind()));
  out->set_clock(escalation.clock());
  out->set_level(escalation.level());
  set_time(out->mutable_due_time(), escalation.due_ms());
  set_time(out->mutable_fired_time(), escalation.fired_ms());
  out->set_cause(static_cast<v1::LatenessCause>(escalation.cause()));
  out->set_skipped(escalation.skipped());
  *out->mutable_recipients() = escalation.recipients();
  out->set_repetition(escalation.repetition());
  if (escalation.acknowledged_ms() != 0) {
    set_time(out->mutable_acknowledge_time(), escalation.acknowledged_ms());
    out->set_acknowledged_by(escalation.acknowledged_by().empty() ? "operator"
                                                                  : escalation.acknowledged_by());
  }
}

std::string format_instant(TimeMs time) {
  google::protobuf::Timestamp stamp;
  set_time(&stamp, time);
  const std::time_t seconds = static_cast<std::time_t>(stamp.seconds());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[40];
  const std::size_t size = std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(buffer, size);
  if (stamp.nanos() != 0) {
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03d", stamp.nanos() / 1'000'000);
    out += fraction;
  }
  return out + "Z";
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Every set field of an event's message as name and value: instants as RFC 3339, words in lower case.
void add_changes(v1::HistoryEntry* out, const google::protobuf::Message& what) {
  const auto* reflection = what.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(what, &fields);
  for (const auto* field : fields) {
    using Field = google::protobuf::FieldDescriptor;
    const std::string& name = field->name();
    if (name == "dedupe_digest" || name == "lodge_body_digest" || name == "request_digest")
      continue;
    const int count = field->is_repeated() ? reflection->FieldSize(what, field) : 1;
    for (int i = 0; i < count; ++i) {
      std::string value;
      const auto* r = reflection;
      switch (field->cpp_type()) {
        case Field::CPPTYPE_STRING:
          value = field->is_repeated() ? r->GetRepeatedString(what, field, i)
                                       : r->GetString(what, field);
          break;
        case Field::CPPTYPE_ENUM:
          value = lower(
              (field->is_repeated() ? r->GetRepeatedEnum(what, field, i) : r->GetEnum(what, field))
                  ->name());
          break;
        case Field::CPPTYPE_INT64: {
          const std::int64_t number = r->GetInt64(what, field);
          const bool instant = name.ends_with("_ms") && name != "extension_ms" && name != "wall_ms";
          value = instant ? format_instant(number) : std::to_string(number);
          break;
        }
        case Field::CPPTYPE_UINT32:
          value = std::to_string(r->GetUInt32(what, field));
          break;
        case Field::CPPTYPE_UINT64:
          value = std::to_string(r->GetUInt64(what, field));
          break;
        case Field::CPPTYPE_BOOL:
          value = r->GetBool(what, field) ? "true" : "false";
          break;
        case Field::CPPTYPE_MESSAGE:
          if (!field->is_repeated()) add_changes(out, r->GetMessage(what, field));
          continue;
        default:
          continue;
      }
      v1::Change* change = out->add_changes();
      change->set_field(name.ends_with("_ms") && name != "extension_ms" && name != "wall_ms"
                            ? name.substr(0, name.size() - 3) + "_time"
                            : name);
      change->set_value(std::move(value));
    }
  }
}

void link_case_number(v1::HistoryEntry* out, PartitionId partition, std::uint64_t id) {
  out->clear_changes();
  v1::Change* change = out->add_changes();
  change->set_field("case_number");
  change->set_value(format_case_number(partition, CaseId{id}));
}

}  // namespace

void set_time(google::protobuf::Timestamp* out, TimeMs time) {
  TimeMs seconds = time / 1000;
  TimeMs rest = time % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<std::int32_t>(rest * 1'000'000));
}

Result<TimeMs> time_of(const std::string& field, const google::protobuf::Timestamp* time) {
  if (time == nullptr) return TimeMs{0};
  if (time->nanos() < 0 || time->nanos() > 999'999'999)
    return Rejection::invalid(field, "nanos lie outside 0 to 999,999,999");
  if (time->seconds() < limits::kTimeMin / 1000 || time->seconds() > limits::kTimeMax / 1000) {
    return Rejection::invalid(field, "lies outside the years 1970 to 9999");
  }
  const TimeMs ms = time->seconds() * 1000 + time->nanos() / 1'000'000;
  if (ms == 0) return Rejection::invalid(field, "lies outside the years 1970 to 9999");
  return ms;
}

Result<DurationMs> duration_of(const std::string& field,
                               const google::protobuf::Duration& duration) {
  if (duration.seconds() < -315'576'000'000 || duration.seconds() > 315'576'000'000) {
    return Rejection::invalid(field, "is longer than 10,000 years");
  }
  return duration.seconds() * 1000 + duration.nanos() / 1'000'000;
}

std::string etag_of(std::uint32_t revision) { return "\"" + std::to_string(revision) + "\""; }

Result<std::uint32_t> revision_of(const std::string& etag) {
  if (etag.empty()) return std::uint32_t{0};
  std::string_view digits = etag;
  if (digits.size() >= 2 && digits.front() == '"' && digits.back() == '"')
    digits = digits.substr(1, digits.size() - 2);
  std::uint32_t revision = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), revision);
  if (error != std::errc{} || end != digits.data() + digits.size() || revision == 0) {
    return Rejection::invalid("etag", "is not one that was given out");
  }
  return revision;
}

v1::Case to_case(PartitionId partition, const partition::CaseRecord& record,
                 const catalogue::TenantRules& rules) {
  const stored::CaseState& state = record.state;
  v1::Case out;
  out.set_case_number(format_case_number(partition, CaseId{state.case_id()}));
  out.set_etag(etag_of(state.revision()));
  out.set_tenant(state.tenant());
  out.set_kind(static_cast<v1::Kind>(state.kind()));
  out.set_service(state.service());
  out.set_priority(static_cast<v1::Priority>(state.priority()));
  out.set_channel(static_cast<v1::Channel>(state.channel()));
  out.set_status(static_cast<v1::CaseStatus>(state.status()));
  out.set_unit(state.unit());
  out.set_handler(state.handler());
  out.set_language(state.language());
  out.set_external_reference(state.external_reference());
  out.set_county(state.county());
  set_time(out.mutable_received_time(), state.received_ms());
  set_time(out.mutable_lodge_time(), state.lodged_ms());
  set_time(out.mutable_update_time(), state.updated_ms());
  if (state.closed_ms() != 0) set_time(out.mutable_close_time(), state.closed_ms());
  out.set_outcome(static_cast<v1::Outcome>(state.outcome()));
  if (state.merged_into_case_id() != 0) {
    out.set_merged_into(format_case_number(static_cast<PartitionId>(state.merged_into_partition()),
                                           CaseId{state.merged_into_case_id()}));
  }
  for (const stored::MergedCase& duplicate : state.duplicates()) {
    out.add_duplicates(format_case_number(static_cast<PartitionId>(duplicate.partition()),
                                          CaseId{duplicate.case_id()}));
  }
  *out.mutable_missing_documents() = state.missing_documents();
  for (const stored::ClockState& clock : state.clocks()) set_clock(out.add_clocks(), clock, rules);
  for (const stored::EscalationState& escalation : state.escalations())
    set_escalation(out.add_escalations(), escalation);

  std::string plain;
  stored::PersonalData personal;
  if (!state.sealed().empty() && sealer().unseal(record.key, 1, state.sealed(), &plain) &&
      personal.ParseFromString(plain)) {
    v1::Applicant* applicant = out.mutable_applicant();
    applicant->set_name(personal.applicant().name());
    applicant->set_phone(personal.applicant().phone());
    applicant->set_email(personal.applicant().email());
    applicant->set_address(personal.applicant().address());
    applicant->set_customer_number(personal.applicant().customer_number());
    out.set_subject(personal.subject());
    out.set_description(personal.description());
  }
  return out;
}

v1::LodgeCaseResponse to_lodged(PartitionId partition, const partition::CaseRecord& record,
                                bool duplicate, const catalogue::TenantRules& rules) {
  const stored::CaseState& state = record.state;
  v1::LodgeCaseResponse out;
  out.set_case_number(format_case_number(partition, CaseId{state.case_id()}));
  set_time(out.mutable_received_time(), state.received_ms());
  for (const stored::ClockState& clock : state.clocks()) {
    stored::ClockState promised = clock;  // as it was made: before any pause or extension
    promised.clear_pauses();
    promised.clear_extension_ms();
    promised.set_status(stored::RUNNING);
    v1::Promise* promise = out.add_promises();
    promise->set_kind(static_cast<v1::ClockKind>(clock.kind()));
    set_time(promise->mutable_due_time(), rules.due(promised));
  }
  out.set_duplicate(duplicate);
  out.set_etag(etag_of(state.revision()));
  return out;
}

v1::HistoryEntry to_history(const stored::Event& event, TimeMs committed,
                            const partition::CaseRecord& record) {
  v1::HistoryEntry out;
  out.set_revision(event.revision());
  set_time(out.mutable_time(), committed);
  if (event.received_ms() != 0) set_time(out.mutable_received_time(), event.received_ms());
  out.set_actor(event.actor().id().empty() ? lower(stored::Role_Name(event.actor().role()))
                                           : event.actor().id());
  const auto* field = event.GetDescriptor()->FindFieldByNumber(static_cast<int>(event.what_case()));
  if (field != nullptr) {
    out.set_event(field->name());
    add_changes(&out, event.GetReflection()->GetMessage(event, field));
  }
  if (event.has_case_merged()) {
    link_case_number(&out, static_cast<PartitionId>(event.case_merged().into_partition()),
                     event.case_merged().into_case_id());
  } else if (event.has_duplicate_attached()) {
    link_case_number(&out, static_cast<PartitionId>(event.duplicate_attached().partition()),
                     event.duplicate_attached().case_id());
  }
  if (event.status() != stored::STATUS_UNSPECIFIED) {
    v1::Change* change = out.add_changes();
    change->set_field("status");
    change->set_value(lower(stored::CaseStatus_Name(event.status())));
  }
  std::string plain;
  stored::PersonalData personal;
  if (!event.sealed().empty()) {
    if (sealer().unseal(record.key, event.revision(), event.sealed(), &plain) &&
        personal.ParseFromString(plain)) {
      out.set_text(personal.text().empty() ? personal.subject() : personal.text());
    } else {
      out.set_text("(已刪除 erased)");
    }
  }
  return out;
}

}  // namespace casewheel::api
