// decide(): what each action is refused for, naming the field; what it leaves behind; repeated
// requests, stale etags, documents, merges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

using ::testing::ElementsAre;
using E = stored::Event;

std::vector<std::string> many(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("文件" + std::to_string(i));
  return names;
}

constexpr TimeMs kCenturiesLater = kStart + 21 * 366 * kDayMs;

TEST(Decide, LodgingIsRefusedNamingTheField) {
  const struct {
    const char* name;
    const char* field;
    void (*change)(Lodge&);
  } kCases[] = {
      {"no service", "service", [](Lodge& l) { l.facts.clear_service(); }},
      {"unknown service", "service", [](Lodge& l) { l.facts.set_service("moon"); }},
      {"unknown unit", "unit", [](Lodge& l) { l.facts.set_unit("moon"); }},
      {"unknown handler", "handler", [](Lodge& l) { l.facts.set_handler("nobody"); }},
      {"received in the future", "received_time",
       [](Lodge& l) { l.facts.set_received_ms(kStart + limits::kClockAheadMs + 1); }},
      {"agreed before it was received", "agreed_time", [](Lodge& l) { l.agreed_ms = kStart - 1; }},
      {"agreed when it was received", "agreed_time", [](Lodge& l) { l.agreed_ms = kStart; }},
      {"agreed for our grandchildren", "agreed_time",
       [](Lodge& l) { l.agreed_ms = kCenturiesLater; }},
      {"too many documents", "missing_documents",
       [](Lodge& l) {
         for (const std::string& name : many(65)) l.facts.add_missing_documents(name);
       }},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    CaseOnDesk desk;
    Lodge lodge = CaseOnDesk::lodging("lease");
    c.change(lodge);
    const auto events = desk.lodge(lodge);
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code, RejectionCode::kInvalidArgument);
    ASSERT_EQ(events.error().fields.size(), 1u);
    EXPECT_EQ(events.error().fields[0].field, c.field);
    EXPECT_TRUE(desk.history.empty());
  }
}

TEST(Decide, LodgingTakesWhatIsLeftOutFromTheCatalogue) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  EXPECT_EQ(desk.state.kind(), stored::APPLICATION);
  EXPECT_EQ(desk.state.unit(), "line");
  EXPECT_EQ(desk.state.priority(), stored::NORMAL);
  EXPECT_EQ(desk.state.status(), stored::REGISTERED);
  EXPECT_EQ(desk.state.tenant(), "utility");
  EXPECT_EQ(desk.state.received_ms(), kStart);
  EXPECT_EQ(desk.state.lodged_ms(), kStart);
  EXPECT_EQ(desk.state.catalogue_version(), 1u);
  Lodge asked = CaseOnDesk::lodging("lease");
  asked.facts.set_kind(stored::INQUIRY);
  asked.facts.set_unit("north");
  asked.facts.set_priority(stored::URGENT);
  asked.facts.set_handler("hans");
  asked.facts.add_missing_documents("申請書");
  CaseOnDesk other;
  ASSERT_TRUE(other.lodge(asked));
  EXPECT_EQ(other.state.kind(), stored::INQUIRY);
  EXPECT_EQ(other.state.unit(), "north");
  EXPECT_EQ(other.state.priority(), stored::URGENT);
  EXPECT_EQ(other.state.status(), stored::AWAITING_DOCUMENTS);
  EXPECT_EQ(other.clock(stored::REPLY).status(), stored::PAUSED)
      << "asked for at once, the clocks pause";
  other.must(ReceiveDocuments{});
  EXPECT_EQ(other.state.status(), stored::ASSIGNED);
}

