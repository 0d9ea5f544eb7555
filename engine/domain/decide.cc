#include "engine/domain/decide.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/violations.h"
#include "engine/domain/act.h"
#include "engine/domain/answers.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::domain {
namespace {

Rejection wrong_state(Verb verb, const stored::CaseState& state, bool forbidden_by_role) {
  if (forbidden_by_role) {
    return Rejection::of(RejectionCode::kNotPermitted, std::string("your role may not ") +
                                                           verb_name(verb) + " a case that is " +
                                                           stored::CaseStatus_Name(state.status()));
  }
  if (state.status() == stored::MERGED) {
    const std::string number =
        format_case_number(static_cast<PartitionId>(state.merged_into_partition()),
                           CaseId{state.merged_into_case_id()});
    return Rejection::of(RejectionCode::kWrongState,
                         std::string("cannot ") + verb_name(verb) +
                             ": the case has been merged and goes on as " + number +
                             ": give it to that one");
  }
  return Rejection::of(RejectionCode::kWrongState, std::string("cannot ") + verb_name(verb) +
                                                       ": the case (" +
                                                       stored::Kind_Name(state.kind()) + ") is " +
                                                       stored::CaseStatus_Name(state.status()));
}

// An action that is not in this list does not compile: it would be judged by another action's rules.
template <typename T>
constexpr Verb kVerbOf = [] {
  static_assert(sizeof(T) == 0, "the action has no verb: add it to the list below");
  return Verb::kNote;
}();
template <>
constexpr Verb kVerbOf<Note> = Verb::kNote;
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
constexpr Verb kVerbOf<PrepareMerge> = Verb::kPrepareMerge;
template <>
constexpr Verb kVerbOf<ReleaseMerge> = Verb::kReleaseMerge;
template <>
constexpr Verb kVerbOf<AttachDuplicate> = Verb::kAttachDuplicate;
template <>
constexpr Verb kVerbOf<Unmerge> = Verb::kUnmerge;
template <>
constexpr Verb kVerbOf<DetachDuplicate> = Verb::kDetachDuplicate;
template <>
constexpr Verb kVerbOf<SettleUnmerge> = Verb::kSettleUnmerge;
template <>
constexpr Verb kVerbOf<AcknowledgeEscalation> = Verb::kAcknowledgeEscalation;
template <>
constexpr Verb kVerbOf<ExtendClock> = Verb::kExtendClock;
template <>
constexpr Verb kVerbOf<Suspend> = Verb::kSuspend;
template <>
constexpr Verb kVerbOf<Resume> = Verb::kResume;
template <>
constexpr Verb kVerbOf<Reclassify> = Verb::kReclassify;
template <>
constexpr Verb kVerbOf<Correct> = Verb::kCorrect;
template <>
constexpr Verb kVerbOf<RequestExtension> = Verb::kRequestExtension;
template <>
constexpr Verb kVerbOf<DecideExtension> = Verb::kDecideExtension;
template <>
constexpr Verb kVerbOf<Erase> = Verb::kErase;
template <>
constexpr Verb kVerbOf<IssueTrackingCode> = Verb::kIssueTrackingCode;
template <>
constexpr Verb kVerbOf<UseTrackingCode> = Verb::kUseTrackingCode;
template <>
constexpr Verb kVerbOf<AddAttachment> = Verb::kAddAttachment;
template <>
constexpr Verb kVerbOf<RemoveAttachment> = Verb::kRemoveAttachment;
template <>
constexpr Verb kVerbOf<RecordFee> = Verb::kRecordFee;

// A handler's daily work that may move a date by the way. Waiting for documents or somebody else is none of
// it: the policy says what that does.
template <typename A>
constexpr bool kMovesDates = std::is_same_v<A, Correct> || std::is_same_v<A, Reclassify> ||
                             std::is_same_v<A, Transfer> || std::is_same_v<A, AgreeDate>;

// A repeated request: nullopt when the id is new, else what to answer.
std::optional<Result<Events>> answered_before(const Command& command) {
  if (!command.answered_body) return std::nullopt;
  if (*command.answered_body == command.body_digest) return Result<Events>(Events{});
  return Result<Events>(
      Rejection::of(RejectionCode::kConflict, "request_id was used before with another body"));
}

// What was answered and which fees were noted, held against what the service asks; amounts that were left
// out are the catalogue's.
Checked check_asked(const stored::Service& service, const stored::PersonalData& personal,
                    google::protobuf::RepeatedPtrField<stored::NotedFee>* fees) {
  std::vector<FieldViolation> wrong = answer_violations(service, personal.attributes());
  for (int i = 0; i < fees->size(); ++i) {
    stored::NotedFee& noted = (*fees)[i];
    const std::string field = "fees[" + std::to_string(i) + "].fee";
    const stored::Fee* fee = find_fee(service, noted.fee());
    if (fee == nullptr) {
      wrong.push_back({field, "the service has no such fee"});
    } else if (noted.amount() == 0) {
      noted.set_amount(fee->amount());
    }
    if (std::any_of(fees->begin(), fees->begin() + i,
                    [&](const auto& other) { return other.fee() == noted.fee(); }))
      wrong.push_back({field, "stands here a second time"});
  }
  if (wrong.empty()) return {};
  return refusal_of(std::move(wrong));
}

// The dates the lodger is told: those of the case's clocks as they begin, before any pause.
void note_promises(const stored::CaseState& state, const Rulebook& rules,
                   stored::CaseLodged* lodged) {
  lodged->clear_promises();
  for (const stored::ClockState& clock : state.clocks()) {
    stored::ClockState begun = clock;
    begun.clear_pauses();
    begun.set_status(stored::RUNNING);
    stored::PromisedDate* promise = lodged->add_promises();
    promise->set_kind(clock.kind());
    promise->set_due_ms(rules.due(begun));
    promise->set_provisional(rules.provisional(begun));
  }
}

}  // namespace

