#include "engine/api/convert.h"

#include <absl/strings/escaping.h>

#include <algorithm>
#include <charconv>

#include "engine/access/masking.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

static_assert(int{v1::PAUSE_REASON_AWAITING_DOCUMENTS} == stored::AWAITING_APPLICANT_DOCUMENTS &&
                  int{v1::PAUSE_REASON_APPLICANTS_WISH} == stored::AT_APPLICANTS_WISH &&
                  int{v1::PAUSE_REASON_OTHER_AGENCY} == stored::AWAITING_OTHER_AGENCY &&
                  int{v1::PAUSE_REASON_FORCE_MAJEURE} == stored::FORCE_MAJEURE,
              "the API's reasons for a pause are the stored ones under other names");

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
  const bool waits = clock.status() == stored::RUNNING || clock.status() == stored::PAUSED;
  if (const TimeMs due = waits ? rules.due(clock) : kNever; due != kNever)
    set_time(out->mutable_due_time(), due);
  if (clock.status() == stored::RUNNING) {
    out->set_provisional(rules.provisional(clock));
    const TimeMs next = rules.next_step_instant(clock);
    if (next != kNever) set_time(out->mutable_next_step_time(), next);
  } else if (clock.status() != stored::PAUSED) {
    if (clock.due_at_stop_ms() != 0) set_time(out->mutable_due_time(), clock.due_at_stop_ms());
    set_time(out->mutable_stop_time(), clock.stopped_ms());
  }
  out->set_calendar(clock.calendar());
  out->set_breached(clock.breached());
  for (const stored::PauseInterval& pause : clock.pauses()) {
    v1::Pause* p = out->add_pauses();
    set_time(p->mutable_from_time(), pause.from_ms());
    if (pause.to_ms() != 0) {
      set_time(p->mutable_to_time(), pause.to_ms());
    } else if (!waits) {  // it ended with the clock
      set_time(p->mutable_to_time(), std::max(pause.from_ms(), clock.stopped_ms()));
    }
    // Only documents paused a clock before reasons were recorded.
    p->set_reason(pause.reason() == stored::PAUSE_REASON_UNSPECIFIED
                      ? v1::PAUSE_REASON_AWAITING_DOCUMENTS
                      : static_cast<v1::PauseReason>(pause.reason()));
  }
  if (clock.promised_ms() != 0) set_time(out->mutable_promised_time(), clock.promised_ms());
  if (clock.has_named()) {
    set_time(out->mutable_named_time(), clock.named().named_ms());
    stored::ClockState unnamed = clock;
    unnamed.clear_named();
    const TimeMs granted = rules.due(clock);
    const TimeMs otherwise = rules.due(unnamed);
    if (clock.kind() != stored::AGREED_DATE && granted != kNever && otherwise != kNever &&
        granted > otherwise)
      set_duration(out->mutable_extension(), granted - otherwise);
  }
  out->set_stop_cause(static_cast<v1::StopCause>(clock.stop_cause()));
  out->set_late_by_change(clock.late_by_change() && clock.status() != stored::MET &&
                          clock.status() != stored::CANCELLED);
  out->set_policy(clock.policy());
  out->set_catalogue_version(clock.catalogue_version());
}

void set_applicant(v1::Applicant* out, const stored::Applicant& applicant, Shown shown) {
  const auto show = [shown](const std::string& text, std::string (*mask)(std::string_view)) {
    return shown == Shown::kPlain ? text : mask(text);
  };
  out->set_name(show(applicant.name(), access::mask_name));
  out->set_phone(show(applicant.phone(), access::mask_phone));
  out->set_email(show(applicant.email(), access::mask_email));
  out->set_address(show(applicant.address(), access::mask_address));
  out->set_customer_number(show(applicant.customer_number(), access::mask_customer_number));
}

// Where a matter of everybody's is (a burst main) is no secret; where somebody wants supply is.
void set_place(v1::Place* out, const stored::Place& place, Shown shown, bool listed) {
  if (shown == Shown::kPlain) {
    out->set_address(place.address());
    out->set_address_id(place.address_id());
  } else {
    out->set_address(listed ? access::mask_text(place.address())
                            : access::mask_address(place.address()));
    out->set_address_id(listed ? access::mask_text(place.address_id())
                               : access::mask_customer_number(place.address_id()));
  }
  if (!place.has_position() || (shown != Shown::kPlain && !listed)) return;
  out->mutable_position()->set_latitude(place.latitude());
  out->mutable_position()->set_longitude(place.longitude());
}

// What was chosen from a list is shown, what was typed is masked.
void set_attribute(v1::Attribute* out, const stored::AnsweredAttribute& answer,
                   const stored::Service* service, Shown shown) {
  out->set_code(answer.code());
  bool chosen = false;
  if (service != nullptr) {
    for (const stored::Attribute& asked : service->attributes())
      chosen |= asked.code() == answer.code() && asked.values_size() > 0;
  }
  for (const std::string& value : answer.values())
    out->add_values(chosen ? value : shown_text(value, shown));
}

void set_fee(v1::NotedFee* out, const stored::NotedFee& fee) {
  out->set_fee(fee.fee());
  out->set_amount(fee.amount());
  out->set_paid(fee.paid());
  out->set_receipt(fee.receipt());
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
  if (escalation.notify_ms() != 0) set_time(out->mutable_notify_time(), escalation.notify_ms());
  out->set_tells_applicant(escalation.tells_applicant());
  out->set_firings(escalation.firings());
  out->set_moved_by(escalation.moved_by());
  if (escalation.moved_to_ms() != 0)
    set_time(out->mutable_moved_to_time(), escalation.moved_to_ms());
  set_time(out->mutable_first_due_time(), escalation.first_due_ms());
  set_time(out->mutable_first_fired_time(), escalation.first_fired_ms());
  if (escalation.acknowledged_ms() != 0) {
    set_time(out->mutable_acknowledge_time(), escalation.acknowledged_ms());
    out->set_acknowledged_by(escalation.acknowledged_by().empty() ? "operator"
                                                                  : escalation.acknowledged_by());
  }
}

}  // namespace

