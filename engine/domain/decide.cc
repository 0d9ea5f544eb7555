#include "engine/domain/decide.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/domain/decider.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::domain {
namespace {

// A promise further away than this is a slip of the keyboard.
constexpr DurationMs kAgreedAheadMaxMs = 20 * 366 * kDayMs;

constexpr std::uint32_t kMissingDocumentsMax = 64;
constexpr int kDuplicatesMax = 1000;

Rejection wrong_state(Verb verb, const stored::CaseState& state, bool forbidden_by_role) {
  if (forbidden_by_role) {
    return Rejection::of(RejectionCode::kNotPermitted, std::string("your role may not ") +
                                                           verb_name(verb) + " a case that is " +
                                                           stored::CaseStatus_Name(state.status()));
  }
  return Rejection::of(RejectionCode::kWrongState, std::string("cannot ") + verb_name(verb) +
                                                       ": the case (" +
                                                       stored::Kind_Name(state.kind()) + ") is " +
                                                       stored::CaseStatus_Name(state.status()));
}

// The instant an action counts from: as stated (reported afterwards) or when the request arrived.
Result<TimeMs> action_instant(const char* field, TimeMs stated, const Decider& d) {
  if (stated == 0) return d.command().received_ms;
  if (stated > d.moment().now) return Rejection::invalid(field, "lies in the future");
  if (stated < d.state().received_ms())
    return Rejection::invalid(field, "lies before the case was received");
  return stated;
}

std::optional<Rejection> check_agreed(TimeMs agreed_ms, TimeMs after_ms) {
  if (agreed_ms <= after_ms)
    return Rejection::invalid(
        "agreed_time", "must lie after the instant the case was received or the date was agreed");
  if (agreed_ms - after_ms > kAgreedAheadMaxMs)
    return Rejection::invalid("agreed_time", "lies more than 20 years ahead");
  return std::nullopt;
}

const stored::ClockState* waiting_clock(const stored::CaseState& state, stored::ClockKind kind) {
  for (const stored::ClockState& clock : state.clocks()) {
    if (clock.kind() == kind && !is_stopped(clock)) return &clock;
  }
  return nullptr;
}

void start_agreed_clock(Decider& d, TimeMs agreed_ms) {
  ClockPlan agreed;
  agreed.kind = stored::AGREED_DATE;
  for (ClockPlan& plan : d.rules().plans(d.state())) {
    if (plan.kind == stored::AGREED_DATE) agreed = std::move(plan);
  }
  d.start_clock(agreed, d.command().received_ms, agreed_ms);
}

void wait_for_no_documents(Decider& d) {
  if (d.state().missing_documents_size() == 0) return;
  stored::Event received = d.begin();
  received.mutable_documents_received()->set_complete(true);
  d.commit(std::move(received));
}

// --- one overload per action: checks first, then events -------------------------------------------

using Checked = std::optional<Rejection>;

Checked act(Decider& d, const Transition& row, const Assign& a) {
  if (!d.rules().unit_of_staff(a.handler))
    return Rejection::invalid("handler", "no such staff in the catalogue: " + a.handler);
  stored::Event event = d.begin();
  event.mutable_case_assigned()->set_handler(a.handler);
  event.set_status(row.to);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition& row, const Accept&) {
  stored::Event event = d.begin();
  event.mutable_case_accepted();
  event.set_status(row.to);
  d.commit(std::move(event));
  d.signal(Signal::kAccepted, d.command().received_ms);
  return {};
}

Checked act(Decider& d, const Transition& row, const Transfer& a) {
  if (!d.rules().has_unit(a.unit))
    return Rejection::invalid("unit", "no such unit in the catalogue: " + a.unit);
  if (!a.handler.empty() && !d.rules().unit_of_staff(a.handler)) {
    return Rejection::invalid("handler", "no such staff in the catalogue: " + a.handler);
  }
  stored::Event event = d.begin();
  event.mutable_case_transferred()->set_unit(a.unit);
  event.mutable_case_transferred()->set_handler(a.handler);
  event.mutable_personal()->set_text(a.reason);
  if (row.to != stored::STATUS_UNSPECIFIED)
    event.set_status(a.handler.empty() ? stored::REGISTERED : stored::ASSIGNED);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const Note& a) {
  stored::Event event = d.begin();
  event.mutable_note_added()->set_to_applicant(a.to_applicant);
  event.mutable_personal()->set_text(a.text);
  d.commit(std::move(event));
  if (a.to_applicant && is_open(d.state().status()))
    d.signal(Signal::kToldApplicant, d.command().received_ms);
  return {};
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
  d.signal(Signal::kAskedDocuments, d.command().received_ms);
  d.pause_clocks(d.command().received_ms);
  return {};
}

Checked act(Decider& d, const Transition&, const ReceiveDocuments& a) {
  const auto& missing = d.state().missing_documents();
  for (const std::string& document : a.documents) {
    if (std::find(missing.begin(), missing.end(), document) == missing.end()) {
      return Rejection::invalid("documents", "was not asked for: " + document);
    }
  }
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
  if (complete) event.set_status(before);
  d.commit(std::move(event));
  if (complete) d.resume_clocks(d.command().received_ms);
  return {};
}

Checked act(Decider& d, const Transition& row, const Reply& a) {
  if (a.means == stored::MEANS_UNSPECIFIED)
    return Rejection::invalid("means", "is required: how the applicant was answered");
  const Result<TimeMs> at = action_instant("replied_time", a.replied_ms, d);
  if (!at) return at.error();
  stored::Event event = d.begin();
  event.mutable_case_replied()->set_means(a.means);
  event.mutable_case_replied()->set_replied_ms(*at);
  event.mutable_personal()->set_text(a.text);
  event.set_status(row.to);
  d.commit(std::move(event));
  wait_for_no_documents(d);  // answered without them
  d.resume_clocks(d.command().received_ms);
  d.signal(Signal::kReplied, *at);
  return {};
}

Checked act(Decider& d, const Transition&, const AgreeDate& a) {
  if (Checked bad = check_agreed(a.agreed_ms, d.command().received_ms)) return bad;
  const stored::ClockState* earlier = waiting_clock(d.state(), stored::AGREED_DATE);
  if (earlier != nullptr && a.reason.empty()) {
    return Rejection::invalid("reason", "is required when an earlier agreed date is replaced");
  }
  stored::Event event = d.begin();
  event.mutable_date_agreed()->set_agreed_ms(a.agreed_ms);
  if (earlier != nullptr) event.mutable_date_agreed()->set_earlier_ms(earlier->agreed_ms());
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  if (const stored::ClockState* old = waiting_clock(d.state(), stored::AGREED_DATE)) {
    // Renegotiated in time the old date falls away; afterwards it stays broken.
    const TimeMs due = d.rules().due(*old);
    stored::Event stop = d.begin();
    stop.mutable_clock_stopped()->set_clock(old->clock());
    stop.mutable_clock_stopped()->set_verdict(d.command().received_ms < due ? stored::CANCELLED
                                                                            : stored::BROKEN);
    stop.mutable_clock_stopped()->set_action_ms(d.command().received_ms);
    stop.mutable_clock_stopped()->set_due_ms(due);
    d.commit(std::move(stop));
  }
  start_agreed_clock(d, a.agreed_ms);
  return {};
}

Checked act(Decider& d, const Transition& row, const Close& a) {
  if (a.outcome == stored::OUTCOME_UNSPECIFIED) return Rejection::invalid("outcome", "is required");
  const Result<TimeMs> at = action_instant("closed_time", a.closed_ms, d);
  if (!at) return at.error();
  stored::Event event = d.begin();
  event.mutable_case_closed()->set_outcome(a.outcome);
  event.mutable_case_closed()->set_closed_ms(*at);
  if (!a.text.empty()) event.mutable_personal()->set_text(a.text);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.signal(Signal::kClosed, *at);
  d.cancel_clocks();
  return {};
}

Checked act(Decider& d, const Transition&, const Reopen& a) {
  stored::Event event = d.begin();
  event.mutable_case_reopened();
  event.mutable_personal()->set_text(a.reason);
  event.set_status(d.state().handler().empty() ? stored::REGISTERED : stored::ASSIGNED);
  d.commit(std::move(event));
  wait_for_no_documents(d);  // what is still missing is asked for anew
  d.start_clocks(d.command().received_ms, restarts_on_reopening);
  return {};
}

Checked act(Decider& d, const Transition& row, const Withdraw& a) {
  stored::Event event = d.begin();
  event.mutable_case_withdrawn();
  event.mutable_personal()->set_text(a.reason);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.cancel_clocks();
  return {};
}

Checked act(Decider& d, const Transition& row, const Merge& a) {
  stored::Event event = d.begin();
  event.mutable_case_merged()->set_into_case_id(a.into.value);
  event.mutable_case_merged()->set_into_partition(a.into_partition);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.cancel_clocks();
  return {};
}

Checked act(Decider& d, const Transition&, const AttachDuplicate& a) {
  if (CaseId{d.state().case_id()}.tenant_number() != a.duplicate.tenant_number()) {
    return Rejection::invalid("into_case_number", "belongs to another tenant");
  }
  for (const stored::MergedCase& known : d.state().duplicates()) {
    if (known.case_id() == a.duplicate.value && known.partition() == a.partition) return {};
  }
  if (d.state().duplicates_size() >= kDuplicatesMax) {
    return Rejection::invalid("into_case_number", "a case can take in at most 1,000 duplicates");
  }
  stored::Event event = d.begin();
  event.mutable_duplicate_attached()->set_case_id(a.duplicate.value);
  event.mutable_duplicate_attached()->set_partition(a.partition);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const AcknowledgeEscalation& a) {
  std::vector<std::uint32_t> open;
  bool known = false;
  for (const stored::EscalationState& escalation : d.state().escalations()) {
    if (a.escalation != 0 && escalation.escalation() != a.escalation) continue;
    known = true;
    if (escalation.acknowledged_ms() == 0) open.push_back(escalation.escalation());
  }
  if (!known) return Rejection::of(RejectionCode::kNotFound, "the case has no such escalation");
  for (const std::uint32_t number : open) {
    stored::Event event = d.begin();
    event.mutable_escalation_acknowledged()->set_escalation(number);
    if (!a.text.empty()) event.mutable_personal()->set_text(a.text);
    d.commit(std::move(event));
  }
  return {};
}

Checked act(Decider& d, const Transition&, const ExtendClock& a) {
  const stored::ClockState* clock = nullptr;
  for (const stored::ClockState& candidate : d.state().clocks()) {
    if (candidate.clock() == a.clock) clock = &candidate;
  }
  if (clock == nullptr)
    return Rejection::of(RejectionCode::kNotFound, "the case has no such clock");
  if (clock->status() != stored::RUNNING) {
    return Rejection::of(RejectionCode::kWrongState, "only a running clock can be extended");
  }
  const TimeMs before = d.rules().due(*clock);
  if (a.due_ms <= before)
    return Rejection::invalid("due_time", "must be later than the present date");
  if (a.due_ms <= d.moment().now) return Rejection::invalid("due_time", "must lie in the future");
  if (a.due_ms - before > kAgreedAheadMaxMs)
    return Rejection::invalid("due_time", "lies more than 20 years ahead");
  stored::ClockState moved = *clock;
  moved.set_extension_ms(clock->extension_ms() + (a.due_ms - before));
  // A pause that lay behind the old date and before the new one moves the date on: taken off again,
  // so that the date is the one that was asked for.
  moved.set_extension_ms(moved.extension_ms() - (d.rules().due(moved) - a.due_ms));
  stored::Event event = d.begin();
  stored::ClockExtended* extended = event.mutable_clock_extended();
  extended->set_clock(a.clock);
  extended->set_extension_ms(moved.extension_ms() - clock->extension_ms());
  extended->set_due_before_ms(before);
  extended->set_due_after_ms(a.due_ms);
  extended->set_next_step(d.rules().first_step(moved, d.moment().now, true));
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  return {};
}

template <typename T>
constexpr Verb kVerbOf = Verb::kNote;
template <>
constexpr Verb kVerbOf<Assign> = Verb::kAssign;
template <>
constexpr Verb kVerbOf<Accept> = Verb::kAccept;
template <>
constexpr Verb kVerbOf<Transfer> = Verb::kTransfer;
template <>
constexpr Verb kVerbOf<RequestDocuments> = Verb::kRequestDocuments;
template <>
constexpr Verb kVerbOf<ReceiveDocuments> = Verb::kReceiveDocuments;
template <>
constexpr Verb kVerbOf<Reply> = Verb::kReply;
template <>
constexpr Verb kVerbOf<AgreeDate> = Verb::kAgreeDate;
template <>
constexpr Verb kVerbOf<Close> = Verb::kClose;
template <>
constexpr Verb kVerbOf<Reopen> = Verb::kReopen;
template <>
constexpr Verb kVerbOf<Withdraw> = Verb::kWithdraw;
template <>
constexpr Verb kVerbOf<Merge> = Verb::kMerge;
template <>
constexpr Verb kVerbOf<AttachDuplicate> = Verb::kAttachDuplicate;
template <>
constexpr Verb kVerbOf<AcknowledgeEscalation> = Verb::kAcknowledgeEscalation;
template <>
constexpr Verb kVerbOf<ExtendClock> = Verb::kExtendClock;

// A repeated request: nullopt when the id is new, else what to answer.
std::optional<Result<Events>> answered_before(const stored::CaseState& state,
                                              const Command& command) {
  if (command.request_digest == 0) return std::nullopt;
  for (const stored::RecentRequest& request : state.recent_requests()) {
    if (request.request_digest() != command.request_digest) continue;
    if (request.body_digest() == command.body_digest) return Result<Events>(Events{});
    return Result<Events>(
        Rejection::of(RejectionCode::kConflict, "request_id was used before with another body"));
  }
  return std::nullopt;
}

}  // namespace