bool is_now(TimeMs stated, const Moment& moment) {
  const TimeMs latest = std::max(moment.now, moment.machine_ms) + limits::kClockAheadMs;
  return stated > moment.now && stated <= latest;
}

bool is_open(stored::CaseStatus status) {
  return status != stored::CLOSED && status != stored::WITHDRAWN && status != stored::MERGED;
}

std::optional<Rejection> refuse_lodging(const Lodge& lodge, const Who& who, const Rulebook& rules) {
  const stored::Service* service = rules.service(lodge.facts.service());
  if (!who.territory || service == nullptr) return std::nullopt;  // decide_lodge() says the latter
  const std::string& unit = lodge.facts.unit().empty() ? service->unit() : lodge.facts.unit();
  const stored::Kind kind =
      lodge.facts.kind() == stored::KIND_UNSPECIFIED ? service->kind() : lodge.facts.kind();
  if (who.territory->covers(unit, kind, "")) return std::nullopt;
  return Rejection::of(RejectionCode::kNotPermitted,
                       "you may lodge cases of some units and kinds only, and not a " +
                           stored::Kind_Name(kind) + " for the unit " + unit);
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
  if (!lodge.of_the_past) {
    if (Checked bad = check_asked(*service, lodge.personal, facts.mutable_fees())) return *bad;
  }
  if (facts.received_ms() == 0) facts.set_received_ms(command.received_ms);
  if (facts.received_ms() > moment.now) {
    if (!is_now(facts.received_ms(), moment))
      return Rejection::invalid("received_time", "lies in the future");
    event.set_stated_ms(facts.received_ms());
    facts.set_received_ms(moment.now);
  }
  if (lodge.agreed_ms != 0) {
    if (Checked bad = check_agreed(lodge.agreed_ms, facts.received_ms())) return *bad;
  }
  const TimeMs received = facts.received_ms();
  const std::vector<std::string> missing(facts.missing_documents().begin(),
                                         facts.missing_documents().end());
  *event.mutable_personal() = lodge.personal;
  event.set_status(facts.handler().empty() ? stored::REGISTERED : stored::ASSIGNED);
  d.commit(std::move(event));

  d.start_owed(received, false);
  if (lodge.agreed_ms != 0) {
    stored::Event agreed = d.begin();
    agreed.mutable_date_agreed()->set_agreed_ms(lodge.agreed_ms);
    d.commit(std::move(agreed));
    d.start_agreed_date(lodge.agreed_ms);
  }
  if (!missing.empty()) {
    if (missing.size() > kMissingDocumentsMax)
      return Rejection::invalid("missing_documents", "a case can await at most 64 documents");
    stored::Event requested = d.begin();
    for (const std::string& document : missing)
      requested.mutable_documents_requested()->add_documents(document);
    requested.set_status(stored::AWAITING_DOCUMENTS);
    d.commit(std::move(requested));
    d.signal(stored::DOCUMENTS_WERE_ASKED, command.received_ms);
    d.pauses_changed();
  }
  Events events = d.take();
  note_promises(d.state(), rules, events.front().mutable_case_lodged());
  return events;
}