TEST(Decide, ActionsAreRefusedNamingTheField) {
  const struct {
    const char* name;
    Action action;
    RejectionCode code;
    const char* field;  // empty: none
  } kCases[] = {
      {"assign to nobody", Assign{"nobody"}, RejectionCode::kInvalidArgument, "handler"},
      {"transfer to nowhere", Transfer{"moon", "", "r"}, RejectionCode::kInvalidArgument, "unit"},
      {"transfer to nobody", Transfer{"north", "nobody", "r"}, RejectionCode::kInvalidArgument,
       "handler"},
      {"too many documents", RequestDocuments{many(64), ""}, RejectionCode::kInvalidArgument,
       "documents"},
      {"a document not asked for", ReceiveDocuments{{"族譜"}}, RejectionCode::kInvalidArgument,
       "documents"},
      {"a reply without means", Reply{stored::MEANS_UNSPECIFIED, "t", 0},
       RejectionCode::kInvalidArgument, "means"},
      {"a reply from the future",
       Reply{stored::BY_FAX, "t", kStart + kHourMs + limits::kClockAheadMs + 1},
       RejectionCode::kInvalidArgument, "replied_time"},
      {"a reply before the question", Reply{stored::BY_FAX, "t", kStart - 1},
       RejectionCode::kInvalidArgument, "replied_time"},
      {"a date in the past", AgreeDate{kStart, "r"}, RejectionCode::kInvalidArgument,
       "agreed_time"},
      {"a date of this instant", AgreeDate{kStart + kHourMs, "r"}, RejectionCode::kInvalidArgument,
       "agreed_time"},
      {"a date for our grandchildren", AgreeDate{kCenturiesLater, "r"},
       RejectionCode::kInvalidArgument, "agreed_time"},
      {"another date without a reason", AgreeDate{kStart + 9 * kDayMs, ""},
       RejectionCode::kInvalidArgument, "reason"},
      {"an end without outcome", Close{stored::OUTCOME_UNSPECIFIED, "", 0},
       RejectionCode::kInvalidArgument, "outcome"},
      {"an end in the future",
       Close{stored::RESOLVED, "", kStart + kHourMs + limits::kClockAheadMs + 1},
       RejectionCode::kInvalidArgument, "closed_time"},
      {"an end before the beginning", Close{stored::RESOLVED, "", kStart - 1},
       RejectionCode::kInvalidArgument, "closed_time"},
      {"a duplicate of another tenant", PrepareMerge{0, CaseId::make(32, 1150202, 1)},
       RejectionCode::kInvalidArgument, "into_case_number"},
      {"an escalation there is not", AcknowledgeEscalation{9, ""}, RejectionCode::kNotFound, ""},
      {"any escalation where none is", AcknowledgeEscalation{0, ""}, RejectionCode::kNotFound, ""},
      {"a clock there is not", ExtendClock{99, kStart + 90 * kDayMs, "r"}, RejectionCode::kNotFound,
       "clock"},
      {"a clock that waits", ExtendClock{1, kStart + 90 * kDayMs, "r"}, RejectionCode::kWrongState,
       ""},
      {"an extension backwards", ExtendClock{3, kStart + 5 * kDayMs - 1, "r"},
       RejectionCode::kInvalidArgument, "due_time"},
      {"an extension by nothing", ExtendClock{3, kStart + 5 * kDayMs, "r"},
       RejectionCode::kInvalidArgument, "due_time"},
      {"an extension for our grandchildren", ExtendClock{3, kCenturiesLater, "r"},
       RejectionCode::kInvalidArgument, "due_time"},
  };
  Lodge lodge = CaseOnDesk::lodging("lease");
  lodge.agreed_ms = kStart + 5 * kDayMs;  // clock 3, behind reply and resolve
  lodge.facts.add_missing_documents("申請書");
  CaseOnDesk base;
  ASSERT_TRUE(base.lodge(lodge));
  base.now = kStart + kHourMs;
  ASSERT_EQ(base.clock(stored::AGREED_DATE).clock(), 3u);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    CaseOnDesk desk = base;
    const auto events = desk.act(c.action);
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code, c.code) << events.error().message;
    if (*c.field == '\0') {
      EXPECT_TRUE(events.error().fields.empty());
    } else {
      ASSERT_EQ(events.error().fields.size(), 1u);
      EXPECT_EQ(events.error().fields[0].field, c.field);
    }
    EXPECT_EQ(desk.state.SerializeAsString(), base.state.SerializeAsString());
  }
}

TEST(Decide, AnExtensionThatHasPassedAlreadyIsRefused) {
  CaseOnDesk desk = CaseOnDesk::lodged("lamp");
  desk.now = kStart + 60 * kHourMs;
  const auto events = desk.act(ExtendClock{1, kStart + 50 * kHourMs, "r"});
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().fields.at(0).field, "due_time");
}