bool is_open(stored::CaseStatus status) {
  return status != stored::CLOSED && status != stored::WITHDRAWN && status != stored::MERGED;
}

Result<Events> decide_lodge(const Lodge& lodge, const Command& command, CaseId id,
                            const Moment& moment, const Rulebook& rules) {
  const stored::Service* service = rules.service(lodge.facts.service());
  if (service == nullptr)
    return Rejection::invalid("service",
                              "no such service in the catalogue: " + lodge.facts.service());

  stored::CaseState blank;
  blank.set_case_id(id.value);
  Decider d(std::move(blank), command, moment, rules);
  stored::Event event = d.begin();
  stored::CaseLodged& facts = *event.mutable_case_lodged();
  facts = lodge.facts;
  facts.set_tenant(rules.tenant());
  facts.set_catalogue_version(rules.version());
  if (facts.kind() == stored::KIND_UNSPECIFIED) facts.set_kind(service->kind());
  if (facts.priority() == stored::PRIORITY_UNSPECIFIED) facts.set_priority(stored::NORMAL);
  if (facts.unit().empty()) facts.set_unit(service->unit());
  if (!rules.has_unit(facts.unit()))
    return Rejection::invalid("unit", "no such unit in the catalogue: " + facts.unit());
  if (!facts.handler().empty() && !rules.unit_of_staff(facts.handler())) {
    return Rejection::invalid("handler", "no such staff in the catalogue: " + facts.handler());
  }
  if (facts.received_ms() == 0) facts.set_received_ms(command.received_ms);
  if (facts.received_ms() > moment.now)
    return Rejection::invalid("received_time", "lies in the future");
  if (lodge.agreed_ms != 0) {
    if (Checked bad = check_agreed(lodge.agreed_ms, facts.received_ms())) return *bad;
  }
  const TimeMs received = facts.received_ms();
  const std::vector<std::string> missing(facts.missing_documents().begin(),
                                         facts.missing_documents().end());
  *event.mutable_personal() = lodge.personal;
  event.set_status(facts.handler().empty() ? stored::REGISTERED : stored::ASSIGNED);
  d.commit(std::move(event));

  d.start_clocks(received,
                 [](stored::ClockKind kind) { return starts_on(kind) == StartsOn::kLodge; });
  if (lodge.agreed_ms != 0) {
    stored::Event agreed = d.begin();
    agreed.mutable_date_agreed()->set_agreed_ms(lodge.agreed_ms);
    d.commit(std::move(agreed));
    start_agreed_clock(d, lodge.agreed_ms);
  }
  if (!missing.empty()) {
    if (missing.size() > kMissingDocumentsMax)
      return Rejection::invalid("missing_documents", "a case can await at most 64 documents");
    stored::Event requested = d.begin();
    for (const std::string& document : missing)
      requested.mutable_documents_requested()->add_documents(document);
    requested.set_status(stored::AWAITING_DOCUMENTS);
    d.commit(std::move(requested));
    d.signal(Signal::kAskedDocuments, command.received_ms);
    d.pause_clocks(command.received_ms);
  }
  return d.take();
}

