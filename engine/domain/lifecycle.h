// The life cycle of a case as a table: which action is allowed from which status, by whom, for which
// kinds, and where it leads. decide() asks; nothing else knows. Pure data.
#pragma once

#include <cstdint>

#include "casewheel/journal/v1/words.pb.h"
#include "engine/domain/command.h"

namespace casewheel::domain {

enum class Verb : std::uint8_t {
  kAssign,
  kAccept,
  kTransfer,
  kNote,
  kRequestDocuments,
  kReceiveDocuments,
  kReply,
  kAgreeDate,
  kClose,
  kReopen,
  kWithdraw,
  kMerge,
  kPrepareMerge,
  kReleaseMerge,
  kAttachDuplicate,
  kUnmerge,
  kDetachDuplicate,
  kSettleUnmerge,
  kAcknowledgeEscalation,
  kExtendClock,
  kSuspend,
  kResume,
  kReclassify,
  kCorrect,
  kRequestExtension,
  kDecideExtension,
  kErase,
  kRecordFee,
  kIssueTrackingCode,
  kUseTrackingCode,
  kAddAttachment,
  kRemoveAttachment,
};

// Lower-case English of a verb for messages, e.g. "request documents".
const char* verb_name(Verb verb);

struct Transition {
  Verb verb;
  std::uint32_t kinds;    // bits 1 << Kind
  std::uint32_t from;     // bits 1 << CaseStatus
  stored::CaseStatus to;  // STATUS_UNSPECIFIED: stays (or follows from the event, see decide)
  RoleMask who;
};

// The row that allows the action to an actor with these roles; `forbidden_by_role` tells, when there
// is none, whether other roles would be allowed.
const Transition* find_transition(Verb verb, stored::Kind kind, stored::CaseStatus from,
                                  RoleMask roles, bool* forbidden_by_role);

// Which action meets which clock, unless its policy says otherwise.
bool meets(stored::ClockSignal signal, stored::ClockKind clock);

// True for dates the applicant is given; the others drive the people who work on the case.
bool is_promise(stored::ClockKind clock);

// When a policy's clock of this kind starts.
enum class StartsOn : std::uint8_t { kLodge, kAgreement, kReopening };
StartsOn starts_on(stored::ClockKind clock);

}  // namespace casewheel::domain