TEST(Decide, ARepeatedRequestDoesNothingAndAnotherBodyIsAConflict) {
  CaseOnDesk desk = CaseOnDesk::lodged("gripe");
  Command note = desk.command(Note{"一", false});
  note.request_digest = 77;
  note.body_digest = 1;
  ASSERT_EQ(desk.give(note)->size(), 1u);
  const std::string after = desk.state.SerializeAsString();
  auto again = desk.give(note);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
  note.expected_revision = 1;  // the etag of the first try is stale by now, the answer is the same
  EXPECT_TRUE(desk.give(note)->empty());
  note.body_digest = 2;
  auto other = desk.give(note);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, RejectionCode::kConflict);
  EXPECT_EQ(desk.state.SerializeAsString(), after);
}

TEST(Decide, AStaleEtagIsRefusedAndACurrentOneIsNot) {
  CaseOnDesk desk = CaseOnDesk::lodged("gripe");
  Command note = desk.command(Note{"一", false});
  note.expected_revision = desk.state.revision() - 1;
  auto stale = desk.give(note);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, RejectionCode::kStaleEtag);
  EXPECT_NE(stale.error().message.find("\"" + std::to_string(desk.state.revision()) + "\""),
            std::string::npos);
  note.expected_revision = desk.state.revision();
  EXPECT_TRUE(desk.give(note));
}

TEST(Decide, TextsArePersonalDataAndNowhereElse) {
  CaseOnDesk desk;
  Lodge lodge = CaseOnDesk::lodging("gripe");
  lodge.personal.set_subject("機密主旨");
  lodge.personal.mutable_applicant()->set_name("王小明");
  std::vector<E> all;
  const auto keep = [&](const Events& events) {
    all.insert(all.end(), events.begin(), events.end());
  };
  keep(*desk.lodge(lodge));
  for (const Action& action :
       {Action(Transfer{"north", "", "機密"}), Action(Note{"機密", true}),
        Action(RequestDocuments{{"a"}, "機密"}), Action(Reply{stored::BY_SMS, "機密", 0}),
        Action(AgreeDate{kStart + kDayMs, "機密"}),
        Action(ExtendClock{4, kStart + 99 * kDayMs, "機密"}),
        Action(Close{stored::RESOLVED, "機密", 0}), Action(Reopen{"機密"}),
        Action(Withdraw{"機密"})}) {
    const Events events = desk.must(action);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].personal().text(), "機密") << events[0].ShortDebugString();
    keep(events);
  }
  for (E event : all) {
    event.clear_personal();
    EXPECT_EQ(event.SerializeAsString().find("機密"), std::string::npos)
        << event.ShortDebugString();
    EXPECT_EQ(event.SerializeAsString().find("王小明"), std::string::npos);
  }
  EXPECT_EQ(desk.state.SerializeAsString().find("機密"), std::string::npos);
}

TEST(Decide, EventsOfOneCommandFollowOnAndCarryItsActorAndRequest) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  Command command = desk.command(RequestDocuments{{"申請書"}, ""});
  command.who = {stored::COUNTER_STAFF, "tess", role_bit(stored::COUNTER_STAFF)};
  command.request_digest = 5;
  command.body_digest = 6;
  const std::uint32_t before = desk.state.revision();
  const auto events = desk.give(command);
  ASSERT_TRUE(events);
  std::uint32_t revision = before;
  for (const E& event : *events) {
    EXPECT_EQ(event.case_id(), kCase.value);
    EXPECT_EQ(event.revision(), ++revision);
    EXPECT_EQ(event.actor().role(), stored::COUNTER_STAFF);
    EXPECT_EQ(event.actor().id(), "tess");
    EXPECT_EQ(event.request_digest(), 5u);
    EXPECT_EQ(event.body_digest(), 6u);
    EXPECT_EQ(event.received_ms(), desk.now);
  }
}

