// Actions that move a case through its life: who has it, what was said, how it ends.
#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/domain/act.h"
#include "engine/domain/answers.h"
#include "engine/domain/hands.h"

namespace casewheel::domain {

Result<TimeMs> action_instant(const char* field, TimeMs stated, Decider& d) {
  if (stated == 0) return d.command().received_ms;
  if (is_now(stated, d.moment())) {
    d.note_stated(stated);
    return d.command().received_ms;
  }
  if (stated > d.moment().now) return Rejection::invalid(field, "lies in the future");
  if (stated < d.state().received_ms())
    return Rejection::invalid(field, "lies before the case was received");
  return stated;
}

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
  // Who takes on a case nobody has is its handler.
  const std::string& actor = d.command().who.id;
  if (d.state().handler().empty() && d.rules().unit_of_staff(actor)) {
    stored::Event assigned = d.begin();
    assigned.mutable_case_assigned()->set_handler(actor);
    d.commit(std::move(assigned));
  }
  stored::Event event = d.begin();
  event.mutable_case_accepted();
  event.set_status(row.to);
  d.commit(std::move(event));
  d.signal(stored::CASE_WAS_ACCEPTED, d.command().received_ms);
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
  d.derive_clocks({stored::CASE_CHANGED, "unit " + a.unit});
  return check_takes_back_no_breach(d);
}

Checked act(Decider& d, const Transition&, const Note& a) {
  stored::Event event = d.begin();
  event.mutable_note_added()->set_to_applicant(a.to_applicant);
  event.mutable_personal()->set_text(a.text);
  d.commit(std::move(event));
  if (a.to_applicant && is_open(d.state().status()))
    d.signal(stored::APPLICANT_WAS_TOLD, d.command().received_ms);
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
  end_suspension(d, d.command().received_ms);
  d.pauses_changed();
  d.signal(stored::CASE_WAS_ANSWERED, *at, a.means);
  return {};
}

Checked act(Decider& d, const Transition& row, const Close& a) {
  if (a.outcome == stored::OUTCOME_UNSPECIFIED) return Rejection::invalid("outcome", "is required");
  if (Checked wait = merge_under_way(d)) return wait;
  const Result<TimeMs> at = action_instant("closed_time", a.closed_ms, d);
  if (!at) return at.error();
  if (a.text.empty()) {
    if (const auto left = d.left_owed_by_closing(*at); !left.empty()) {
      return Rejection::invalid("text", "is required: closing leaves " +
                                            stored::ClockKind_Name(left.front().kind()) +
                                            " undone; do that first, or say why it is left undone");
    }
  }
  stored::Event event = d.begin();
  event.mutable_case_closed()->set_outcome(a.outcome);
  event.mutable_case_closed()->set_closed_ms(*at);
  if (!a.text.empty()) event.mutable_personal()->set_text(a.text);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.close_clocks(*at);
  return {};
}

Checked act(Decider& d, const Transition&, const Reopen& a) {
  stored::Event event = d.begin();
  stored::CaseReopened& reopened = *event.mutable_case_reopened();
  event.mutable_personal()->set_text(a.reason);
  event.set_status(d.state().handler().empty() ? stored::REGISTERED : stored::ASSIGNED);
  if (a.mistake) {
    reopened.set_undoes_end(true);
    if (d.state().status_before_end() != stored::STATUS_UNSPECIFIED)
      event.set_status(d.state().status_before_end());
    d.commit(std::move(event));
    d.restore_ended();
    return {};
  }
  reopened.set_reopened_ms(d.command().received_ms);
  d.commit(std::move(event));
  wait_for_no_documents(d);  // what is still missing is asked for anew
  end_suspension(d, d.command().received_ms);
  d.restore_agreed_date();
  d.start_owed(d.command().received_ms, false);
  return {};
}

Checked act(Decider& d, const Transition& row, const Withdraw& a) {
  if (Checked wait = merge_under_way(d)) return wait;
  if (d.state().duplicates_size() > 0) {
    return Rejection::of(
        RejectionCode::kWrongState,
        "other people's cases have ended in this one and wait for its answer: close "
        "it, or undo their merges first");
  }
  stored::Event event = d.begin();
  event.mutable_case_withdrawn();
  event.mutable_personal()->set_text(a.reason);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.end_clocks(d.command().received_ms);
  return {};
}

