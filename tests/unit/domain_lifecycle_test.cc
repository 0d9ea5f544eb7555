// The life cycle: every verb, kind, status and role against a table written out here on its own, both
// in the table of lifecycle.h and through decide(); and which action meets which clock.
#include <gtest/gtest.h>

#include <sstream>

#include "engine/domain/lifecycle.h"
#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

// What a cell of the table means:
//   -     nobody may              =    may, and the status stays
//   REG.. may, and it leads there
//   !CLO  may lead there, but only for a supervisor or the operator
//
// answer: "owed" kinds are those who wrote to us (complaint, opinion, proposal, media report).
struct Row {
  Verb verb;
  const char* kinds;  // all, owed, free
  const char* cells;  // by status: REG ASG PRG DOC RPL CLO WDR MRG SUS
  const char* roles;  // agent, counter, handler, supervisor, integrator, operator,
                      // applicant: x may
};

const Row kTable[] = {
    //                                      REG  ASG  PRG  DOC  RPL  CLO  WDR  MRG  SUS     A C H S I O P
    {Verb::kAssign, "all", "ASG  ASG  ASG  =    =    -    -    -    =   ", "x x x x x x -"},
    {Verb::kAccept, "all", "PRG  PRG  -    -    -    -    -    -    -   ", "- - x x x x -"},
    {Verb::kTransfer, "all", "REG  REG  REG  =    REG  -    -    -    =   ", "x x x x x x -"},
    {Verb::kNote, "all", "=    =    =    =    =    =    =    -    =   ", "x x x x x x -"},
    {Verb::kRequestDocuments, "all", "DOC  DOC  DOC  DOC  -    -    -    -    -   ",
     "x x x x x x -"},
    {Verb::kReceiveDocuments, "all", "-    -    -    =    -    -    -    -    -   ",
     "x x x x x x -"},
    {Verb::kReply, "all", "RPL  RPL  RPL  RPL  RPL  -    -    -    RPL ", "x x x x x x -"},
    {Verb::kAgreeDate, "all", "=    =    =    =    =    -    -    -    =   ", "x x x x x x -"},
    {Verb::kClose, "free", "CLO  CLO  CLO  CLO  CLO  -    -    -    CLO ", "x x x x x x -"},
    {Verb::kClose, "owed", "!CLO !CLO !CLO !CLO CLO  -    -    -    !CLO", "x x x x x x -"},
    {Verb::kReopen, "all", "-    -    -    -    -    REG  REG  -    -   ", "x x x x x x -"},
    {Verb::kWithdraw, "all", "WDR  WDR  WDR  WDR  WDR  -    -    -    WDR ", "x x x x x x -"},
    {Verb::kMerge, "all", "MRG  MRG  MRG  MRG  MRG  -    -    -    MRG ", "x x x x x x -"},
    {Verb::kPrepareMerge, "all", "=    =    =    =    =    -    -    -    =   ", "x x x x x x -"},
    // The engine's own, and nobody else's.
    {Verb::kReleaseMerge, "all", "=    =    =    =    =    =    =    =    =", "- - - - - - -"},
    {Verb::kAttachDuplicate, "all", "=    =    =    =    =    =    =    =    =", "- - - - - - -"},
    {Verb::kUnmerge, "all", "-    -    -    -    -    -    -    REG  -   ", "x x x x x x -"},
    {Verb::kDetachDuplicate, "all", "=    =    =    =    =    =    =    =    =", "- - - - - - -"},
    {Verb::kSettleUnmerge, "all", "=    =    =    =    =    =    =    =    =", "- - - - - - -"},
    {Verb::kAcknowledgeEscalation, "all",
     "=    =    =    =    =    -    -    -    =   ", "- - x x - x -"},
    {Verb::kExtendClock, "all", "=    =    =    =    =    -    -    -    =   ", "- - - x - x -"},
    {Verb::kSuspend, "all", "SUS  SUS  SUS  -    -    -    -    -    -", "- - x x x x -"},
    {Verb::kResume, "all", "-    -    -    -    -    -    -    -    REG", "x x x x x x -"},
    {Verb::kReclassify, "all", "=    =    =    =    =    -    -    -    =", "x x x x x x -"},
    {Verb::kCorrect, "all", "=    =    =    =    =    =    =    =    =", "x x x x x x -"},
    {Verb::kRequestExtension, "all", "=    =    =    =    =    -    -    -    =", "- - x x x x -"},
    {Verb::kDecideExtension, "all", "=    =    =    =    =    -    -    -    =", "- - - x - x -"},
    {Verb::kErase, "all", "=    =    =    =    =    =    =    =    =", "- - - - - x -"},
    {Verb::kIssueTrackingCode, "all", "=    =    =    =    =    =    =    =    =", "x x x x x x -"},
    {Verb::kUseTrackingCode, "all", "=    =    =    =    =    =    =    =    =", "- - - - - - x"},
    {Verb::kAddAttachment, "all", "=    =    =    =    =    =    =    -    =", "x x x x x x -"},
    {Verb::kRemoveAttachment, "all", "=    =    =    =    =    =    =    =    =", "x x x x x x -"},
    {Verb::kRecordFee, "all", "=    =    =    =    =    =    =    -    =", "x x x x x x -"},
};
const stored::CaseStatus kStatuses[] = {
    stored::REGISTERED,         stored::ASSIGNED, stored::IN_PROGRESS,
    stored::AWAITING_DOCUMENTS, stored::REPLIED,  stored::CLOSED,
    stored::WITHDRAWN,          stored::MERGED,   stored::SUSPENDED};