TEST(Decide, DocumentsComeInAnyOrderAndTheStatusIsAsBefore) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  desk.must(Accept{});
  desk.must(RequestDocuments{{"甲", "乙"}, ""});
  desk.must(RequestDocuments{{"丙"}, ""});
  EXPECT_THAT(desk.state.missing_documents(), ElementsAre("甲", "乙", "丙"));
  EXPECT_EQ(desk.state.documents_requested(), 2u);
  desk.must(ReceiveDocuments{{"丙", "甲"}});
  EXPECT_THAT(desk.state.missing_documents(), ElementsAre("乙"));
  desk.must(ReceiveDocuments{});
  EXPECT_THAT(desk.last(E::kDocumentsReceived).documents_received().documents(), ElementsAre("乙"));
  EXPECT_EQ(desk.state.status(), stored::IN_PROGRESS);
}

TEST(Decide, AHandlerNamedWhileDocumentsAreAwaitedShowsAfterwards) {
  CaseOnDesk named = CaseOnDesk::lodged("lease");
  named.must(RequestDocuments{{"甲"}, ""});
  named.must(Assign{"hans"});
  named.must(ReceiveDocuments{});
  EXPECT_EQ(named.state.status(), stored::ASSIGNED);
  CaseOnDesk unnamed = CaseOnDesk::lodged("lease", "hans");
  unnamed.must(RequestDocuments{{"甲"}, ""});
  unnamed.must(Transfer{"north", "", "不是我們的"});
  unnamed.must(ReceiveDocuments{});
  EXPECT_EQ(unnamed.state.status(), stored::REGISTERED);
}

TEST(Decide, ATransferNamesAHandlerOrWaitsForOne) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  desk.must(Transfer{"north", "", "r"});
  EXPECT_EQ(desk.state.status(), stored::REGISTERED);
  EXPECT_EQ(desk.state.handler(), "");
  desk.must(Transfer{"line", "dora", "r"});
  EXPECT_EQ(desk.state.status(), stored::ASSIGNED);
  EXPECT_EQ(desk.state.handler(), "dora");
}

TEST(Decide, RepeatsOfAStepAreOneEscalationAndNoneIsDroppedBeforeItIsAcknowledged) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  desk.pass_to(kStart + 72 * kHourMs + 5 * kDayMs);  // a warning, the breach, then four times up
  const int fired = desk.count(stored::Event::kStepFired);
  ASSERT_EQ(fired, 6);
  ASSERT_EQ(desk.state.escalations_size(), 3);
  EXPECT_EQ(desk.state.escalations(2).firings(), 4u);
  EXPECT_EQ(desk.state.escalations(2).first_due_ms(), kStart + 96 * kHourMs);
  EXPECT_EQ(desk.state.escalations(2).due_ms(), kStart + 168 * kHourMs);
  stored::ClockRow row = clock_row(desk.state, desk.rules());
  EXPECT_EQ(row.unacknowledged(), 6u);
  const std::uint32_t level = row.level();
  desk.must(AcknowledgeEscalation{desk.state.escalations(2).escalation(), ""});
  row = clock_row(desk.state, desk.rules());
  EXPECT_EQ(row.unacknowledged(), 2u);
  EXPECT_EQ(row.level(), level);
}

TEST(Decide, AHundredAcknowledgedEscalationsPushOutNoneThatWaits) {
  CaseOnDesk desk = CaseOnDesk::lodged("lamp");
  desk.pass_to(kStart + 48 * kHourMs + 1);
  ASSERT_EQ(desk.state.escalations_size(), 1);
  desk.state.set_highest_level(3);
  for (std::uint32_t number = 2; number <= 101; ++number) {
    stored::EscalationState& old = *desk.state.add_escalations();
    old.set_escalation(number);
    old.set_clock_kind(stored::RESOLVE);
    old.set_firings(1);
    old.set_level(1);
  }
  desk.state.set_escalations_numbered(101);
  desk.must(AcknowledgeEscalation{50, ""});
  EXPECT_EQ(desk.state.escalations_size(), 100) << "the one acknowledged made room";
  EXPECT_EQ(desk.state.escalations(0).escalation(), 1u);
  EXPECT_EQ(clock_row(desk.state, desk.rules()).unacknowledged(), 100u);
  EXPECT_EQ(clock_row(desk.state, desk.rules()).level(), 3u);
  desk.must(AcknowledgeEscalation{0, ""});
  EXPECT_EQ(desk.state.escalations_size(), kEscalationsKept);
  EXPECT_EQ(desk.state.escalations(kEscalationsKept - 1).escalation(), 101u);
}