Checked act(Decider& d, const Transition&, const AcknowledgeEscalation& a) {
  std::vector<std::uint32_t> open;
  bool known = false;
  bool own = false;
  for (const stored::EscalationState& escalation : d.state().escalations()) {
    if (a.escalation != 0 && escalation.escalation() != a.escalation) continue;
    known = true;
    // That she moved a date is for somebody else to see.
    const std::string& who = d.command().who.id;
    if (!escalation.moved_by().empty() &&
        (who == escalation.moved_by() || has_handled(d.state(), escalation.clock(), who))) {
      own = own || escalation.acknowledged_ms() == 0;
      continue;
    }
    if (escalation.acknowledged_ms() == 0) open.push_back(escalation.escalation());
  }
  if (!known) return Rejection::of(RejectionCode::kNotFound, "the case has no such escalation");
  if (own && open.empty())
    return Rejection::of(RejectionCode::kNotPermitted,
                         "who handles the case, or did while that clock ran, does not acknowledge "
                         "that its date was moved: a supervisor does");
  for (const std::uint32_t number : open) {
    stored::Event event = d.begin();
    event.mutable_escalation_acknowledged()->set_escalation(number);
    if (!a.text.empty()) event.mutable_personal()->set_text(a.text);
    d.commit(std::move(event));
  }
  return {};
}

Checked act(Decider& d, const Transition&, const Erase& a) {
  if (d.state().erased_revision() == d.state().revision()) return {};  // nothing has come since
  if (a.former_only && a.held.formerly().empty()) return {};
  if (is_open(d.state().status()) && !a.open_too) {
    return Rejection::of(RejectionCode::kWrongState,
                         "the case is open: whoever works on it could not reach the applicant");
  }
  stored::Event event = d.begin();
  event.mutable_case_erased()->set_cause(a.cause);
  d.commit(std::move(event));
  if (!a.former_only) return {};
  stored::Event kept = d.begin();
  kept.mutable_case_corrected()->set_county(d.state().county());
  kept.mutable_case_corrected()->set_language(d.state().language());
  kept.mutable_case_corrected()->set_external_reference(d.state().external_reference());
  stored::PersonalData& personal = *kept.mutable_personal();
  personal = a.held;
  personal.clear_text();
  personal.clear_file();
  personal.clear_before();
  personal.clear_formerly();
  d.commit(std::move(kept));
  return {};
}

Checked act(Decider& d, const Transition&, const AddAttachment& a) {
  const auto& held = d.state().attachments();
  if (held.size() >= static_cast<int>(limits::kAttachmentsPerCase)) {
    return Rejection::invalid("case_number", "the case has " +
                                                 std::to_string(limits::kAttachmentsPerCase) +
                                                 " attachments, as many as it can hold");
  }
  std::uint64_t bytes = a.facts.bytes();
  for (const stored::AttachmentState& attachment : held) bytes += attachment.bytes();
  if (bytes > limits::kAttachmentBytesPerCase) {
    return Rejection::invalid("case_number",
                              "its attachments would be longer than " +
                                  std::to_string(limits::kAttachmentBytesPerCase >> 20) +
                                  " MiB, as much as a case can hold");
  }
  stored::Event event = d.begin();
  stored::AttachmentAdded& added = *event.mutable_attachment_added();
  added = a.facts;
  added.set_attachment(d.next_revision());
  *event.mutable_personal()->mutable_file() = a.file;
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const RemoveAttachment& a) {
  const auto& held = d.state().attachments();
  if (std::none_of(held.begin(), held.end(), [&a](const stored::AttachmentState& attachment) {
        return attachment.attachment() == a.attachment;
      }))
    return Rejection::of(RejectionCode::kNotFound, "the case has no such attachment");
  stored::Event event = d.begin();
  event.mutable_attachment_removed()->set_attachment(a.attachment);
  event.mutable_personal()->set_text(a.reason);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const IssueTrackingCode& a) {
  stored::Event event = d.begin();
  event.mutable_tracking_code_issued()->set_digest(a.digest);
  event.mutable_tracking_code_issued()->set_expires_ms(d.moment().now + a.valid_ms);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const UseTrackingCode& a) {
  const stored::TrackingCode& code = d.state().tracking_code();
  if (code.digest().empty() || code.digest() != a.digest || code.expires_ms() <= d.moment().now)
    return Rejection::of(RejectionCode::kWrongState, "the case has no such tracking code");
  stored::Event event = d.begin();
  event.mutable_tracking_code_used();
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const RecordFee& a) {
  const auto& fees = d.state().fees();
  const auto noted = std::find_if(fees.begin(), fees.end(),
                                  [&](const auto& fee) { return fee.fee() == a.fee.fee(); });
  const stored::Service* service = d.rules().service(d.state().service());
  const stored::Fee* known = service == nullptr ? nullptr : find_fee(*service, a.fee.fee());
  if (known == nullptr && noted == fees.end())
    return Rejection::invalid("fee.fee", "the service of the case has no such fee");
  stored::NotedFee fee = a.fee;
  if (fee.amount() == 0) fee.set_amount(noted != fees.end() ? noted->amount() : known->amount());
  stored::Event event = d.begin();
  *event.mutable_fee_recorded()->mutable_fee() = std::move(fee);
  d.commit(std::move(event));
  return {};
}

}  // namespace casewheel::domain