const char* const kStatusWords[] = {"REG", "ASG", "PRG", "DOC", "RPL", "CLO", "WDR", "MRG", "SUS"};
bool engines_own(Verb verb) {
  return verb == Verb::kReleaseMerge || verb == Verb::kAttachDuplicate ||
         verb == Verb::kDetachDuplicate || verb == Verb::kSettleUnmerge;
}

const stored::Role kRoles[] = {stored::AGENT,      stored::COUNTER_STAFF,   stored::HANDLER,
                               stored::SUPERVISOR, stored::INTEGRATOR_ROLE, stored::OPERATOR,
                               stored::APPLICANT};
const stored::Kind kKinds[] = {stored::COMPLAINT,   stored::APPLICATION, stored::INQUIRY,
                               stored::OPINION,     stored::PROPOSAL,    stored::FAULT_REPORT,
                               stored::MEDIA_REPORT};

bool answer_owed(stored::Kind kind) {
  return kind == stored::COMPLAINT || kind == stored::OPINION || kind == stored::PROPOSAL ||
         kind == stored::MEDIA_REPORT;
}

std::vector<std::string> words(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

struct Expected {
  bool allowed = false;
  bool to_somebody = false;
  stored::CaseStatus to = stored::STATUS_UNSPECIFIED;  // unspecified: stays
};

Expected expected(Verb verb, stored::Kind kind, stored::CaseStatus from, stored::Role role) {
  for (const Row& row : kTable) {
    const std::string kinds = row.kinds;
    if (row.verb != verb || (kinds == "owed" && !answer_owed(kind)) ||
        (kinds == "free" && answer_owed(kind)))
      continue;
    std::string cell = words(row.cells).at(static_cast<std::size_t>(from) - 1);
    if (cell == "-") return {};
    Expected e;
    e.to_somebody = true;
    for (std::size_t i = 0; i < std::size(kRoles); ++i) {
      if (kRoles[i] == role) e.allowed = words(row.roles).at(i) == "x";
    }
    if (role == stored::ENGINE) e.allowed = engines_own(verb);
    if (cell.front() == '!') {
      e.allowed = role == stored::SUPERVISOR || role == stored::OPERATOR;
      cell.erase(0, 1);
    }
    for (std::size_t i = 0; i < std::size(kStatuses); ++i) {
      if (cell == kStatusWords[i]) e.to = kStatuses[i];
    }
    return e;
  }
  ADD_FAILURE() << "no row for " << verb_name(verb);
  return {};
}

template <typename Visit>
void for_every_combination(Visit visit) {
  for (int verb = 0; verb <= static_cast<int>(Verb::kRemoveAttachment); ++verb) {
    for (const stored::Kind kind : kKinds) {
      for (const stored::CaseStatus from : kStatuses) {
        for (int role = stored::AGENT; role <= stored::ENGINE; ++role) {
          SCOPED_TRACE(std::string(verb_name(static_cast<Verb>(verb))) + ", " +
                       stored::Kind_Name(kind) + ", " + stored::CaseStatus_Name(from) + ", " +
                       stored::Role_Name(static_cast<stored::Role>(role)));
          visit(static_cast<Verb>(verb), kind, from, static_cast<stored::Role>(role));
          if (::testing::Test::HasFailure()) return;
        }
      }
    }
  }
}

TEST(LifeCycle, TheTableIsWhatIsWrittenHere) {
  for_every_combination(
      [](Verb verb, stored::Kind kind, stored::CaseStatus from, stored::Role role) {
        const Expected e = expected(verb, kind, from, role);
        bool forbidden = false;
        const Transition* row = find_transition(verb, kind, from, role_bit(role), &forbidden);
        EXPECT_EQ(row != nullptr, e.allowed);
        if (row != nullptr) {
          EXPECT_EQ(row->to, e.to);
        } else {
          EXPECT_EQ(forbidden, e.to_somebody);
        }
      });
}

stored::NotedFee form_fee() {
  stored::NotedFee fee;
  fee.set_fee("form");
  return fee;
}

Action some(Verb verb) {
  switch (verb) {
    case Verb::kAssign:
      return Assign{"hans"};
    case Verb::kAccept:
      return Accept{};
    case Verb::kTransfer:
      return Transfer{"north", "", "在北區處"};
    case Verb::kNote:
      return Note{"記一筆", false};
    case Verb::kRequestDocuments:
      return RequestDocuments{{"申請書"}, ""};
    case Verb::kReceiveDocuments:
      return ReceiveDocuments{{"身分證"}};
    case Verb::kReply:
      return Reply{stored::BY_PHONE, "已回復", 0};
    case Verb::kAgreeDate:
      return AgreeDate{kStart + 9 * kDayMs, "再協商"};
    case Verb::kClose:
      return Close{stored::RESOLVED, "已辦結", 0};
    case Verb::kReopen:
      return Reopen{"不滿意"};
    case Verb::kWithdraw:
      return Withdraw{"申請人撤回"};
    case Verb::kMerge:
      return Merge{1, CaseId::make(31, 1150202, 9)};
    case Verb::kPrepareMerge:
      return PrepareMerge{1, CaseId::make(31, 1150202, 12)};
    case Verb::kReleaseMerge:
      return ReleaseMerge{1, CaseId::make(31, 1150202, 9)};
    case Verb::kAttachDuplicate:
      return AttachDuplicate{1, CaseId::make(31, 1150202, 9)};
    case Verb::kUnmerge:
      return Unmerge{"併錯"};
    case Verb::kDetachDuplicate:
      return DetachDuplicate{1, CaseId::make(31, 1150202, 11)};
    case Verb::kSettleUnmerge:
      return SettleUnmerge{};
    case Verb::kAcknowledgeEscalation:
      return AcknowledgeEscalation{1, ""};
    case Verb::kExtendClock:
      return ExtendClock{1, kStart + 20 * kDayMs, "颱風"};
    case Verb::kSuspend:
      return Suspend{stored::AWAITING_OTHER_AGENCY, "等縣府會勘", 0};
    case Verb::kResume:
      return Resume{"會勘完畢", 0};
    case Verb::kReclassify:
      return Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "醫院用電"};
    case Verb::kCorrect: {
      Correct correct;
      correct.fields = {stored::CORRECTED_PHONE};
      correct.personal.mutable_applicant()->set_phone("0921000111");
      correct.reason = "聽錯";
      return correct;
    }
    case Verb::kRequestExtension:
      return RequestExtension{1, kStart + 20 * kDayMs, "缺料"};
    case Verb::kDecideExtension:
      return DecideExtension{7, true, "同意"};
    case Verb::kErase:
      return Erase{stored::AT_PERSONS_WISH, true};
    case Verb::kIssueTrackingCode:
      return IssueTrackingCode{"e5", kHourMs};
    case Verb::kUseTrackingCode:
      return UseTrackingCode{"c0de"};
    case Verb::kAddAttachment:
      return AddAttachment{};
    case Verb::kRemoveAttachment:
      return RemoveAttachment{3, "誤傳"};
    case Verb::kRecordFee:
      return RecordFee{.fee = form_fee()};
  }
  return Look{};
}

