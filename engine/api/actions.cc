#include "engine/api/actions.h"

#include "engine/api/call.h"
#include "engine/api/lodging.h"
#include "engine/api/plain_text.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

Result<std::string> required(const char* field, const std::string& text, std::size_t limit,
                             TextKind kind) {
  if (is_blank(text)) return Rejection::invalid(field, "is required");
  return clean_text(field, text, limit, kind);
}

Result<std::vector<std::string>> documents_of(
    const google::protobuf::RepeatedPtrField<std::string>& documents) {
  if (documents.size() > static_cast<int>(limits::kDocumentsPerRequest)) {
    return Rejection::invalid("documents", "lists more than 64 documents");
  }
  std::vector<std::string> out;
  for (const std::string& document : documents) {
    if (document.empty()) return Rejection::invalid("documents", "is required");
    Result<std::string> clean = plain_line("documents", document, limits::kDocumentChars);
    if (!clean) return clean.error();
    out.push_back(std::move(*clean));
  }
  return out;
}

}  // namespace

Result<domain::Action> action_of(const v1::AssignCaseRequest& request) {
  Result<std::string> handler =
      required("handler", request.handler(), limits::kIdChars, TextKind::kLine);
  if (!handler) return handler.error();
  return domain::Assign{std::move(*handler)};
}

Result<domain::Action> action_of(const v1::AcceptCaseRequest&) { return domain::Accept{}; }

Result<domain::Action> action_of(const v1::TransferCaseRequest& request) {
  Result<std::string> unit = required("unit", request.unit(), limits::kIdChars, TextKind::kLine);
  if (!unit) return unit.error();
  Result<std::string> handler =
      clean_text("handler", request.handler(), limits::kIdChars, TextKind::kLine);
  if (!handler) return handler.error();
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::Transfer{std::move(*unit), std::move(*handler), std::move(*reason)};
}

Result<domain::Action> action_of(const v1::AddNoteRequest& request) {
  const std::size_t most = request.to_applicant() ? limits::kToldChars : limits::kTextChars;
  Result<std::string> text = required("text", request.text(), most, TextKind::kFree);
  if (!text) return text.error();
  return domain::Note{std::move(*text), request.to_applicant()};
}

Result<domain::Action> action_of(const v1::RequestDocumentsRequest& request) {
  if (request.documents().empty())
    return Rejection::invalid("documents", "is required: all that is missing, at once");
  Result<std::vector<std::string>> documents = documents_of(request.documents());
  if (!documents) return documents.error();
  Result<std::string> text =
      clean_text("text", request.text(), limits::kTextChars, TextKind::kFree);
  if (!text) return text.error();
  return domain::RequestDocuments{std::move(*documents), std::move(*text)};
}

Result<domain::Action> action_of(const v1::ReceiveDocumentsRequest& request) {
  Result<std::vector<std::string>> documents = documents_of(request.documents());
  if (!documents) return documents.error();
  const Result<TimeMs> at =
      time_of("arrived_time", request.has_arrived_time() ? &request.arrived_time() : nullptr);
  if (!at) return at.error();
  return domain::ReceiveDocuments{std::move(*documents), *at};
}

Result<domain::Action> action_of(const v1::ReplyCaseRequest& request) {
  Result<std::string> text = required("text", request.text(), limits::kToldChars, TextKind::kFree);
  if (!text) return text.error();
  const Result<stored::ReplyMeans> means =
      word_of<stored::ReplyMeans>("means", request.means(), &stored::ReplyMeans_IsValid);
  if (!means) return means.error();
  const Result<TimeMs> at =
      time_of("replied_time", request.has_replied_time() ? &request.replied_time() : nullptr);
  if (!at) return at.error();
  return domain::Reply{*means, std::move(*text), *at};
}

