#include "engine/domain/lifecycle.h"

namespace casewheel::domain {
namespace {

using namespace stored;  // the words of the tables

constexpr std::uint32_t bit(int value) { return std::uint32_t{1} << value; }

constexpr std::uint32_t kEveryKind = ~std::uint32_t{0};
// Those who wrote to us get an answer before the case ends.
constexpr std::uint32_t kAnswerOwed =
    bit(COMPLAINT) | bit(OPINION) | bit(PROPOSAL) | bit(MEDIA_REPORT);
constexpr std::uint32_t kNoAnswerOwed = bit(APPLICATION) | bit(INQUIRY) | bit(FAULT_REPORT);

constexpr std::uint32_t kWorking = bit(REGISTERED) | bit(ASSIGNED) | bit(IN_PROGRESS);
constexpr std::uint32_t kWaiting = bit(AWAITING_DOCUMENTS) | bit(SUSPENDED);
constexpr std::uint32_t kOpen = kWorking | kWaiting | bit(REPLIED);
constexpr std::uint32_t kEndedItself = bit(CLOSED) | bit(WITHDRAWN);
// What is given to a case that goes on as another one belongs to that one.
constexpr std::uint32_t kEnded = kEndedItself | bit(MERGED);

constexpr RoleMask kDesk = role_bit(AGENT) | role_bit(COUNTER_STAFF);
constexpr RoleMask kUnit = role_bit(HANDLER) | role_bit(SUPERVISOR) | role_bit(UNIT_HEAD);
constexpr RoleMask kLead = role_bit(SUPERVISOR) | role_bit(UNIT_HEAD) | role_bit(OPERATOR);
constexpr RoleMask kFeed = role_bit(INTEGRATOR_ROLE) | role_bit(OPERATOR);
constexpr RoleMask kStaff = kDesk | kUnit | kFeed;
constexpr RoleMask kEngineAlone = role_bit(ENGINE);

constexpr Transition kTransitions[] = {
    {Verb::kAssign, kEveryKind, kWorking, ASSIGNED, kStaff},
    {Verb::kAssign, kEveryKind, kWaiting | bit(REPLIED), STATUS_UNSPECIFIED, kStaff},
    {Verb::kAccept, kEveryKind, bit(REGISTERED) | bit(ASSIGNED), IN_PROGRESS, kUnit | kFeed},
    {Verb::kTransfer, kEveryKind, kWorking | bit(REPLIED), REGISTERED, kStaff},
    {Verb::kTransfer, kEveryKind, kWaiting, STATUS_UNSPECIFIED, kStaff},
    {Verb::kNote, kEveryKind, kOpen | kEndedItself, STATUS_UNSPECIFIED, kStaff},
    {Verb::kRequestDocuments, kEveryKind, kWorking | bit(AWAITING_DOCUMENTS), AWAITING_DOCUMENTS,
     kStaff},
    {Verb::kReceiveDocuments, kEveryKind, bit(AWAITING_DOCUMENTS), STATUS_UNSPECIFIED, kStaff},
    {Verb::kReply, kEveryKind, kOpen, REPLIED, kStaff},
    {Verb::kAgreeDate, kEveryKind, kOpen, STATUS_UNSPECIFIED, kStaff},
    {Verb::kClose, kNoAnswerOwed, kOpen, CLOSED, kStaff},
    {Verb::kClose, kAnswerOwed, bit(REPLIED), CLOSED, kStaff},
    // Nobody to answer (anonymous, unreachable): a supervisor may end it unanswered.
    {Verb::kClose, kAnswerOwed, kWorking | kWaiting, CLOSED, kLead},
    {Verb::kReopen, kEveryKind, bit(CLOSED) | bit(WITHDRAWN), REGISTERED, kStaff},
    {Verb::kWithdraw, kEveryKind, kOpen, WITHDRAWN, kStaff},
    {Verb::kMerge, kEveryKind, kOpen, MERGED, kStaff},
    {Verb::kPrepareMerge, kEveryKind, kOpen, STATUS_UNSPECIFIED, kStaff},
    {Verb::kReleaseMerge, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kEngineAlone},
    {Verb::kAttachDuplicate, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kEngineAlone},
    {Verb::kUnmerge, kEveryKind, bit(MERGED), REGISTERED, kStaff},
    {Verb::kDetachDuplicate, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kEngineAlone},
    {Verb::kSettleUnmerge, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kEngineAlone},
    {Verb::kAcknowledgeEscalation, kEveryKind, kOpen, STATUS_UNSPECIFIED,
     kUnit | role_bit(OPERATOR)},
    {Verb::kExtendClock, kEveryKind, kOpen, STATUS_UNSPECIFIED, kLead},
    {Verb::kSuspend, kEveryKind, kWorking, SUSPENDED, kUnit | kFeed},
    {Verb::kResume, kEveryKind, bit(SUSPENDED), REGISTERED, kStaff},
    {Verb::kReclassify, kEveryKind, kOpen, STATUS_UNSPECIFIED, kStaff},
    // Of an ended case too, and of a merged one: its own people are found by it.
    {Verb::kCorrect, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kStaff},
    {Verb::kRequestExtension, kEveryKind, kOpen, STATUS_UNSPECIFIED, kUnit | kFeed},
    {Verb::kDecideExtension, kEveryKind, kOpen, STATUS_UNSPECIFIED, kLead},
    {Verb::kErase, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED,
     role_bit(ADMINISTRATOR) | role_bit(OPERATOR)},
    {Verb::kIssueTrackingCode, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kStaff},
    {Verb::kUseTrackingCode, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, role_bit(APPLICANT)},
    {Verb::kAddAttachment, kEveryKind, kOpen | kEndedItself, STATUS_UNSPECIFIED, kStaff},
    {Verb::kRemoveAttachment, kEveryKind, kOpen | kEnded, STATUS_UNSPECIFIED, kStaff},
    {Verb::kRecordFee, kEveryKind, kOpen | kEndedItself, STATUS_UNSPECIFIED, kStaff},
};

struct Meeting {
  ClockKind clock;
  bool accepted, told, asked_documents, replied, closed;
};

constexpr Meeting kMeetings[] = {
    // clock         accepted  told   asked  replied closed
    {ACKNOWLEDGE, true, true, true, true, true},
    {FIRST_RESPONSE, false, true, true, true, true},
    {stored::REPLY, false, false, false, true, false},  // 72 小時: only a recorded reply
    {RESOLVE, false, false, false, false, true},
    {AGREED_DATE, false, false, false, false, true},
    {NEXT_UPDATE, false, true, true, true, true},
    {FOLLOW_UP, false, false, false, true, true},
};

}  // namespace

const char* verb_name(Verb verb) {
  switch (verb) {
    case Verb::kAssign:
      return "assign";
    case Verb::kAccept:
      return "accept";
    case Verb::kTransfer:
      return "transfer";
    case Verb::kNote:
      return "note";
    case Verb::kRequestDocuments:
      return "request documents";
    case Verb::kReceiveDocuments:
      return "receive documents";
    case Verb::kReply:
      return "reply";
    case Verb::kAgreeDate:
      return "agree a date";
    case Verb::kClose:
      return "close";
    case Verb::kReopen:
      return "reopen";
    case Verb::kWithdraw:
      return "withdraw";
    case Verb::kMerge:
      return "merge";
    case Verb::kPrepareMerge:
      return "take a duplicate into";
    case Verb::kReleaseMerge:
      return "release from a merge";
    case Verb::kAttachDuplicate:
      return "attach a duplicate to";
    case Verb::kUnmerge:
      return "undo the merge of";
    case Verb::kDetachDuplicate:
      return "detach a duplicate from";
    case Verb::kSettleUnmerge:
      return "settle the undone merge of";
    case Verb::kAcknowledgeEscalation:
      return "acknowledge an escalation";
    case Verb::kExtendClock:
      return "extend a date";
    case Verb::kSuspend:
      return "suspend";
    case Verb::kResume:
      return "resume";
    case Verb::kReclassify:
      return "reclassify";
    case Verb::kCorrect:
      return "correct";
    case Verb::kRequestExtension:
      return "request an extension";
    case Verb::kDecideExtension:
      return "decide an extension";
    case Verb::kErase:
      return "erase the personal data of";
    case Verb::kIssueTrackingCode:
      return "issue a tracking code for";
    case Verb::kUseTrackingCode:
      return "use a tracking code of";
    case Verb::kAddAttachment:
      return "attach a file to";
    case Verb::kRemoveAttachment:
      return "remove a file from";
    case Verb::kRecordFee:
      return "record a fee of";
  }
  return "act";
}

const Transition* find_transition(Verb verb, stored::Kind kind, stored::CaseStatus from,
                                  RoleMask roles, bool* forbidden_by_role) {
  *forbidden_by_role = false;
  for (const Transition& row : kTransitions) {
    if (row.verb != verb || (row.kinds & bit(kind)) == 0 || (row.from & bit(from)) == 0) continue;
    if ((row.who & roles) != 0) return &row;
    *forbidden_by_role = true;
  }
  return nullptr;
}

bool meets(stored::ClockSignal signal, stored::ClockKind clock) {
  for (const Meeting& row : kMeetings) {
    if (row.clock != clock) continue;
    switch (signal) {
      case stored::CASE_WAS_ACCEPTED:
        return row.accepted;
      case stored::APPLICANT_WAS_TOLD:
        return row.told;
      case stored::DOCUMENTS_WERE_ASKED:
        return row.asked_documents;
      case stored::CASE_WAS_ANSWERED:
        return row.replied;
      case stored::CASE_WAS_CLOSED:
        return row.closed;
      default:
        return false;
    }
  }
  return false;
}

bool is_promise(stored::ClockKind clock) {
  return clock == FIRST_RESPONSE || clock == stored::REPLY || clock == RESOLVE ||
         clock == AGREED_DATE || clock == FOLLOW_UP;
}

StartsOn starts_on(stored::ClockKind clock) {
  if (clock == AGREED_DATE) return StartsOn::kAgreement;
  if (clock == FOLLOW_UP) return StartsOn::kReopening;
  return StartsOn::kLodge;
}

}  // namespace casewheel::domain