// Two documents are awaited and one escalation is open, so that each action has something to act on.
CaseOnDesk case_in(stored::Kind kind, stored::CaseStatus status) {
  static const CaseOnDesk kBase = [] {
    CaseOnDesk desk = CaseOnDesk::lodged("lamp");
    desk.now = kStart + 49 * kHourMs;
    desk.look();
    return desk;
  }();
  CaseOnDesk desk = kBase;
  desk.state.set_kind(kind);
  desk.state.set_status(status);
  desk.state.add_missing_documents("身分證");
  desk.state.add_missing_documents("謄本");
  desk.state.set_status_before_documents(stored::REGISTERED);
  stored::ExtensionRequest* request = desk.state.add_extension_requests();
  request->set_request(7);
  request->set_clock(1);
  request->set_due_ms(kStart + 20 * kDayMs);
  desk.state.add_attachments()->set_attachment(3);
  desk.state.mutable_tracking_code()->set_digest("c0de");
  desk.state.mutable_tracking_code()->set_expires_ms(desk.now + kHourMs);
  return desk;
}

// Between two steps of one, where the verb is a step.
void amid_a_merge(stored::CaseState& state, Verb verb) {
  const auto fill = [](stored::MergedCase* one, std::uint32_t sequence) {
    one->set_partition(1);
    one->set_case_id(CaseId::make(31, 1150202, sequence).value);
  };
  if (verb == Verb::kReleaseMerge || verb == Verb::kAttachDuplicate) fill(state.add_preparing(), 9);
  if (verb == Verb::kDetachDuplicate) fill(state.add_duplicates(), 11);
  if (verb == Verb::kSettleUnmerge) fill(state.mutable_unmerging()->mutable_from(), 11);
}