Result<domain::Action> action_of(const v1::AgreeDateRequest& request) {
  if (!request.has_agreed_time()) return Rejection::invalid("agreed_time", "is required");
  const Result<TimeMs> at = time_of("agreed_time", &request.agreed_time());
  if (!at) return at.error();
  Result<std::string> reason =
      clean_text("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  Result<std::string> approver =
      clean_text("approver", request.approver(), limits::kIdChars, TextKind::kLine);
  if (!approver) return approver.error();
  return domain::AgreeDate{*at, std::move(*reason), std::move(*approver)};
}

Result<domain::Action> action_of(const v1::CloseCaseRequest& request) {
  const Result<stored::Outcome> outcome =
      word_of<stored::Outcome>("outcome", request.outcome(), &stored::Outcome_IsValid);
  if (!outcome) return outcome.error();
  const Result<TimeMs> at =
      time_of("closed_time", request.has_closed_time() ? &request.closed_time() : nullptr);
  if (!at) return at.error();
  Result<std::string> text =
      clean_text("text", request.text(), limits::kTextChars, TextKind::kFree);
  if (!text) return text.error();
  return domain::Close{*outcome, std::move(*text), *at};
}

Result<domain::Action> action_of(const v1::ReopenCaseRequest& request) {
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::Reopen{std::move(*reason), request.mistake()};
}

Result<domain::Action> action_of(const v1::WithdrawCaseRequest& request) {
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::Withdraw{std::move(*reason)};
}

Result<domain::Action> action_of(const v1::MergeCaseRequest& request) {
  const Result<CaseAddress> into = address_of("into_case_number", request.into_case_number());
  if (!into) return into.error();
  const Result<CaseAddress> here = address_of("case_number", request.case_number());
  if (!here) return here.error();
  return domain::Merge{into->partition, into->id, here->partition};
}

Result<domain::Action> action_of(const v1::UnmergeCaseRequest& request) {
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::Unmerge{std::move(*reason)};
}

Result<domain::Action> action_of(const v1::SuspendCaseRequest& request) {
  const Result<stored::PauseReason> reason =
      word_of<stored::PauseReason>("reason", request.reason(), &stored::PauseReason_IsValid);
  if (!reason) return reason.error();
  Result<std::string> text = required("text", request.text(), limits::kTextChars, TextKind::kFree);
  if (!text) return text.error();
  const Result<TimeMs> from =
      time_of("from_time", request.has_from_time() ? &request.from_time() : nullptr);
  if (!from) return from.error();
  return domain::Suspend{*reason, std::move(*text), *from};
}

Result<domain::Action> action_of(const v1::ResumeCaseRequest& request) {
  Result<std::string> text =
      clean_text("text", request.text(), limits::kTextChars, TextKind::kFree);
  if (!text) return text.error();
  const Result<TimeMs> to =
      time_of("to_time", request.has_to_time() ? &request.to_time() : nullptr);
  if (!to) return to.error();
  return domain::Resume{std::move(*text), *to};
}

Result<domain::Action> action_of(const v1::ReclassifyCaseRequest& request) {
  const Result<stored::Priority> priority =
      word_of<stored::Priority>("priority", request.priority(), &stored::Priority_IsValid);
  if (!priority) return priority.error();
  const Result<stored::Kind> kind =
      word_of<stored::Kind>("kind", request.kind(), &stored::Kind_IsValid);
  if (!kind) return kind.error();
  Result<std::string> service =
      clean_text("service", request.service(), limits::kIdChars, TextKind::kLine);
  if (!service) return service.error();
  if (*priority == stored::PRIORITY_UNSPECIFIED && *kind == stored::KIND_UNSPECIFIED &&
      service->empty()) {
    return Rejection::invalid("priority", "one of priority, service and kind is required");
  }
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::Reclassify{*priority, std::move(*service), *kind, std::move(*reason)};
}

Result<domain::Action> action_of(const v1::RequestExtensionRequest& request) {
  if (!request.has_due_time()) return Rejection::invalid("due_time", "is required");
  const Result<TimeMs> due = time_of("due_time", &request.due_time());
  if (!due) return due.error();
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::RequestExtension{request.clock(), *due, std::move(*reason)};
}

Result<domain::Action> action_of(const v1::AcknowledgeEscalationRequest& request) {
  Result<std::string> text =
      clean_text("text", request.text(), limits::kReasonChars, TextKind::kFree);
  if (!text) return text.error();
  return domain::AcknowledgeEscalation{request.escalation(), std::move(*text)};
}

Result<domain::Action> action_of(const v1::ExtendClockRequest& request) {
  if (!request.has_due_time()) return Rejection::invalid("due_time", "is required");
  const Result<TimeMs> due = time_of("due_time", &request.due_time());
  if (!due) return due.error();
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::ExtendClock{request.clock(), *due, std::move(*reason)};
}

Result<domain::Action> action_of(const v1::DecideExtensionRequest& request) {
  if (request.extension_request() == 0)
    return Rejection::invalid("extension_request", "is required");
  if (!request.granted() && is_blank(request.text()))
    return Rejection::invalid("text", "is required when the extension is declined");
  Result<std::string> text =
      clean_text("text", request.text(), limits::kReasonChars, TextKind::kFree);
  if (!text) return text.error();
  return domain::DecideExtension{request.extension_request(), request.granted(), std::move(*text)};
}

Result<domain::Action> action_of(const v1::RemoveAttachmentRequest& request) {
  if (request.attachment() == 0) return Rejection::invalid("attachment", "is required");
  Result<std::string> reason =
      required("reason", request.reason(), limits::kReasonChars, TextKind::kFree);
  if (!reason) return reason.error();
  return domain::RemoveAttachment{request.attachment(), std::move(*reason)};
}

Result<domain::Action> action_of(const v1::RecordFeeRequest& request) {
  if (!request.has_fee()) return Rejection::invalid("fee", "is required");
  Result<stored::NotedFee> fee = fee_of("fee", request.fee());
  if (!fee) return fee.error();
  return domain::RecordFee{std::move(*fee)};
}

}  // namespace casewheel::api