TEST(Decide, AnInstantALittleAheadIsTakenForNowAndKeptAsStated) {
  CaseOnDesk desk;
  Lodge lodge = CaseOnDesk::lodging("lamp");
  lodge.facts.set_received_ms(kStart + 200);
  ASSERT_TRUE(desk.lodge(lodge));
  EXPECT_EQ(desk.state.received_ms(), kStart);
  EXPECT_EQ(desk.history.front().stated_ms(), kStart + 200);
  EXPECT_EQ(desk.due(stored::REPLY), kStart + 48 * kHourMs);
  desk.must(Reply{stored::BY_PHONE, "答", kStart + 10 * kSecondMs});
  EXPECT_EQ(desk.last(stored::Event::kCaseReplied).case_replied().replied_ms(), kStart);
  EXPECT_EQ(desk.last(stored::Event::kCaseReplied).stated_ms(), kStart + 10 * kSecondMs);
  const auto late = desk.act(Close{stored::RESOLVED, "已辦結", kStart + 10 * kSecondMs + 1});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().fields.at(0).field, "closed_time");
}

TEST(Decide, WhileEngineTimeIsHeldTrueTimesAreTaken) {
  CaseOnDesk desk;
  desk.moment.machine_ms = kStart + 3 * kDayMs;
  Lodge lodge = CaseOnDesk::lodging("lamp");
  lodge.facts.set_received_ms(kStart + 3 * kDayMs + 200);
  ASSERT_TRUE(desk.lodge(lodge));
  EXPECT_EQ(desk.state.received_ms(), kStart);
  EXPECT_EQ(desk.history.front().stated_ms(), kStart + 3 * kDayMs + 200);
  CaseOnDesk other;
  other.moment.machine_ms = kStart + 3 * kDayMs;
  lodge.facts.set_received_ms(kStart + 4 * kDayMs);
  EXPECT_FALSE(other.lodge(lodge));
}

TEST(Decide, TheClockRowSaysWhatTheClocksSay) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  stored::ClockRow row = clock_row(desk.state, desk.rules());
  EXPECT_EQ(row.next_ms(), kStart + 60 * kHourMs);
  EXPECT_EQ(row.due_ms(), kStart + 72 * kHourMs);
  EXPECT_EQ(row.due_kind(), stored::REPLY);
  EXPECT_EQ(row.handler(), "hans");
  EXPECT_EQ(row.revision(), desk.state.revision());
  desk.must(RequestDocuments{{"甲"}, ""});
  row = clock_row(desk.state, desk.rules());
  EXPECT_EQ(row.next_ms(), 0);
  EXPECT_EQ(row.due_ms(), 0);
  EXPECT_EQ(row.status(), stored::AWAITING_DOCUMENTS);
}

TEST(Apply, RefusesAnEventThatDoesNotFollow) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  E event = desk.history.back();
  EXPECT_DEATH(apply(desk.state, event, 1, kStart), "is at revision");
  event.set_revision(desk.state.revision() + 1);
  event.mutable_clock_paused()->set_clock(99);
  EXPECT_DEATH(apply(desk.state, event, 1, kStart), "event names clock 99");
}

TEST(Apply, TotalsCountWhatHappened) {
  CaseOnDesk desk = CaseOnDesk::lodged("gripe", "hans");
  desk.pass_to(kStart + 73 * kHourMs);
  desk.must(Reply{stored::BY_PHONE, "回復", 0});
  desk.must(Close{stored::RESOLVED, "已辦結", 0});
  desk.must(Reopen{"不滿意"});
  desk.must(Withdraw{"算了"});
  stored::Totals totals;
  for (const E& event : desk.history) apply_totals(totals, event);
  EXPECT_EQ(totals.lodged(), 1u);
  EXPECT_EQ(totals.closed(), 1u) << "closed, reopened, withdrawn";
  EXPECT_EQ(totals.events(), desk.history.size());
  EXPECT_EQ(totals.breaches(), 4u) << "acknowledge, first response, next update, reply";
  EXPECT_EQ(totals.clocks_broken(), 4u);
  EXPECT_EQ(totals.clocks_met(), 2u) << "resolve, and the next update that began with the reply";
}

}  // namespace
}  // namespace casewheel::domain
