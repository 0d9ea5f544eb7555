#include "engine/domain/apply.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "engine/domain/apply_clocks.h"
#include "engine/domain/apply_merges.h"

namespace casewheel::domain {
namespace {

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

void case_ended(stored::CaseState& state, const stored::Event& event, std::int64_t closed_ms) {
  state.set_closed_ms(closed_ms);
  state.set_status_before_end(state.status());
  state.set_end_revision(event.revision());
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

void case_corrected(stored::CaseState& state, const stored::Event& event) {
  state.set_county(event.case_corrected().county());
  state.set_language(event.case_corrected().language());
  state.set_external_reference(event.case_corrected().external_reference());
  state.set_sealed(event.sealed());
  state.set_sealed_revision(event.revision());
  // A code was told to who had the telephone or e-mail until then.
  const auto& fields = event.case_corrected().fields();
  if (std::any_of(fields.begin(), fields.end(), [](int field) {
        return field == stored::CORRECTED_PHONE || field == stored::CORRECTED_EMAIL;
      }))
    state.clear_tracking_code();
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

void case_reopened(stored::CaseState& state, const stored::CaseReopened& e) {
  const std::int64_t closed_ms = state.closed_ms();
  state.set_outcome(stored::OUTCOME_UNSPECIFIED);
  state.set_closed_ms(0);
  if (e.undoes_end()) return;
  state.set_reopened_ms(e.reopened_ms());
  for (const stored::ClockState& clock : state.clocks())
    state.set_reopened_after_clock(std::max(state.reopened_after_clock(), clock.clock()));
  for (stored::GivenSignal& given : *state.mutable_signals()) given.clear_first_again_ms();
  end_pause(state.mutable_pauses(), closed_ms);
  state.clear_extension_requests();
  state.clear_promises();
}

// Nobody decides on a date that was once hers to keep: who had the case is remembered.
void pass_to(stored::CaseState& state, const std::string& handler, std::int64_t now_ms) {
  const std::string earlier = state.handler();
  state.set_handler(handler);
  if (earlier.empty() || earlier == handler) return;
  auto* former = state.mutable_former_handlers();
  drop(former, [&](const stored::HandledBy& one) { return one.staff() == earlier; });
  stored::HandledBy* until_now = former->Add();
  until_now->set_staff(earlier);
  until_now->set_until_ms(now_ms);
  if (former->size() > kFormerHandlersKept) former->DeleteSubrange(0, 1);
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
  escalation.set_ladder(clock.ladder());
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

void dates_moved(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms) {
  const stored::DatesMoved& e = event.dates_moved();
  for (const stored::MovedDate& move : e.moves()) {
    stored::EscalationState& escalation = escalation_to_fill(state, move.escalation());
    if (escalation.firings() == 0) {
      escalation.set_due_ms(move.due_before_ms());
      escalation.set_first_due_ms(move.due_before_ms());
      escalation.set_first_fired_ms(now_ms);
      escalation.set_notify_ms(e.notify_ms());
    }
    escalation.set_firings(escalation.firings() + 1);
    escalation.set_escalation(move.escalation());
    escalation.set_clock(move.clock());
    escalation.set_clock_kind(move.kind());
    escalation.set_fired_ms(now_ms);
    escalation.set_cause(stored::ON_TIME);
    escalation.set_moved_by(event.actor().id());
    escalation.set_moved_to_ms(move.due_after_ms());
    for (const std::string& staff : e.recipients()) {
      const auto& known = escalation.recipients();
      if (std::find(known.begin(), known.end(), staff) == known.end())
        escalation.add_recipients(staff);
    }
    escalation.set_notify_ms(std::min(escalation.notify_ms(), e.notify_ms()));
    state.set_escalations_numbered(std::max(state.escalations_numbered(), move.escalation()));
  }
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
      pass_to(state, event.case_assigned().handler(), now_ms);
      break;
    case stored::Event::kCaseAccepted:
      give_signal(state, stored::CASE_WAS_ACCEPTED, event.received_ms());
      break;
    case stored::Event::kCaseTransferred:
      state.set_unit(event.case_transferred().unit());
      pass_to(state, event.case_transferred().handler(), now_ms);
      break;
    case stored::Event::kNoteAdded:
      if (event.note_added().to_applicant())
        give_signal(state, stored::APPLICANT_WAS_TOLD, event.received_ms());
      break;
    case stored::Event::kDocumentsRequested:
      give_signal(state, stored::DOCUMENTS_WERE_ASKED, event.received_ms());
      if (state.status() != stored::AWAITING_DOCUMENTS) {
        state.set_status_before_documents(state.status());
        begin_pause(state, event.received_ms(), stored::AWAITING_APPLICANT_DOCUMENTS);
      }
      for (const std::string& document : event.documents_requested().documents())
        state.add_missing_documents(document);
      state.set_documents_requested(state.documents_requested() + 1);
      break;
    case stored::Event::kDocumentsReceived: {
      const stored::DocumentsReceived& e = event.documents_received();
      documents_received(state, e);
      if (e.complete())
        end_pause(state.mutable_pauses(),
                  e.arrived_ms() != 0 ? e.arrived_ms() : event.received_ms());
      break;
    }
    case stored::Event::kCaseReplied:
      give_signal(state, stored::CASE_WAS_ANSWERED, event.case_replied().replied_ms(),
                  event.case_replied().means());
      break;
    case stored::Event::kCaseClosed:
      state.set_outcome(event.case_closed().outcome());
      case_ended(state, event, event.case_closed().closed_ms());
      break;
    case stored::Event::kCaseReopened:
      case_reopened(state, event.case_reopened());
      break;
    case stored::Event::kCaseWithdrawn:
      case_ended(state, event, now_ms);
      break;
    case stored::Event::kCaseMerged:
      case_ended(state, event, now_ms);
      apply_to_merge(state, event, now_ms);
      break;
    case stored::Event::kDuplicateAttached:
    case stored::Event::kMergePrepared:
    case stored::Event::kMergeReleased:
    case stored::Event::kCaseUnmerged:
    case stored::Event::kDuplicateDetached:
    case stored::Event::kUnmergeSettled:
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
      begin_pause(state, event.case_suspended().from_ms(), event.case_suspended().reason());
      break;
    case stored::Event::kCaseResumed:
      end_pause(state.mutable_pauses(), event.case_resumed().to_ms());
      state.set_suspended_for(stored::PAUSE_REASON_UNSPECIFIED);
      state.set_status_before_suspension(stored::STATUS_UNSPECIFIED);
      break;
    case stored::Event::kCaseReclassified:
      state.set_priority(event.case_reclassified().priority());
      state.set_service(event.case_reclassified().service());
      state.set_kind(event.case_reclassified().kind());
      break;
    case stored::Event::kCaseCorrected:
      case_corrected(state, event);
      break;
    case stored::Event::kExtensionRequested: {
      stored::ExtensionRequest* request = state.add_extension_requests();
      request->set_request(event.extension_requested().request());
      request->set_clock(event.extension_requested().clock());
      request->set_due_ms(event.extension_requested().due_ms());
      request->set_requested_by(event.actor().id());
      request->set_requested_ms(now_ms);
      *request->mutable_recipients() = event.extension_requested().recipients();
      request->set_sealed(event.sealed());
      break;
    }
    case stored::Event::kExtensionDecided:
      drop_extension_requests(state, [&](const stored::ExtensionRequest& request) {
        return request.request() == event.extension_decided().request();
      });
      break;
    case stored::Event::kExtensionDropped:
      drop_extension_requests(state, [&](const stored::ExtensionRequest& request) {
        return request.request() == event.extension_dropped().request();
      });
      break;
    case stored::Event::kDatesMoved:
      dates_moved(state, event, now_ms);
      break;
    case stored::Event::kCaseRestated: {
      stored::CaseState restated;
      if (restated.ParseFromString(event.case_restated().state())) state = std::move(restated);
      break;
    }
    case stored::Event::kCaseErased:
      state.clear_sealed();
      state.clear_sealed_revision();
      for (stored::ExtensionRequest& request : *state.mutable_extension_requests())
        request.clear_sealed();
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
    case stored::Event::kStepPassedOver: {
      stored::ClockState& clock = clock_of(state, event.step_passed_over().clock());
      clock.set_next_step(event.step_passed_over().next_step());
      clock.set_next_repetition(event.step_passed_over().next_repetition());
      break;
    }
    case stored::Event::kClockStarted:
    case stored::Event::kClockPaused:
    case stored::Event::kClockResumed:
    case stored::Event::kClockBreached:
    case stored::Event::kClockStopped:
    case stored::Event::kClockExtended:
    case stored::Event::kClockMoved:
    case stored::Event::kClockRestored:
      apply_to_clock(state, event, now_ms);
      break;
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
    case stored::Event::kRequestAnswered:
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

namespace {

void count_verdict(stored::Totals& totals, stored::ClockStatus verdict, bool late_by_change,
                   stored::StopCause cause, std::int64_t by) {
  const auto moved = [by](std::uint64_t count) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(count) + by);
  };
  if (verdict == stored::MET) {
    totals.set_clocks_met(moved(totals.clocks_met()));
  } else if (verdict == stored::BROKEN && late_by_change) {
    totals.set_clocks_late_by_change(moved(totals.clocks_late_by_change()));
  } else if (verdict == stored::BROKEN) {
    totals.set_clocks_broken(moved(totals.clocks_broken()));
  } else if (verdict == stored::CANCELLED && cause == stored::CASE_ENDED) {
    totals.set_clocks_no_longer_owed(moved(totals.clocks_no_longer_owed()));
  }
}

}  // namespace

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
    case stored::Event::kStepFired:
      totals.set_steps_fired(totals.steps_fired() + 1);
      break;
    case stored::Event::kClockBreached:
      if (event.clock_breached().cause() == stored::LATE_BY_CHANGE) {
        totals.set_breaches_by_change(totals.breaches_by_change() + 1);
      } else {
        totals.set_breaches(totals.breaches() + 1);
      }
      break;
    case stored::Event::kClockStopped: {
      const stored::ClockStopped& e = event.clock_stopped();
      count_verdict(totals, e.verdict(), e.late_by_change(), e.cause(), 1);
      break;
    }
    case stored::Event::kClockRestored: {
      const stored::ClockRestored& e = event.clock_restored();
      count_verdict(totals, e.verdict(), e.late_by_change(), e.cause(), -1);
      break;
    }
    default:
      break;
  }
}

}  // namespace casewheel::domain