Result<Events> decide(const stored::CaseState& state, const Command& command, const Moment& moment,
                      const Rulebook& rules) {
  if (std::optional<Result<Events>> before = answered_before(state, command))
    return std::move(*before);
  if (command.expected_revision != 0 && command.expected_revision != state.revision()) {
    return Rejection::of(RejectionCode::kStaleEtag, "the case has changed: its etag is now \"" +
                                                        std::to_string(state.revision()) + "\"");
  }
  Decider d(state, command, moment, rules);
  const Checked refused = std::visit(
      [&](const auto& action) -> Checked {
        using A = std::decay_t<decltype(action)>;
        if constexpr (std::is_same_v<A, Look>) {
          if (is_open(state.status())) d.fire_due();
          return {};
        } else if constexpr (std::is_same_v<A, Lodge>) {
          check_failed(__FILE__, __LINE__, "not a lodging", "decide_lodge() takes new cases");
        } else {
          bool forbidden_by_role = false;
          const Transition* row = find_transition(kVerbOf<A>, state.kind(), state.status(),
                                                  command.who.roles, &forbidden_by_role);
          if (row == nullptr) return wrong_state(kVerbOf<A>, state, forbidden_by_role);
          return act(d, *row, action);
        }
      },
      command.action);
  if (refused) return *refused;
  return d.take();
}

