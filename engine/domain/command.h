// What may be asked of a case. Commands are never stored; the events they lead to are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/words.pb.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/domain/territory.h"

namespace casewheel::domain {

namespace stored = ::casewheel::journal::v1;

// The roles an actor holds, as bits (1 << stored::Role).
using RoleMask = std::uint32_t;
constexpr RoleMask role_bit(stored::Role role) {
  return RoleMask{1} << static_cast<unsigned>(role);
}
inline constexpr RoleMask kEveryRole = ~RoleMask{0};

struct Who {
  stored::Role role = stored::OPERATOR;  // the one recorded
  std::string id;
  RoleMask roles = 0;
  std::shared_ptr<const Territory> territory = nullptr;  // every case of the tenant
};

struct Lodge {
  stored::CaseLodged
      facts;  // received_ms 0: when the command was received; unit, kind and priority may be left out: taken from the catalogue
  stored::PersonalData personal;
  TimeMs agreed_ms = 0;  // 0: none
  // Lodged once before: what its applicant answered then is not at hand, and not asked again.
  bool of_the_past = false;
};
struct Assign {
  std::string handler;
};
struct Accept {};
struct Transfer {
  std::string unit;
  std::string handler;
  std::string reason;
};
struct Note {
  std::string text;
  bool to_applicant = false;
};
struct RequestDocuments {
  std::vector<std::string> documents;
  std::string text;
};
struct ReceiveDocuments {
  std::vector<std::string> documents;
  TimeMs arrived_ms = 0;  // 0: when the command was received
};
// The case waits for something that is not ours to do: clocks that pause for the reason stop.
struct Suspend {
  stored::PauseReason reason = stored::PAUSE_REASON_UNSPECIFIED;
  std::string text;
  TimeMs from_ms = 0;  // 0: when the command was received
};
struct Resume {
  std::string text;
  TimeMs to_ms = 0;  // 0: when the command was received
};
// What is left unspecified or empty stays as it is.
struct Reclassify {
  stored::Priority priority = stored::PRIORITY_UNSPECIFIED;
  std::string service;
  stored::Kind kind = stored::KIND_UNSPECIFIED;
  std::string reason;
};
struct Reply {
  stored::ReplyMeans means = stored::MEANS_UNSPECIFIED;
  std::string text;
  TimeMs replied_ms = 0;
};
struct AgreeDate {
  TimeMs agreed_ms = 0;
  std::string reason;
  std::string approver{};  // a supervisor; empty: none named
};
struct Close {
  stored::Outcome outcome = stored::OUTCOME_UNSPECIFIED;
  std::string text;
  TimeMs closed_ms = 0;
};
struct Reopen {
  std::string reason;
  bool mistake = false;  // the end was one: it is undone. Else there is a new reason
};
struct Withdraw {
  std::string reason;
};
// A merge is three commands, the middle one alone given to the duplicate: the case that goes on is
// prepared, the duplicate ends, the case that goes on takes it in (or, where the duplicate refused, is
// released). While it is prepared it cannot end, so a merge always ends in an open case. The steps are
// driven by engine/api/merging.h, also after a restart.
struct Merge {
  PartitionId into_partition = 0;
  CaseId into;
  PartitionId here = 0;  // of the case itself
};
struct PrepareMerge {
  PartitionId partition = 0;
  CaseId duplicate;
  PartitionId here = 0;
};
struct ReleaseMerge {
  PartitionId partition = 0;
  CaseId duplicate;
};
struct AttachDuplicate {
  PartitionId partition = 0;
  CaseId duplicate;
  std::vector<stored::CarriedPromise> promises = {};  // as the duplicate's CaseMerged says
  std::uint32_t depth = 1;
};
// A merge was wrong: the duplicate goes on by itself, its clocks with the dates they had. Then the case
// it had ended in, and those that one has ended in since, keep its promises no more.
struct Unmerge {
  std::string reason;
};
struct DetachDuplicate {
  PartitionId partition = 0;
  CaseId duplicate;
  std::vector<stored::MergedCase> behind = {};  // whose promises it had brought along
  CaseAddress through =
      {};  // the case that has ended in this one: the duplicate, or one on its way
};
// Given to the duplicate when all of them know of it.
struct SettleUnmerge {};
struct AcknowledgeEscalation {
  std::uint32_t escalation = 0;
  std::string text;
};  // 0: all open ones
struct ExtendClock {
  std::uint32_t clock = 0;
  TimeMs due_ms = 0;
  std::string reason;
};
// Fields that were taken down wrong, with their right values.
struct Correct {
  std::vector<stored::CorrectedField> fields;
  // Of those fields alone. Attributes replace the answers of the same code; one without values takes its
  // answer away.
  stored::PersonalData personal;
  std::string county;
  std::string language;
  std::string external_reference;
  std::string reason;
  stored::PersonalData before =
      {};  // what the case has; filled in by its partition, which can open it
  // The fields that bring back the masked form of `before` that was shown; pure. Null: nothing was shown.
  std::vector<FieldViolation> (*carried_back)(const Correct& correct) = nullptr;
};
// A handler asks for a later date; a supervisor decides.
struct RequestExtension {
  std::uint32_t clock = 0;
  TimeMs due_ms = 0;
  std::string reason;
};
struct DecideExtension {
  std::uint32_t request = 0;
  bool granted = false;
  std::string text;
};
// Makes what identifies persons in a case unreadable for good. Of an open case only when it is said so:
// who works on it could reach nobody any more.
struct Erase {
  stored::EraseCause cause = stored::ERASE_CAUSE_UNSPECIFIED;
  bool open_too = false;
  // Only of those who stood in the case before a correction: what the case has now is sealed anew. The
  // texts and files of its history go, since nobody can tell whose they are.
  bool former_only = false;
  stored::PersonalData held = {};  // with it: what the case has; filled in by its partition
};
// The applicant may look at the case once with the code of that digest; it replaces an earlier one.
struct IssueTrackingCode {
  std::string digest;
  DurationMs valid_ms = 0;
};
// The applicant showed it.
struct UseTrackingCode {
  std::string digest;
};
// A file whose bytes lie safe already: the event makes them the case's.
struct AddAttachment {
  stored::AttachmentAdded facts;  // without its number
  stored::FileFacts file;
};
struct RemoveAttachment {
  std::uint32_t attachment = 0;
  std::string reason;
};
// A fee as it now stands. Amount 0: as noted before, else the catalogue's.
struct RecordFee {
  stored::NotedFee fee;
};
// The wheel's own: look at every clock of the case and fire what is due.
struct Look {};
// The engine's own: lay every clock anew under the time rules now in force.
struct Relay {};

using Action =
    std::variant<Lodge, Assign, Accept, Transfer, Note, RequestDocuments, ReceiveDocuments, Reply,
                 AgreeDate, Close, Reopen, Withdraw, Merge, PrepareMerge, ReleaseMerge,
                 AttachDuplicate, Unmerge, DetachDuplicate, SettleUnmerge, AcknowledgeEscalation,
                 ExtendClock, Suspend, Resume, Reclassify, Correct, RequestExtension,
                 DecideExtension, Erase, IssueTrackingCode, UseTrackingCode, AddAttachment,
                 RemoveAttachment, RecordFee, Look, Relay>;

struct Command {
  Action action;
  Who who;
  TimeMs received_ms = 0;               // engine time when the request arrived
  std::uint32_t expected_revision = 0;  // 0: any
  std::uint64_t request_digest = 0;     // 0: none given
  std::uint64_t body_digest = 0;
  // The body that request was given with before, where it was not refused and is still known.
  std::optional<std::uint64_t> answered_body = std::nullopt;
};

}  // namespace casewheel::domain