void set_duration(google::protobuf::Duration* out, DurationMs duration) {
  constexpr DurationMs kMost = 315'576'000'000 * kSecondMs;
  duration = std::clamp(duration, -kMost, kMost);
  out->set_seconds(duration / 1000);
  out->set_nanos(static_cast<std::int32_t>(duration % 1000 * 1'000'000));
}

void set_time(google::protobuf::Timestamp* out, TimeMs time) {
  constexpr TimeMs kFirst = -62'135'596'800 * kSecondMs;  // 0001-01-01
  time = std::clamp(time, kFirst, limits::kTimeMax);
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

namespace {

bool unseal_with(const partition::CaseRecord& record, std::uint32_t revision,
                 const std::string& sealed, stored::PersonalData* personal) {
  std::string plain;
  return sealer().unseal(record.key, revision, sealed, &plain) && personal->ParseFromString(plain);
}

}  // namespace

bool unseal(const partition::CaseRecord& record, stored::PersonalData* personal) {
  return partition::unseal_personal(sealer(), record, personal);
}

bool unseal(const partition::CaseRecord& record, const stored::Event& event,
            stored::PersonalData* personal) {
  return unseal_with(record, event.revision(), event.sealed(), personal);
}

bool unseal(const partition::CaseRecord& record, const stored::AttachmentState& attachment,
            stored::PersonalData* personal) {
  return unseal_with(record, attachment.attachment(), attachment.sealed(), personal);
}

bool unseal(const partition::CaseRecord& record, const stored::ExtensionRequest& request,
            stored::PersonalData* personal) {
  return unseal_with(record, request.request(), request.sealed(), personal);
}

std::string shown_text(const std::string& text, Shown shown) {
  return shown == Shown::kPlain ? text : access::mask_text(text);
}

// "https://example.com/***"
std::string masked_url(const std::string& url) {
  if (url.empty()) return url;
  const std::size_t host = url.find("//") + 2;
  std::string_view authority = std::string_view(url).substr(host);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const std::size_t user = authority.rfind('@');
  if (user != authority.npos) authority.remove_prefix(user + 1);
  return url.substr(0, host) + std::string(authority) + "/***";
}

v1::Attachment to_attachment(const partition::CaseRecord& record,
                             const stored::AttachmentState& attachment, Shown shown,
                             stored::FileFacts* facts) {
  v1::Attachment out;
  out.set_id(attachment.attachment());
  out.set_media_type(attachment.media_type());
  out.set_bytes(static_cast<std::int64_t>(attachment.bytes()));
  set_time(out.mutable_add_time(), attachment.added_ms());
  out.set_added_by(attachment.added_by().empty() ? "operator" : attachment.added_by());
  stored::PersonalData personal;
  if (unseal(record, attachment, &personal)) {
    out.set_name(shown_text(personal.file().name(), shown));
    if (facts != nullptr) *facts = std::move(*personal.mutable_file());
  }
  return out;
}

void set_personal(v1::Case* out, const stored::PersonalData& personal,
                  const stored::Service* service, Shown shown) {
  set_applicant(out->mutable_applicant(), personal.applicant(), shown);
  out->set_subject(shown_text(personal.subject(), shown));
  out->set_description(shown_text(personal.description(), shown));
  const bool listed = service != nullptr && service->publicity() == stored::LISTED;
  if (personal.has_place()) set_place(out->mutable_place(), personal.place(), shown, listed);
  for (const stored::AnsweredAttribute& answer : personal.attributes())
    set_attribute(out->add_attributes(), answer, service, shown);
  const bool whole = shown == Shown::kPlain || listed;
  out->set_media_url(whole ? personal.media_url() : masked_url(personal.media_url()));
}

v1::Case to_case(PartitionId partition, const partition::CaseRecord& record,
                 const catalogue::TenantRules& rules, Shown shown) {
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
  out.set_escalation_level(state.highest_level());

  // What an end came upon is kept for the case that the end is undone.
  if (state.status() == stored::SUSPENDED)
    out.set_suspended_for(static_cast<v1::PauseReason>(state.suspended_for()));
  for (const stored::ExtensionRequest& request : state.extension_requests()) {
    v1::ExtensionRequest* asked = out.add_extension_requests();
    asked->set_id(request.request());
    asked->set_clock(request.clock());
    set_time(asked->mutable_due_time(), request.due_ms());
    asked->set_requested_by(request.requested_by());
    set_time(asked->mutable_request_time(), request.requested_ms());
    *asked->mutable_recipients() = request.recipients();
    stored::PersonalData told;
    if (unseal(record, request, &told)) asked->set_reason(shown_text(told.text(), shown));
  }
  for (const TimeMs earlier : state.earlier_agreed_ms())
    set_time(out.add_earlier_agreed_times(), earlier);

  for (const stored::AttachmentState& attachment : state.attachments())
    *out.add_attachments() = to_attachment(record, attachment, shown);
  for (const stored::NotedFee& fee : state.fees()) set_fee(out.add_fees(), fee);
  out.set_call(absl::BytesToHexString(state.call_id()));
  if (state.erased_ms() != 0) set_time(out.mutable_erase_time(), state.erased_ms());
  stored::PersonalData personal;
  if (!state.sealed().empty() && unseal(record, &personal))
    set_personal(&out, personal, rules.service(state.service()), shown);
  return out;
}

}  // namespace casewheel::api