TimeMs next_look(const stored::CaseState& state, const Rulebook& rules) {
  TimeMs next = kNever;
  if (!is_open(state.status())) return next;
  for (const stored::ClockState& clock : state.clocks()) {
    if (clock.status() != stored::RUNNING) continue;
    next = std::min(next, rules.next_step_instant(clock));
    if (!clock.breached()) next = std::min(next, rules.due(clock));
  }
  return next;
}

stored::ClockRow clock_row(const stored::CaseState& state, const Rulebook& rules) {
  stored::ClockRow row;
  const TimeMs next = next_look(state, rules);
  row.set_next_ms(next == kNever ? 0 : next);
  row.set_revision(state.revision());
  TimeMs earliest = kNever;
  for (const stored::ClockState& clock : state.clocks()) {
    if (clock.status() != stored::RUNNING) continue;
    const TimeMs due = rules.due(clock);
    if (due < earliest) {
      earliest = due;
      row.set_due_ms(due);
      row.set_due_kind(clock.kind());
    }
    if (clock.breached()) row.set_breached(true);
  }
  row.set_status(state.status());
  row.set_kind(state.kind());
  row.set_priority(state.priority());
  row.set_unit(state.unit());
  row.set_handler(state.handler());
  row.set_service(state.service());
  for (const stored::EscalationState& escalation : state.escalations()) {
    row.set_level(std::max(row.level(), escalation.level()));
    if (escalation.acknowledged_ms() == 0) row.set_unacknowledged(row.unacknowledged() + 1);
  }
  return row;
}

}  // namespace casewheel::domain