TEST(LifeCycle, DecideKeepsToTheTable) {
  ASSERT_EQ(case_in(stored::COMPLAINT, stored::REGISTERED).state.escalations_size(), 1);
  for_every_combination(
      [](Verb verb, stored::Kind kind, stored::CaseStatus from, stored::Role role) {
        const Expected e = expected(verb, kind, from, role);
        CaseOnDesk desk = case_in(kind, from);
        amid_a_merge(desk.state, verb);
        Command command = desk.command(some(verb));
        command.who = {role, "x", role_bit(role)};
        const auto before = desk.state.SerializeAsString();
        const auto events = desk.give(command);
        ASSERT_EQ(events.has_value(), e.allowed) << (events ? "" : events.error().message);
        if (!events) {
          EXPECT_EQ(events.error().code,
                    e.to_somebody ? RejectionCode::kNotPermitted : RejectionCode::kWrongState);
          EXPECT_EQ(desk.state.SerializeAsString(), before);
          return;
        }
        ASSERT_FALSE(events->empty());
        EXPECT_EQ(desk.state.status(), e.to == stored::STATUS_UNSPECIFIED ? from : e.to);
        EXPECT_EQ((*events)[0].actor().role(), role);
      });
}

TEST(LifeCycle, AnActorMayHoldSeveralRoles) {
  bool forbidden = false;
  EXPECT_NE(find_transition(Verb::kExtendClock, stored::INQUIRY, stored::REGISTERED,
                            roles({stored::AGENT, stored::SUPERVISOR}), &forbidden),
            nullptr);
  EXPECT_EQ(find_transition(Verb::kExtendClock, stored::INQUIRY, stored::REGISTERED,
                            roles({stored::AGENT, stored::HANDLER}), &forbidden),
            nullptr);
  EXPECT_TRUE(forbidden);
}

TEST(LifeCycle, WhichActionMeetsWhichClock) {
  const struct {
    stored::ClockKind clock;
    const char* signals;  // accepted, told the applicant, asked for documents, replied, closed
  } kMeetings[] = {
      {stored::ACKNOWLEDGE, "x x x x x"}, {stored::FIRST_RESPONSE, "- x x x x"},
      {stored::REPLY, "- - - x -"},       {stored::RESOLVE, "- - - - x"},
      {stored::AGREED_DATE, "- - - - x"}, {stored::NEXT_UPDATE, "- x x x x"},
      {stored::FOLLOW_UP, "- - - x x"},
  };
  for (const auto& row : kMeetings) {
    for (int signal = stored::CASE_WAS_ACCEPTED; signal <= stored::CASE_WAS_CLOSED; ++signal) {
      EXPECT_EQ(meets(static_cast<stored::ClockSignal>(signal), row.clock),
                words(row.signals).at(static_cast<std::size_t>(signal) - 1) == "x")
          << stored::ClockKind_Name(row.clock) << ", signal " << signal;
    }
  }
}

TEST(LifeCycle, WhenClocksStart) {
  for (int kind = stored::ACKNOWLEDGE; kind <= stored::FOLLOW_UP; ++kind) {
    const auto clock = static_cast<stored::ClockKind>(kind);
    const StartsOn on = clock == stored::AGREED_DATE ? StartsOn::kAgreement
                        : clock == stored::FOLLOW_UP ? StartsOn::kReopening
                                                     : StartsOn::kLodge;
    EXPECT_EQ(starts_on(clock), on) << stored::ClockKind_Name(clock);
  }
}

}  // namespace
}  // namespace casewheel::domain
