#include "engine/domain/apply.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "engine/domain/apply_merges.h"

namespace casewheel::domain {
namespace {

stored::ClockState& clock_of(stored::CaseState& state, std::uint32_t number) {
  for (stored::ClockState& clock : *state.mutable_clocks()) {
    if (clock.clock() == number) return clock;
  }
  check_failed(__FILE__, __LINE__, "clock exists", "event names clock " + std::to_string(number));
}

bool stopped(const stored::ClockState& clock) {
  return clock.status() == stored::MET || clock.status() == stored::BROKEN ||
         clock.status() == stored::CANCELLED;
}

// What waits to be acknowledged stays; of the others the latest.
void keep_latest_escalations(stored::CaseState& state) {
  auto* escalations = state.mutable_escalations();
  for (int i = 0; escalations->size() > kEscalationsKept && i < escalations->size();) {
    if (escalations->Get(i).acknowledged_ms() == 0) {
      ++i;
    } else {
      escalations->DeleteSubrange(i, 1);
    }
  }
}

void lodged(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms) {
  const stored::CaseLodged& e = event.case_lodged();
  state.set_case_id(event.case_id());
  state.set_tenant(e.tenant());
  state.set_kind(e.kind());
  state.set_service(e.service());
  state.set_priority(e.priority());
  state.set_channel(e.channel());
  state.set_unit(e.unit());
  state.set_handler(e.handler());
  state.set_received_ms(e.received_ms());
  state.set_lodged_ms(now_ms);
  state.set_language(e.language());
  state.set_external_reference(e.external_reference());
  state.set_county(e.county());
  state.set_catalogue_version(e.catalogue_version());
  state.set_sealed(event.sealed());
  *state.mutable_fees() = e.fees();
  state.set_call_id(e.call_id());
}

void fee_recorded(stored::CaseState& state, const stored::NotedFee& fee) {
  for (stored::NotedFee& noted : *state.mutable_fees()) {
    if (noted.fee() != fee.fee()) continue;
    noted = fee;
    return;
  }
  *state.add_fees() = fee;
}

void attachment_added(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms) {
  const stored::AttachmentAdded& e = event.attachment_added();
  stored::AttachmentState* attachment = state.add_attachments();
  attachment->set_attachment(e.attachment());
  attachment->set_media_type(e.media_type());
  attachment->set_bytes(e.bytes());
  attachment->set_blob(e.blob());
  attachment->set_sealed(event.sealed());
  attachment->set_added_ms(now_ms);
  attachment->set_added_by(event.actor().id());
}

void attachment_removed(stored::CaseState& state, std::uint32_t number) {
  auto* attachments = state.mutable_attachments();
  for (int i = attachments->size() - 1; i >= 0; --i) {
    if (attachments->Get(i).attachment() == number) attachments->DeleteSubrange(i, 1);
  }
}

void clock_started(stored::CaseState& state, const stored::ClockStarted& e) {
  // A case shows the latest clock of each kind; earlier ones are in its history.
  auto* clocks = state.mutable_clocks();
  for (int i = clocks->size() - 1; i >= 0; --i) {
    if (clocks->Get(i).kind() == e.kind() && stopped(clocks->Get(i))) clocks->DeleteSubrange(i, 1);
  }
  stored::ClockState* clock = clocks->Add();
  clock->set_clock(e.clock());
  clock->set_kind(e.kind());
  clock->set_status(stored::RUNNING);
  clock->set_start_ms(e.start_ms());
  if (e.has_allowance()) *clock->mutable_allowance() = e.allowance();
  clock->set_agreed_ms(e.agreed_ms());
  clock->set_policy(e.policy());
  clock->set_catalogue_version(e.catalogue_version());
  clock->set_next_step(e.first_step());
  clock->set_calendar(e.calendar());
  clock->set_county(e.county());
  clock->set_rules_edition(e.rules_edition());
  clock->set_laid_ms(e.laid_ms());
  if (e.promised_ms() == 0) return;
  clock->set_carried(true);
  clock->set_promised_ms(e.promised_ms());
  clock->set_promised_at_ms(e.laid_ms());
}

void clock_moved(stored::CaseState& state, const stored::ClockMoved& e, std::int64_t now_ms) {
  stored::ClockState& clock = clock_of(state, e.clock());
  if (e.has_allowance()) *clock.mutable_allowance() = e.allowance();
  clock.set_policy(e.policy());
  clock.set_catalogue_version(e.catalogue_version());
  clock.set_calendar(e.calendar());
  clock.set_county(e.county());
  clock.set_rules_edition(e.rules_edition());
  clock.set_next_step(e.next_step());
  clock.set_next_repetition(e.next_repetition());
  clock.set_breached(e.breached());
  clock.set_laid_ms(now_ms);
  clock.set_promised_ms(e.promised_ms());
  clock.set_promised_at_ms(e.promised_at_ms());
}

template <typename Which>
void drop_extension_requests(stored::CaseState& state, Which which) {
  drop(state.mutable_extension_requests(), which);
}

// The one of that number that nobody has acknowledged, else a new one.
stored::EscalationState& escalation_to_fill(stored::CaseState& state, std::uint32_t number) {
  for (stored::EscalationState& escalation : *state.mutable_escalations()) {
    if (escalation.escalation() == number) return escalation;
  }
  return *state.add_escalations();
}

void step_fired(stored::CaseState& state, const stored::StepFired& e) {
  stored::ClockState& clock = clock_of(state, e.clock());
  clock.set_next_step(e.next_step());
  clock.set_next_repetition(e.next_repetition());
  stored::EscalationState& escalation = escalation_to_fill(state, e.escalation());
  if (escalation.firings() == 0) {
    escalation.set_first_due_ms(e.due_ms());
    escalation.set_first_fired_ms(e.fired_ms());
    escalation.set_notify_ms(e.notify_ms());
  }
  escalation.set_firings(escalation.firings() + 1);
  escalation.set_escalation(e.escalation());
  escalation.set_clock(e.clock());
  escalation.set_clock_kind(clock.kind());
  escalation.set_step(e.step());
  escalation.set_repetition(e.repetition());
  escalation.set_skipped(escalation.skipped() + e.skipped());
  escalation.set_level(std::max(escalation.level(), e.level()));
  escalation.set_due_ms(e.due_ms());
  escalation.set_fired_ms(e.fired_ms());
  escalation.set_cause(e.cause());
  for (const std::string& staff : e.recipients()) {
    const auto& known = escalation.recipients();
    if (std::find(known.begin(), known.end(), staff) == known.end())
      escalation.add_recipients(staff);
  }
  // Whoever has been told of it goes on seeing it, in quiet hours too.
  escalation.set_notify_ms(std::min(escalation.notify_ms(), e.notify_ms()));
  escalation.set_tells_applicant(escalation.tells_applicant() || e.tells_applicant());
  state.set_highest_level(std::max(state.highest_level(), e.level()));
  state.set_escalations_numbered(std::max(state.escalations_numbered(), e.escalation()));
  keep_latest_escalations(state);
}

void documents_received(stored::CaseState& state, const stored::DocumentsReceived& e) {
  auto* missing = state.mutable_missing_documents();
  for (const std::string& document : e.documents()) {
    for (int i = missing->size() - 1; i >= 0; --i) {
      if (missing->Get(i) == document) missing->DeleteSubrange(i, 1);
    }
  }
  if (e.complete()) missing->Clear();
}

void escalation_acknowledged(stored::CaseState& state, const stored::Event& event,
                             std::int64_t now_ms) {
  for (stored::EscalationState& escalation : *state.mutable_escalations()) {
    if (escalation.escalation() != event.escalation_acknowledged().escalation()) continue;
    escalation.set_acknowledged_ms(now_ms);
    escalation.set_acknowledged_by(event.actor().id());
  }
  keep_latest_escalations(state);
}

}  // namespace

void apply(stored::CaseState& state, const stored::Event& event, std::uint64_t seq,
           std::int64_t now_ms) {
  // By one; after a restore beyond what the lost history gave out.
  CASEWHEEL_CHECK(event.revision() > state.revision(),
                  "case " + std::to_string(event.case_id()) + " is at revision " +
                      std::to_string(state.revision()) + ", the event is number " +
                      std::to_string(event.revision()));
  switch (event.what_case()) {
    case stored::Event::kCaseLodged:
      lodged(state, event, now_ms);
      break;
    case stored::Event::kCaseAssigned:
      state.set_handler(event.case_assigned().handler());
      break;
    case stored::Event::kCaseAccepted:
      break;
    case stored::Event::kCaseTransferred:
      state.set_unit(event.case_transferred().unit());
      state.set_handler(event.case_transferred().handler());
      break;
    case stored::Event::kNoteAdded:
      break;
    case stored::Event::kDocumentsRequested:
      if (state.status() != stored::AWAITING_DOCUMENTS)
        state.set_status_before_documents(state.status());
      for (const std::string& document : event.documents_requested().documents())
        state.add_missing_documents(document);
      state.set_documents_requested(state.documents_requested() + 1);
      break;
    case stored::Event::kDocumentsReceived:
      documents_received(state, event.documents_received());
      break;
    case stored::Event::kCaseReplied:
      break;
    case stored::Event::kCaseClosed:
      state.set_outcome(event.case_closed().outcome());
      state.set_closed_ms(event.case_closed().closed_ms());
      state.clear_promises();
      break;
    case stored::Event::kCaseReopened:
      state.set_outcome(stored::OUTCOME_UNSPECIFIED);
      state.set_closed_ms(0);
      break;
    case stored::Event::kCaseWithdrawn:
      state.set_closed_ms(now_ms);
      state.clear_promises();
      break;
    case stored::Event::kCaseMerged:
      state.set_closed_ms(now_ms);
      apply_to_merge(state, event, now_ms);
      break;
    case stored::Event::kDuplicateAttached:
    case stored::Event::kMergePrepared:
    case stored::Event::kMergeReleased:
    case stored::Event::kCaseUnmerged:
    case stored::Event::kDuplicateDetached:
    case stored::Event::kUnmergeSettled:
    case stored::Event::kClockReinstated:
      apply_to_merge(state, event, now_ms);
      break;
    case stored::Event::kDateAgreed:
      if (event.date_agreed().keeps_earlier())
        state.add_earlier_agreed_ms(event.date_agreed().earlier_ms());
      drop_promises(state, stored::AGREED_DATE);
      break;
    case stored::Event::kCaseSuspended:
      state.set_suspended_for(event.case_suspended().reason());
      state.set_status_before_suspension(state.status());
      break;
    case stored::Event::kCaseResumed:
      state.set_suspended_for(stored::PAUSE_REASON_UNSPECIFIED);
      state.set_status_before_suspension(stored::STATUS_UNSPECIFIED);
      break;
    case stored::Event::kCaseReclassified:
      state.set_priority(event.case_reclassified().priority());
      state.set_service(event.case_reclassified().service());
      state.set_kind(event.case_reclassified().kind());
      break;
    case stored::Event::kExtensionRequested: {
      stored::ExtensionRequest* request = state.add_extension_requests();
      request->set_request(event.extension_requested().request());
      request->set_clock(event.extension_requested().clock());
      request->set_due_ms(event.extension_requested().due_ms());
      request->set_requested_by(event.actor().id());
      request->set_requested_ms(now_ms);
      break;
    }
    case stored::Event::kExtensionDecided:
      drop_extension_requests(state, [&](const stored::ExtensionRequest& request) {
        return request.request() == event.extension_decided().request();
      });
      break;
    case stored::Event::kCaseRestated: {
      stored::CaseState restated;
      if (restated.ParseFromString(event.case_restated().state())) state = std::move(restated);
      break;
    }
    case stored::Event::kCaseErased:
      state.clear_sealed();
      state.clear_attachments();
      state.set_erased_ms(now_ms);
      state.set_erased_revision(event.revision());
      break;
    case stored::Event::kTrackingCodeIssued:
      state.mutable_tracking_code()->set_digest(event.tracking_code_issued().digest());
      state.mutable_tracking_code()->set_expires_ms(event.tracking_code_issued().expires_ms());
      break;
    case stored::Event::kTrackingCodeUsed:
      state.clear_tracking_code();
      break;
    case stored::Event::kFeeRecorded:
      fee_recorded(state, event.fee_recorded().fee());
      break;
    case stored::Event::kAttachmentAdded:
      attachment_added(state, event, now_ms);
      break;
    case stored::Event::kAttachmentRemoved:
      attachment_removed(state, event.attachment_removed().attachment());
      break;
    case stored::Event::kClockMoved:
      clock_moved(state, event.clock_moved(), now_ms);
      break;
    case stored::Event::kStepPassedOver: {
      stored::ClockState& clock = clock_of(state, event.step_passed_over().clock());
      clock.set_next_step(event.step_passed_over().next_step());
      clock.set_next_repetition(event.step_passed_over().next_repetition());
      break;
    }
    case stored::Event::kClockStarted:
      clock_started(state, event.clock_started());
      break;
    case stored::Event::kClockPaused: {
      stored::ClockState& clock = clock_of(state, event.clock_paused().clock());
      clock.set_status(stored::PAUSED);
      stored::PauseInterval* pause = clock.add_pauses();
      pause->set_from_ms(event.clock_paused().from_ms());
      pause->set_reason(event.clock_paused().reason());
      if (event.clock_paused().takes_back_breach()) {
        clock.set_breached(false);
        clock.set_next_step(0);
        clock.set_next_repetition(0);
      }
      break;
    }
    case stored::Event::kClockResumed: {
      stored::ClockState& clock = clock_of(state, event.clock_resumed().clock());
      clock.set_status(stored::RUNNING);
      clock.mutable_pauses(clock.pauses_size() - 1)->set_to_ms(event.clock_resumed().to_ms());
      if (event.clock_resumed().laid_ms() != 0) clock.set_laid_ms(event.clock_resumed().laid_ms());
      break;
    }
    case stored::Event::kClockBreached:
      clock_of(state, event.clock_breached().clock()).set_breached(true);
      break;
    case stored::Event::kClockStopped: {
      stored::ClockState& clock = clock_of(state, event.clock_stopped().clock());
      clock.set_status(event.clock_stopped().verdict());
      clock.set_stopped_ms(event.clock_stopped().action_ms());
      clock.set_due_at_stop_ms(event.clock_stopped().due_ms());
      drop_extension_requests(state, [&](const stored::ExtensionRequest& request) {
        return request.clock() == clock.clock();
      });
      if (event.clock_stopped().verdict() != stored::CANCELLED) drop_promises(state, clock.kind());
      break;
    }
    case stored::Event::kClockExtended: {
      stored::ClockState& clock = clock_of(state, event.clock_extended().clock());
      clock.set_extension_ms(clock.extension_ms() + event.clock_extended().extension_ms());
      clock.set_next_step(event.clock_extended().next_step());
      clock.set_next_repetition(0);
      clock.set_breached(false);
      clock.clear_promised_ms();
      clock.clear_promised_at_ms();
      drop_promises(state, clock.kind());
      if (event.clock_extended().laid_ms() != 0)
        clock.set_laid_ms(event.clock_extended().laid_ms());
      break;
    }
    case stored::Event::kStepFired:
      step_fired(state, event.step_fired());
      break;
    case stored::Event::kEscalationAcknowledged:
      escalation_acknowledged(state, event, now_ms);
      break;
    case stored::Event::kCatalogueApplied:
    case stored::Event::kIntakeCheckpointed:
    case stored::Event::kEngineStarted:
    case stored::Event::kClockJumpConfirmed:
    case stored::Event::kCalendarApplied:
    case stored::Event::kRulesSwept:
    case stored::Event::kClockJumpNoticed:
    case stored::Event::kAccountChanged:
    case stored::Event::kAccountRemoved:
    case stored::Event::kKeyChanged:
    case stored::Event::kSessionOpened:
    case stored::Event::kSessionEnded:
    case stored::Event::kSessionsUsed:
    case stored::Event::kAuditRecorded:
    case stored::Event::kCallChanged:
    case stored::Event::kCallErased:
    case stored::Event::kHistoryRestored:
    case stored::Event::kRequestsForgotten:
    case stored::Event::kEntryLost:
    case stored::Event::kJournalRepaired:
    case stored::Event::kRowsRestated:
    case stored::Event::WHAT_NOT_SET:
      check_failed(__FILE__, __LINE__, "event of a case",
                   "event kind " + std::to_string(event.what_case()));
  }
  if (event.status() != stored::STATUS_UNSPECIFIED) state.set_status(event.status());
  state.set_revision(event.revision());
  state.set_updated_ms(now_ms);
  if (seq != 0 && (state.journal_seqs().empty() || *state.journal_seqs().rbegin() != seq))
    state.add_journal_seqs(seq);
}

void apply_totals(stored::Totals& totals, const stored::Event& event) {
  totals.set_events(totals.events() + 1);
  switch (event.what_case()) {
    case stored::Event::kCaseLodged:
      totals.set_lodged(totals.lodged() + 1);
      break;
    case stored::Event::kCaseClosed:
    case stored::Event::kCaseWithdrawn:
    case stored::Event::kCaseMerged:
      totals.set_closed(totals.closed() + 1);
      break;
    case stored::Event::kCaseReopened:
    case stored::Event::kCaseUnmerged:
      totals.set_closed(totals.closed() - 1);
      break;
    case stored::Event::kClockReinstated:
      if (event.clock_reinstated().was() == stored::BROKEN)
        totals.set_clocks_broken(totals.clocks_broken() - 1);
      break;
    case stored::Event::kStepFired:
      totals.set_steps_fired(totals.steps_fired() + 1);
      break;
    case stored::Event::kClockBreached:
      totals.set_breaches(totals.breaches() + 1);
      break;
    case stored::Event::kClockStopped:
      if (event.clock_stopped().verdict() == stored::MET)
        totals.set_clocks_met(totals.clocks_met() + 1);
      if (event.clock_stopped().verdict() == stored::BROKEN)
        totals.set_clocks_broken(totals.clocks_broken() + 1);
      break;
    default:
      break;
  }
}

}  // namespace casewheel::domain
