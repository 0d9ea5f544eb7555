// Turning requests that act on a case into the domain's actions: shape and limits are checked here,
// the rules in engine/domain. Shared by the unary calls and the intake stream.
#pragma once

#include "casewheel/v1/attachments.pb.h"
#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/counter.pb.h"
#include "casewheel/v1/supervision.pb.h"
#include "engine/api/convert.h"
#include "engine/domain/command.h"

namespace casewheel::api {

Result<domain::Action> action_of(const v1::AssignCaseRequest& request);
Result<domain::Action> action_of(const v1::AcceptCaseRequest& request);
Result<domain::Action> action_of(const v1::TransferCaseRequest& request);
Result<domain::Action> action_of(const v1::AddNoteRequest& request);
Result<domain::Action> action_of(const v1::RequestDocumentsRequest& request);
Result<domain::Action> action_of(const v1::ReceiveDocumentsRequest& request);
Result<domain::Action> action_of(const v1::ReplyCaseRequest& request);
Result<domain::Action> action_of(const v1::AgreeDateRequest& request);
Result<domain::Action> action_of(const v1::CloseCaseRequest& request);
Result<domain::Action> action_of(const v1::ReopenCaseRequest& request);
Result<domain::Action> action_of(const v1::WithdrawCaseRequest& request);
Result<domain::Action> action_of(const v1::MergeCaseRequest& request);
Result<domain::Action> action_of(const v1::UnmergeCaseRequest& request);
Result<domain::Action> action_of(const v1::SuspendCaseRequest& request);
Result<domain::Action> action_of(const v1::ResumeCaseRequest& request);
Result<domain::Action> action_of(const v1::ReclassifyCaseRequest& request);
Result<domain::Action> action_of(const v1::RequestExtensionRequest& request);
Result<domain::Action> action_of(const v1::AcknowledgeEscalationRequest& request);
Result<domain::Action> action_of(const v1::ExtendClockRequest& request);
Result<domain::Action> action_of(const v1::DecideExtensionRequest& request);
Result<domain::Action> action_of(const v1::RemoveAttachmentRequest& request);
Result<domain::Action> action_of(const v1::RecordFeeRequest& request);

}  // namespace casewheel::api