Result<Events> decide(const stored::CaseState& state, const Command& command, const Moment& moment,
                      const Rulebook& rules) {
  if (command.who.territory && !command.who.territory->covers(state)) {
    // Who handles the case knows of it.
    if (!command.who.id.empty() && command.who.id == state.handler())
      return Rejection::of(RejectionCode::kNotPermitted,
                           "the right does not hold for a case in your own hands: a supervisor of "
                           "its unit has it");
    return Rejection::of(RejectionCode::kNotFound, "no such case");
  }
  if (std::optional<Result<Events>> before = answered_before(command)) return std::move(*before);
  if (command.expected_revision != 0 && command.expected_revision != state.revision()) {
    return Rejection::of(RejectionCode::kStaleEtag, "the case has changed: its etag is now \"" +
                                                        std::to_string(state.revision()) + "\"");
  }
  Decider d(state, command, moment, rules);
  // Nothing is met, broken or fired by a date that the time rules in force have moved.
  if (is_open(state.status())) d.relay(false);
  const Checked refused = std::visit(
      [&](const auto& action) -> Checked {
        using A = std::decay_t<decltype(action)>;
        if constexpr (std::is_same_v<A, Look>) {
          if (is_open(state.status())) d.fire_due();
          return {};
        } else if constexpr (std::is_same_v<A, Relay>) {
          return {};
        } else if constexpr (std::is_same_v<A, Lodge>) {
          check_failed(__FILE__, __LINE__, "not a lodging", "decide_lodge() takes new cases");
        } else {
          bool forbidden_by_role = false;
          const Transition* row = find_transition(kVerbOf<A>, state.kind(), state.status(),
                                                  command.who.roles, &forbidden_by_role);
          if (row == nullptr) return wrong_state(kVerbOf<A>, state, forbidden_by_role);
          if constexpr (kMovesDates<A>) {
            const std::vector<stored::ClockState> before = d.waiting_clocks();
            if (Checked refusal = act(d, *row, action)) return refusal;
            d.tell_moved_dates(before);
            return {};
          } else {
            return act(d, *row, action);
          }
        }
      },
      command.action);
  if (refused) return *refused;
  if (is_open(d.state().status())) d.drop_stopped_requests();
  return d.take();
}

TimeMs next_look(const stored::CaseState& state, const Rulebook& rules) {
  TimeMs next = kNever;
  if (!is_open(state.status())) return next;
  for (const stored::ClockState& clock : state.clocks()) {
    if (is_stopped(clock)) continue;
    next = std::min(next, rules.next_step_instant(clock));
    const TimeMs due = rules.due(clock);
    if (!clock.breached() && due != kNever) next = std::min(next, due + 1);
  }
  return next;
}

stored::ClockRow clock_row(const stored::CaseState& state, const Rulebook& rules) {
  stored::ClockRow row;
  const TimeMs next = next_look(state, rules);
  row.set_next_ms(next == kNever ? 0 : next);
  row.set_revision(state.revision());
  TimeMs earliest = kNever;
  row.set_unclocked(true);
  for (const stored::ClockState& clock : state.clocks()) {
    if (!is_stopped(clock)) row.set_unclocked(false);
    if (!is_stopped(clock) && !clock.calendar().empty()) row.set_by_calendar(true);
    if (is_stopped(clock)) continue;
    const TimeMs due = rules.due(clock);
    if (due == kNever)
      continue;  // paused before its date; one that was late by then stays in sight
    if (due < earliest) {
      earliest = due;
      row.set_due_ms(due);
      row.set_due_kind(clock.kind());
      row.set_provisional(rules.provisional(clock));
    }
    if (clock.breached()) row.set_breached(true);
  }
  if (row.by_calendar()) row.set_county(state.county());
  row.set_status(state.status());
  row.set_kind(state.kind());
  row.set_priority(state.priority());
  row.set_unit(state.unit());
  row.set_handler(state.handler());
  row.set_service(state.service());
  row.set_level(state.highest_level());
  row.set_extension_requests(static_cast<std::uint32_t>(state.extension_requests_size()));
  for (const stored::EscalationState& escalation : state.escalations()) {
    if (escalation.acknowledged_ms() == 0)
      row.set_unacknowledged(row.unacknowledged() + escalation.firings());
  }
  return row;
}

}  // namespace casewheel::domain
