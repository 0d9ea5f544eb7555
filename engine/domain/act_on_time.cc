// Actions that change when something is due: documents awaited, suspension, agreed dates, extension,
// and another priority, service or kind.
#include <algorithm>
#include <string>
#include <vector>

#include "engine/domain/act.h"
#include "engine/domain/hands.h"

namespace casewheel::domain {
namespace {

// A promise further away than this is a slip of the keyboard.
constexpr DurationMs kAgreedAheadMaxMs = 20 * 366 * kDayMs;

constexpr int kExtensionRequestsMax = 16;

const stored::ClockState* waiting_clock(const stored::CaseState& state, stored::ClockKind kind) {
  for (const stored::ClockState& clock : state.clocks()) {
    if (clock.kind() == kind && !is_stopped(clock)) return &clock;
  }
  return nullptr;
}

Result<const stored::ClockState*> running_clock(const stored::CaseState& state,
                                                std::uint32_t number) {
  for (const stored::ClockState& clock : state.clocks()) {
    if (clock.clock() != number) continue;
    if (clock.status() == stored::RUNNING) return &clock;
    return Rejection::of(RejectionCode::kWrongState, "only a running clock can be extended");
  }
  Rejection none = Rejection::of(RejectionCode::kNotFound, "the case has no such clock");
  none.fields.push_back({"clock", "the case has no such clock"});
  return none;
}

std::optional<Rejection> check_extension(const Decider& d, TimeMs before, TimeMs due_ms) {
  if (due_ms <= before)
    return Rejection::invalid("due_time", "must be later than the present date");
  if (due_ms <= d.moment().now) return Rejection::invalid("due_time", "must lie in the future");
  if (due_ms - before > kAgreedAheadMaxMs)
    return Rejection::invalid("due_time", "lies more than 20 years ahead");
  return std::nullopt;
}

Rejection not_her_own() {
  return Rejection::of(RejectionCode::kNotPermitted,
                       "nobody decides on the dates of a case she handles herself, or handled "
                       "while that clock ran: another supervisor does, after the handler has "
                       "asked for an extension");
}

// Who decides on dates is not who has to keep them: neither whoever had the case in hand while the clock
// ran nor who asked for the later date.
Checked check_not_her_own(const Decider& d, std::uint32_t clock) {
  if (!has_handled(d.state(), clock, d.command().who.id)) return {};
  return not_her_own();
}

}  // namespace

Checked check_takes_back_no_breach(const Decider& d) {
  if (!d.takes_back_breach()) return {};
  const auto& clocks = d.state().clocks();
  const bool own = std::any_of(clocks.begin(), clocks.end(), [&](const stored::ClockState& clock) {
    return !is_stopped(clock) && has_handled(d.state(), clock, d.command().who.id);
  });
  if (!own) return {};
  return not_her_own();
}

std::optional<Rejection> check_agreed(TimeMs agreed_ms, TimeMs after_ms) {
  if (agreed_ms <= after_ms)
    return Rejection::invalid(
        "agreed_time", "must lie after the instant the case was received or the date was agreed");
  if (agreed_ms - after_ms > kAgreedAheadMaxMs)
    return Rejection::invalid("agreed_time", "lies more than 20 years ahead");
  return std::nullopt;
}

void wait_for_no_documents(Decider& d) {
  if (d.state().missing_documents_size() == 0) return;
  stored::Event received = d.begin();
  received.mutable_documents_received()->set_complete(true);
  d.commit(std::move(received));
}

void end_suspension(Decider& d, TimeMs to_ms) {
  if (d.state().suspended_for() == stored::PAUSE_REASON_UNSPECIFIED) return;
  stored::Event resumed = d.begin();
  resumed.mutable_case_resumed()->set_to_ms(to_ms);
  d.commit(std::move(resumed));
}

Checked act(Decider& d, const Transition& row, const RequestDocuments& a) {
  if (d.state().missing_documents_size() + a.documents.size() > kMissingDocumentsMax) {
    return Rejection::invalid("documents", "a case can await at most 64 documents");
  }
  stored::Event event = d.begin();
  for (const std::string& document : a.documents)
    event.mutable_documents_requested()->add_documents(document);
  event.mutable_personal()->set_text(a.text);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.signal(stored::DOCUMENTS_WERE_ASKED, d.command().received_ms);
  d.pauses_changed();
  return {};
}

Checked act(Decider& d, const Transition&, const ReceiveDocuments& a) {
  const auto& missing = d.state().missing_documents();
  for (const std::string& document : a.documents) {
    if (std::find(missing.begin(), missing.end(), document) == missing.end()) {
      return Rejection::invalid("documents", "was not asked for: " + document);
    }
  }
  // Arrived on Friday, recorded on Monday: the clocks go on from Friday.
  const Result<TimeMs> at = action_instant("arrived_time", a.arrived_ms, d);
  if (!at) return at.error();
  // As before the documents were asked for, unless the handler has changed meanwhile.
  stored::CaseStatus before = d.state().status_before_documents();
  if (before != stored::IN_PROGRESS)
    before = d.state().handler().empty() ? stored::REGISTERED : stored::ASSIGNED;
  int left = missing.size();
  for (const std::string& document : missing) {
    if (std::find(a.documents.begin(), a.documents.end(), document) != a.documents.end()) --left;
  }
  const bool complete = a.documents.empty() || left == 0;
  stored::Event event = d.begin();
  stored::DocumentsReceived* received = event.mutable_documents_received();
  for (const std::string& document : a.documents) received->add_documents(document);
  if (a.documents.empty()) *received->mutable_documents() = missing;
  received->set_complete(complete);
  if (a.arrived_ms != 0) received->set_arrived_ms(*at);
  if (complete) event.set_status(before);
  d.commit(std::move(event));
  if (complete) d.pauses_changed();
  return {};
}

Checked act(Decider& d, const Transition&, const AgreeDate& a) {
  if (Checked bad = check_agreed(a.agreed_ms, d.command().received_ms)) return bad;
  if (!a.approver.empty() && !d.rules().is_supervisor(a.approver))
    return Rejection::invalid("approver", "no such supervisor in the catalogue: " + a.approver);
  if (!a.approver.empty() && a.approver == d.state().handler())
    return Rejection::invalid("approver", "handles the case: another supervisor has to approve");
  const stored::ClockState* earlier = waiting_clock(d.state(), stored::AGREED_DATE);
  if (earlier != nullptr && has_handled(d.state(), *earlier, a.approver))
    return Rejection::invalid("approver",
                              "handled the case while the earlier date stood: another supervisor "
                              "has to approve");
  if (earlier != nullptr && a.reason.empty()) {
    return Rejection::invalid("reason", "is required when an earlier agreed date is replaced");
  }
  stored::Event event = d.begin();
  event.mutable_date_agreed()->set_agreed_ms(a.agreed_ms);
  if (earlier != nullptr) {
    event.mutable_date_agreed()->set_earlier_ms(earlier->carried() ? earlier->promised_ms()
                                                                   : earlier->named().named_ms());
    event.mutable_date_agreed()->set_keeps_earlier(true);
  }
  event.mutable_date_agreed()->set_approved_by(a.approver);
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  d.end_agreed_date();  // renegotiated in time it falls away; afterwards it stays broken
  d.start_agreed_date(a.agreed_ms);
  return {};
}

Checked act(Decider& d, const Transition&, const ExtendClock& a) {
  if (Checked own = check_not_her_own(d, a.clock)) return own;
  d.relay(true);  // the date asked for is later than where the date stands today
  const Result<const stored::ClockState*> found = running_clock(d.state(), a.clock);
  if (!found) return found.error();
  const stored::ClockState* clock = *found;
  const TimeMs before = d.rules().due(*clock);
  if (Checked bad = check_extension(d, before, a.due_ms)) return bad;
  const stored::ClockState moved = d.with_named_date(*clock, a.due_ms);
  stored::Event event = d.begin();
  stored::ClockExtended* extended = event.mutable_clock_extended();
  extended->set_clock(a.clock);
  *extended->mutable_named() = moved.named();
  extended->set_calendar(moved.calendar());
  extended->set_county(moved.county());
  extended->set_rules_edition(moved.rules_edition());
  extended->set_due_before_ms(before);
  extended->set_due_after_ms(a.due_ms);
  extended->set_laid_ms(d.moment().now);
  const LadderCursor cursor = d.rules().first_step(moved, d.moment().now, true);
  extended->set_next_step(cursor.step);
  extended->set_next_repetition(cursor.repetition);
  d.grant_promises(*clock, extended);
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition& row, const Suspend& a) {
  if (a.reason == stored::PAUSE_REASON_UNSPECIFIED ||
      a.reason == stored::AWAITING_APPLICANT_DOCUMENTS) {
    return Rejection::invalid("reason", "is required; documents are asked for by RequestDocuments");
  }
  const Result<TimeMs> at = action_instant("from_time", a.from_ms, d);
  if (!at) return at.error();
  stored::Event event = d.begin();
  event.mutable_case_suspended()->set_reason(a.reason);
  event.mutable_case_suspended()->set_from_ms(*at);
  event.mutable_personal()->set_text(a.text);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.pauses_changed();
  return check_takes_back_no_breach(d);
}

Checked act(Decider& d, const Transition&, const Resume& a) {
  const Result<TimeMs> at = action_instant("to_time", a.to_ms, d);
  if (!at) return at.error();
  stored::CaseStatus before = d.state().status_before_suspension();
  if (before != stored::IN_PROGRESS)
    before = d.state().handler().empty() ? stored::REGISTERED : stored::ASSIGNED;
  stored::Event event = d.begin();
  event.mutable_case_resumed()->set_to_ms(*at);
  event.mutable_personal()->set_text(a.text);
  event.set_status(before);
  d.commit(std::move(event));
  d.pauses_changed();
  return {};
}

Checked act(Decider& d, const Transition&, const Reclassify& a) {
  const stored::CaseState& now = d.state();
  const std::string& service = a.service.empty() ? now.service() : a.service;
  const stored::Service* known = d.rules().service(service);
  if (known == nullptr)
    return Rejection::invalid("service", "no such service in the catalogue: " + service);
  stored::Kind kind = a.kind;
  if (kind == stored::KIND_UNSPECIFIED) kind = a.service.empty() ? now.kind() : known->kind();
  const stored::Priority priority =
      a.priority == stored::PRIORITY_UNSPECIFIED ? now.priority() : a.priority;
  if (priority == now.priority() && service == now.service() && kind == now.kind()) return {};
  stored::Event event = d.begin();
  event.mutable_case_reclassified()->set_priority(priority);
  event.mutable_case_reclassified()->set_service(service);
  event.mutable_case_reclassified()->set_kind(kind);
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  d.derive_clocks({stored::CASE_CHANGED, "service " + service + ", " + stored::Kind_Name(kind) +
                                             ", " + stored::Priority_Name(priority)});
  return check_takes_back_no_breach(d);
}

Checked act(Decider& d, const Transition&, const RequestExtension& a) {
  const Result<const stored::ClockState*> clock = running_clock(d.state(), a.clock);
  if (!clock) return clock.error();
  if (Checked bad = check_extension(d, d.rules().due(**clock), a.due_ms)) return bad;
  if (d.state().extension_requests_size() >= kExtensionRequestsMax)
    return Rejection::invalid("clock", "at most 16 requests for extension can be open");
  stored::Event event = d.begin();
  event.mutable_extension_requested()->set_request(d.next_revision());
  event.mutable_extension_requested()->set_clock(a.clock);
  event.mutable_extension_requested()->set_due_ms(a.due_ms);
  const std::vector<std::string> barred = barred_from(d.state(), a.clock, d.command().who.id);
  for (std::string& staff : d.rules().deciders(d.state().unit(), barred, d.moment().now))
    event.mutable_extension_requested()->add_recipients(std::move(staff));
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition& row, const DecideExtension& a) {
  const auto& requests = d.state().extension_requests();
  const auto found = std::find_if(
      requests.begin(), requests.end(),
      [&](const stored::ExtensionRequest& request) { return request.request() == a.request; });
  if (found == requests.end())
    return Rejection::of(RejectionCode::kNotFound, "the case has no such request for extension");
  const stored::ExtensionRequest request = *found;
  if (Checked own = check_not_her_own(d, request.clock())) return own;
  if (!d.command().who.id.empty() && d.command().who.id == request.requested_by())
    return Rejection::of(RejectionCode::kNotPermitted, "nobody decides on her own request");
  stored::Event event = d.begin();
  event.mutable_extension_decided()->set_request(a.request);
  event.mutable_extension_decided()->set_granted(a.granted);
  event.mutable_personal()->set_text(a.text);
  d.commit(std::move(event));
  if (!a.granted) return {};
  return act(d, row, ExtendClock{request.clock(), request.due_ms(), a.text});
}

}  // namespace casewheel::domain
