// Clocks through the life of a case: what meets and breaks them, pauses, extensions, agreed dates,
// reopening, escalations with whom they reach, and why a firing was late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

using ::testing::ElementsAre;
using E = stored::Event;

bool is_ended(const stored::ClockState& clock) {
  return clock.status() == stored::MET || clock.status() == stored::BROKEN ||
         clock.status() == stored::CANCELLED;
}

TEST(Clocks, LodgingStartsThePolicysClocksFromReceipt) {
  CaseOnDesk desk;
  Lodge lodge = CaseOnDesk::lodging("gripe");
  lodge.facts.set_received_ms(kStart - kHourMs / 2);
  ASSERT_TRUE(desk.lodge(lodge));
  EXPECT_EQ(desk.state.clocks_size(), 5) << "agreed date and follow-up wait for their occasion";
  for (const stored::ClockState& clock : desk.state.clocks()) {
    EXPECT_EQ(clock.start_ms(), kStart - kHourMs / 2);
    EXPECT_EQ(clock.status(), stored::RUNNING);
    EXPECT_EQ(clock.policy(), "every-clock");
    EXPECT_EQ(clock.catalogue_version(), 1u);
  }
  EXPECT_EQ(desk.due(stored::ACKNOWLEDGE), kStart + kHourMs / 2);
  EXPECT_EQ(next_look(desk.state, desk.rules()), kStart + kHourMs / 2 + 1);
}

TEST(Clocks, TheActionsInstantIsComparedWithDue) {
  const struct {
    const char* name;
    DurationMs recorded, replied;  // after lodging; replied 0: when recorded
    stored::ClockStatus verdict;
  } kCases[] = {
      {"in time", 71 * kHourMs, 0, stored::MET},
      {"one millisecond before due", 72 * kHourMs - 1, 0, stored::MET},
      {"at due", 72 * kHourMs, 0, stored::MET},
      {"one millisecond after due", 72 * kHourMs + 1, 0, stored::BROKEN},
      {"after due", 80 * kHourMs, 0, stored::BROKEN},
      {"recorded after the breach, dated before due", 80 * kHourMs, 71 * kHourMs, stored::MET},
      {"recorded after the breach, dated at due", 80 * kHourMs, 72 * kHourMs, stored::MET},
      {"dated after due", 80 * kHourMs, 72 * kHourMs + 1, stored::BROKEN},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    CaseOnDesk desk = CaseOnDesk::lodged("gripe", "hans");
    desk.pass_to(kStart + c.recorded);
    desk.must(Reply{stored::BY_PHONE, "已回復", c.replied == 0 ? 0 : kStart + c.replied});
    const stored::ClockState reply = desk.clock(stored::REPLY);
    EXPECT_EQ(reply.status(), c.verdict);
    EXPECT_EQ(reply.due_at_stop_ms(), kStart + 72 * kHourMs);
    EXPECT_EQ(reply.stopped_ms(), kStart + (c.replied == 0 ? c.recorded : c.replied));
    EXPECT_EQ(reply.breached(), c.recorded > 72 * kHourMs) << "the breach stays on the record";
    EXPECT_EQ(desk.clock(stored::RESOLVE).status(), stored::RUNNING);
  }
}

TEST(Clocks, AnActionReceivedBeforeDueButDecidedAfterItIsMet) {
  CaseOnDesk desk = CaseOnDesk::lodged("lamp");
  desk.pass_to(kStart + 49 * kHourMs);
  Command late = desk.command(Reply{stored::BY_PHONE, "好", 0});
  late.received_ms = kStart + 48 * kHourMs - 1;  // it waited in the queue
  ASSERT_TRUE(desk.give(late));
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::MET);
}

TEST(Clocks, ABreachIsRecordedOnceAndBeforeTheStepOfTheSameInstant) {
  CaseOnDesk desk = CaseOnDesk::lodged("lamp");
  desk.now = kStart + 48 * kHourMs;
  EXPECT_TRUE(desk.look().empty()) << "at due it is in time still";
  EXPECT_EQ(next_look(desk.state, desk.rules()), desk.now + 1);
  desk.now += 1;
  const Events events = desk.look();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].has_clock_breached());
  EXPECT_TRUE(events[1].has_step_fired());
  for (int i = 0; i < 3; ++i) {
    desk.now += kDayMs;
    EXPECT_TRUE(desk.look().empty());
  }
  EXPECT_EQ(desk.count(E::kClockBreached), 1);
  EXPECT_EQ(next_look(desk.state, desk.rules()), kNever);
  EXPECT_TRUE(clock_row(desk.state, desk.rules()).breached());
}

TEST(Clocks, EscalationsClimbAndMissedRemindersFallTogether) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  const TimeMs due = kStart + 72 * kHourMs;
  desk.pass_to(due - 12 * kHourMs);
  ASSERT_EQ(desk.state.escalations_size(), 1);
  EXPECT_THAT(desk.state.escalations(0).recipients(), ElementsAre("hans"));
  EXPECT_EQ(desk.state.escalations(0).level(), 0u);
  desk.pass_to(due + 24 * kHourMs);
  ASSERT_EQ(desk.state.escalations_size(), 3);
  EXPECT_THAT(desk.state.escalations(1).recipients(), ElementsAre("hans", "lena"));
  EXPECT_EQ(desk.state.escalations(1).level(), 1u);
  EXPECT_THAT(desk.state.escalations(2).recipients(), ElementsAre("lena"));
  desk.now = due + 73 * kHourMs;  // the reminders of 48 and 72 hours were missed together
  ASSERT_EQ(desk.look().size(), 1u);
  const stored::StepFired& missed = desk.last(stored::Event::kStepFired).step_fired();
  EXPECT_EQ(missed.skipped(), 1u);
  EXPECT_EQ(missed.repetition(), 2u);
  EXPECT_EQ(missed.due_ms(), due + 48 * kHourMs) << "lateness counts from the earliest one missed";
  EXPECT_THAT(missed.recipients(), ElementsAre("boss")) << "two units up";
  EXPECT_EQ(next_look(desk.state, desk.rules()), due + 96 * kHourMs)
      << "re-anchored to the next slot";
  desk.pass_to(due + 96 * kHourMs);
  ASSERT_EQ(desk.state.escalations_size(), 3) << "repeats of a step are one";
  const stored::EscalationState& repeated = desk.state.escalations(2);
  EXPECT_EQ(repeated.firings(), 3u);
  EXPECT_EQ(repeated.first_due_ms(), due + 24 * kHourMs);
  EXPECT_EQ(repeated.due_ms(), due + 96 * kHourMs);
  EXPECT_THAT(repeated.recipients(), ElementsAre("lena", "boss")) << "all who were told";
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(desk.state.escalations(i).escalation(), static_cast<std::uint32_t>(i + 1));

  desk.must(AcknowledgeEscalation{2, "知道了"});
  EXPECT_EQ(desk.state.escalations(1).acknowledged_by(), "op");
  EXPECT_EQ(clock_row(desk.state, desk.rules()).unacknowledged(), 4u);
  EXPECT_EQ(desk.must(AcknowledgeEscalation{0, ""}).size(), 2u);
  EXPECT_TRUE(desk.must(AcknowledgeEscalation{0, ""}).empty()) << "nothing left to do is no fault";
  EXPECT_EQ(clock_row(desk.state, desk.rules()).unacknowledged(), 0u);
}

TEST(Clocks, EveryFiringSaysWhyItWasLate) {
  const TimeMs due = kStart + 48 * kHourMs;
  struct Late {
    const char* name;
    DurationMs after;  // due
    Moment moment;
    stored::LatenessCause cause;
  };
  const auto running_since = [](TimeMs since, bool restored) {
    Moment m;
    m.running_since = since;
    m.restored = restored;
    return m;
  };
  const auto held = [](TimeMs from, TimeMs until, stored::LatenessCause cause) {
    Moment m;
    m.held_from = from;
    m.held_until = until;
    m.held_cause = cause;
    return m;
  };
  const Late kCases[] = {
      {"at once", 1, {}, stored::ON_TIME},
      {"within a second", 1000, {}, stored::ON_TIME},
      {"just over a second", 1001, {}, stored::OVERLOAD},
      {"the engine was down", kHourMs, running_since(due + kHourMs, false), stored::ENGINE_DOWN},
      {"the engine had been back before due", kHourMs, running_since(due - 1, false),
       stored::OVERLOAD},
      {"down for a moment only", 900, running_since(due + 500, false), stored::ON_TIME},
      {"restored from a backup", kHourMs, running_since(due + kHourMs, true), stored::RESTORED},
      {"the clock had jumped", kHourMs, held(due - 5, due + kHourMs - 1, stored::CLOCK_JUMP),
       stored::CLOCK_JUMP},
      {"the disk was full", kHourMs, held(due, due + kHourMs, stored::DISK_FULL),
       stored::DISK_FULL},
      {"the disk was full, but before", kHourMs, held(due - 9, due - 1, stored::DISK_FULL),
       stored::OVERLOAD},
      {"the disk was full, but after", kHourMs, held(due + 1, due + 9, stored::DISK_FULL),
       stored::OVERLOAD},
  };
  for (const Late& c : kCases) {
    SCOPED_TRACE(c.name);
    CaseOnDesk desk = CaseOnDesk::lodged("lamp");
    desk.now = due + c.after;
    desk.moment = c.moment;
    desk.look();
    const stored::ClockBreached& breach = desk.last(E::kClockBreached).clock_breached();
    const stored::StepFired& step = desk.last(E::kStepFired).step_fired();
    EXPECT_EQ(breach.cause(), c.cause) << stored::LatenessCause_Name(breach.cause());
    EXPECT_EQ(step.cause(), c.cause) << stored::LatenessCause_Name(step.cause());
    EXPECT_EQ(breach.due_ms(), due);
    EXPECT_EQ(breach.fired_ms(), due + c.after);
    EXPECT_EQ(step.due_ms(), due);
    EXPECT_EQ(step.fired_ms(), due + c.after);
    EXPECT_EQ(desk.state.escalations(0).cause(), c.cause);
  }
}

TEST(Clocks, ACaseEnteredAfterItsDateIsALateEntryWhateverElseHappened) {
  CaseOnDesk desk;
  desk.moment.running_since = kStart - kHourMs;
  Lodge lodge = CaseOnDesk::lodging("lease");
  lodge.facts.set_received_ms(kStart - 4 * kDayMs);
  ASSERT_TRUE(desk.lodge(lodge));
  EXPECT_LE(next_look(desk.state, desk.rules()), kStart);
  desk.look();
  EXPECT_EQ(desk.last(E::kClockBreached).clock_breached().cause(), stored::LATE_ENTRY);
  EXPECT_EQ(desk.count(E::kStepFired), 2)
      << "breach and first reminder; the warning had passed at entry";
  EXPECT_EQ(desk.state.escalations(0).cause(), stored::LATE_ENTRY);
  EXPECT_EQ(desk.state.escalations(0).step(), 1u);
}

TEST(Clocks, DocumentsPauseOnlyTheClocksThatSaySo) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  desk.now = kStart + 10 * kHourMs;
  desk.must(RequestDocuments{{"申請書", "身分證"}, "請補"});
  EXPECT_EQ(desk.state.status(), stored::AWAITING_DOCUMENTS);
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::PAUSED);
  EXPECT_EQ(desk.due(stored::REPLY), kNever);
  EXPECT_EQ(next_look(desk.state, desk.rules()), kNever);
  desk.now = kStart + 300 * kHourMs;
  EXPECT_TRUE(desk.look().empty()) << "a paused clock breaks nothing";
  desk.must(ReceiveDocuments{{"申請書"}});
  EXPECT_EQ(desk.state.status(), stored::AWAITING_DOCUMENTS) << "one is still missing";
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::PAUSED);
  desk.now = kStart + 310 * kHourMs;
  desk.must(ReceiveDocuments{{"身分證"}});
  EXPECT_EQ(desk.state.status(), stored::ASSIGNED);
  EXPECT_EQ(desk.due(stored::REPLY), kStart + 372 * kHourMs);
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::RUNNING);

  CaseOnDesk gripe = CaseOnDesk::lodged("gripe");
  gripe.must(RequestDocuments{{"照片"}, ""});
  EXPECT_EQ(gripe.clock(stored::REPLY).status(), stored::RUNNING);
  EXPECT_EQ(gripe.clock(stored::FIRST_RESPONSE).status(), stored::MET) << "asking is a response";
}

TEST(Clocks, APauseAfterTheBreachDoesNotUndoIt) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  desk.pass_to(kStart + 73 * kHourMs);
  desk.must(RequestDocuments{{"申請書"}, ""});
  EXPECT_EQ(desk.due(stored::REPLY), kStart + 72 * kHourMs);
  const stored::ClockRow row = clock_row(desk.state, desk.rules());
  EXPECT_EQ(row.due_ms(), kStart + 72 * kHourMs) << "it stays on the board";
  EXPECT_TRUE(row.breached());
  desk.now += kDayMs;
  desk.must(Reply{stored::BY_LETTER, "回復", 0});
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::BROKEN);
  EXPECT_EQ(desk.state.missing_documents_size(), 0) << "answered without them";
}

TEST(Clocks, AReplyWhileDocumentsAreAwaitedMeetsThePausedClock) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  desk.now += 10 * kHourMs;
  desk.must(RequestDocuments{{"申請書"}, ""});
  desk.now += 500 * kHourMs;
  desk.must(Reply{stored::BY_PHONE, "不需要了", 0});
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::MET);
  EXPECT_EQ(desk.clock(stored::REPLY).due_at_stop_ms(), kStart + 572 * kHourMs);
  EXPECT_EQ(desk.clock(stored::RESOLVE).status(), stored::RUNNING) << "it counts again";
}

TEST(Clocks, AnExtensionSetsTheDateAskedForAndForgetsTheBreach) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  const std::uint32_t number = desk.clock(stored::REPLY).clock();
  desk.pass_to(kStart + 80 * kHourMs);
  EXPECT_TRUE(desk.clock(stored::REPLY).breached());
  const TimeMs later = kStart + 200 * kHourMs;
  desk.must(ExtendClock{number, later, "颱風停班"});
  EXPECT_EQ(desk.due(stored::REPLY), later);
  EXPECT_FALSE(desk.clock(stored::REPLY).breached());
  const stored::ClockExtended& e = desk.last(E::kClockExtended).clock_extended();
  EXPECT_EQ(e.due_before_ms(), kStart + 72 * kHourMs);
  EXPECT_EQ(e.due_after_ms(), later);
  EXPECT_EQ(next_look(desk.state, desk.rules()), later - 12 * kHourMs) << "the ladder begins anew";
  desk.pass_to(later + 1);
  EXPECT_EQ(desk.count(E::kClockBreached), 2);
}

TEST(Clocks, AnExtensionOverPausesBehindTheOldDateStillGivesTheDateAskedFor) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease", "hans");
  const std::uint32_t number = desk.clock(stored::REPLY).clock();
  desk.now = kStart + 10 * kHourMs;
  desk.must(RequestDocuments{{"申請書"}, ""});
  desk.now = kStart + 20 * kHourMs;  // due is now at 82 h
  desk.must(ReceiveDocuments{});
  for (const int hour : {90, 120}) {  // two rounds after the breach
    desk.pass_to(kStart + hour * kHourMs);
    desk.must(RequestDocuments{{"身分證"}, ""});
    desk.now += 15 * kHourMs;
    desk.must(ReceiveDocuments{});
  }
  EXPECT_EQ(desk.due(stored::REPLY), kStart + 82 * kHourMs);
  desk.must(ExtendClock{number, kStart + 150 * kHourMs, "再寬限"});
  EXPECT_EQ(desk.due(stored::REPLY), kStart + 150 * kHourMs);
  desk.now = kStart + 140 * kHourMs;
  desk.must(RequestDocuments{{"謄本"}, ""});
  desk.now = kStart + 145 * kHourMs;
  desk.must(ReceiveDocuments{});
  EXPECT_EQ(desk.due(stored::REPLY), kStart + 155 * kHourMs) << "later pauses count again";
}

TEST(Clocks, ARenegotiatedDateKeepsBothDates) {
  CaseOnDesk desk;
  Lodge lodge = CaseOnDesk::lodging("gripe");
  lodge.agreed_ms = kStart + 5 * kDayMs;
  ASSERT_TRUE(desk.lodge(lodge));
  const std::uint32_t first = desk.clock(stored::AGREED_DATE).clock();
  desk.now = kStart + 4 * kDayMs;
  desk.must(AgreeDate{kStart + 8 * kDayMs, "缺料"});
  EXPECT_EQ(desk.last(E::kDateAgreed).date_agreed().agreed_ms(), kStart + 8 * kDayMs);
  EXPECT_EQ(desk.last(E::kDateAgreed).date_agreed().earlier_ms(), kStart + 5 * kDayMs);
  EXPECT_EQ(desk.last(E::kClockStopped).clock_stopped().verdict(), stored::CANCELLED)
      << "renegotiated in time";
  EXPECT_EQ(desk.last(E::kClockStopped).clock_stopped().clock(), first);
  EXPECT_NE(desk.clock(stored::AGREED_DATE).clock(), first);
  EXPECT_EQ(desk.due(stored::AGREED_DATE), kStart + 8 * kDayMs);
  desk.pass_to(kStart + 9 * kDayMs);
  desk.must(AgreeDate{kStart + 12 * kDayMs, "又缺料"});
  EXPECT_EQ(desk.last(E::kClockStopped).clock_stopped().verdict(), stored::BROKEN)
      << "renegotiated afterwards";
}

TEST(Clocks, ADateCanBeAgreedWhereNoPolicySpeaksOfAgreedDates) {
  for (const char* service : {"lamp", "ask"}) {
    SCOPED_TRACE(service);
    CaseOnDesk desk;
    Lodge lodge = CaseOnDesk::lodging(service);
    lodge.agreed_ms = kStart + kDayMs;
    ASSERT_TRUE(desk.lodge(lodge));
    EXPECT_EQ(desk.due(stored::AGREED_DATE), kStart + kDayMs);
    desk.must(RequestDocuments{{"照片"}, ""});
    EXPECT_EQ(desk.clock(stored::AGREED_DATE).status(), stored::RUNNING)
        << "an agreed date does not pause";
    desk.pass_to(kStart + kDayMs + 1);
    EXPECT_EQ(desk.count(E::kClockBreached), 1);
    EXPECT_EQ(desk.count(E::kStepFired), 0);
  }
}

TEST(Clocks, ANewReasonStartsOnlyWhatThePolicySays) {
  CaseOnDesk desk;
  Lodge lodge = CaseOnDesk::lodging("gripe");
  lodge.facts.set_handler("hans");
  lodge.agreed_ms = kStart + 90 * kDayMs;
  ASSERT_TRUE(desk.lodge(lodge));
  desk.now += 10 * kHourMs;
  desk.must(RequestDocuments{{"照片"}, ""});
  EXPECT_EQ(desk.act(Close{stored::UNREACHABLE, "", 0}).error().code,
            RejectionCode::kInvalidArgument)
      << "a reply is owed: it takes a reason to leave it undone";
  desk.must(Close{stored::UNREACHABLE, "三次電話無人接聽", 0});
  for (const stored::ClockState& clock : desk.state.clocks())
    EXPECT_NE(clock.status(), stored::RUNNING);
  EXPECT_EQ(desk.clock(stored::REPLY).status(), stored::CANCELLED) << "closing is no reply";
  EXPECT_EQ(desk.clock(stored::REPLY).stop_cause(), stored::CASE_ENDED);
  EXPECT_EQ(desk.clock(stored::RESOLVE).status(), stored::MET);
  EXPECT_EQ(next_look(desk.state, desk.rules()), kNever);
  desk.now += kDayMs;
  desk.must(Reopen{"不滿意"});
  EXPECT_EQ(desk.state.status(), stored::ASSIGNED);
  EXPECT_EQ(desk.state.closed_ms(), 0);
  EXPECT_EQ(desk.state.outcome(), stored::OUTCOME_UNSPECIFIED);
  EXPECT_EQ(desk.state.missing_documents_size(), 0) << "what is still missing is asked for anew";
  EXPECT_EQ(desk.clock(stored::FOLLOW_UP).status(), stored::RUNNING);
  EXPECT_EQ(desk.clock(stored::FOLLOW_UP).start_ms(), desk.now);
  EXPECT_EQ(desk.clock(stored::AGREED_DATE).status(), stored::RUNNING) << "it is still to come";
  EXPECT_EQ(desk.due(stored::AGREED_DATE), kStart + 90 * kDayMs);
  for (const auto kind : {stored::ACKNOWLEDGE, stored::REPLY, stored::RESOLVE, stored::NEXT_UPDATE})
    EXPECT_TRUE(is_ended(desk.clock(kind))) << stored::ClockKind_Name(kind);
}

TEST(Clocks, AnEndByMistakeIsUndoneWithItsDates) {
  for (const Action& end :
       {Action(Close{stored::RESOLVED, "誤結案", 0}), Action(Withdraw{"誤撤案"})}) {
    CaseOnDesk desk;
    Lodge lodge = CaseOnDesk::lodging("gripe");
    lodge.facts.set_handler("hans");
    lodge.agreed_ms = kStart + 90 * kDayMs;
    ASSERT_TRUE(desk.lodge(lodge));
    desk.now += kHourMs / 2;
    desk.must(Accept{});
    desk.must(RequestDocuments{{"照片"}, ""});
    const std::uint32_t resolve = desk.clock(stored::RESOLVE).clock();
    desk.must(ExtendClock{resolve, kStart + 30 * kDayMs, "缺料"});
    const stored::CaseState before = desk.state;
    desk.now += 5 * kDayMs;
    desk.must(end);
    for (const stored::ClockState& clock : desk.state.clocks()) EXPECT_TRUE(is_ended(clock));
    desk.now += kDayMs;
    desk.must(Reopen{"誤結案", true});
    EXPECT_EQ(desk.state.status(), stored::AWAITING_DOCUMENTS);
    EXPECT_EQ(desk.state.missing_documents_size(), 1);
    ASSERT_EQ(desk.state.clocks_size(), before.clocks_size());
    for (const stored::ClockState& was : before.clocks()) {
      const stored::ClockState now = desk.clock(was.kind());
      EXPECT_EQ(now.status(), was.status()) << stored::ClockKind_Name(was.kind());
      EXPECT_EQ(now.start_ms(), was.start_ms());
      EXPECT_EQ(desk.rules().due(now), desk.rules().due(was));
      EXPECT_EQ(now.pauses_size(), was.pauses_size());
    }
    EXPECT_EQ(desk.clock(stored::ACKNOWLEDGE).status(), stored::MET);
    EXPECT_EQ(desk.clock(stored::FOLLOW_UP).clock(), 0u);
    desk.now += 1;
    desk.look();
    EXPECT_TRUE(desk.clock(stored::REPLY).breached())
        << "its date passed while the case was closed";
  }
}

TEST(Clocks, AnOpenCaseWithoutAClockIsShown) {
  CaseOnDesk ask = CaseOnDesk::lodged("ask");
  EXPECT_TRUE(clock_row(ask.state, ask.rules()).unclocked());
  CaseOnDesk lamp = CaseOnDesk::lodged("lamp");
  EXPECT_FALSE(clock_row(lamp.state, lamp.rules()).unclocked());
  lamp.must(Reply{stored::BY_PHONE, "好", 0});
  EXPECT_TRUE(clock_row(lamp.state, lamp.rules()).unclocked()) << "it is open and owes nothing";
}

TEST(Clocks, TellingTheApplicantStartsTheNextUpdateAnew) {
  CaseOnDesk desk = CaseOnDesk::lodged("gripe");
  desk.now += 40 * kHourMs;
  desk.must(Note{"內部", false});
  EXPECT_EQ(desk.clock(stored::NEXT_UPDATE).start_ms(), kStart)
      << "a note among ourselves tells nobody";
  desk.must(Note{"已告知", true});
  EXPECT_EQ(desk.clock(stored::NEXT_UPDATE).start_ms(), desk.now);
  EXPECT_EQ(desk.clock(stored::NEXT_UPDATE).status(), stored::RUNNING);
  EXPECT_EQ(desk.last(E::kClockStopped).clock_stopped().verdict(), stored::MET);

  desk.must(RequestDocuments{{"照片"}, ""});
  EXPECT_EQ(desk.clock(stored::NEXT_UPDATE).status(), stored::PAUSED);
  desk.now += kHourMs;
  desk.must(Note{"還在等文件", true});
  EXPECT_EQ(desk.clock(stored::NEXT_UPDATE).status(), stored::PAUSED)
      << "the new one waits like the old one did";
  desk.now += kHourMs;
  desk.must(ReceiveDocuments{});
  EXPECT_EQ(desk.due(stored::NEXT_UPDATE), desk.now + 48 * kHourMs);
  desk.must(Reply{stored::BY_PHONE, "回復", 0});
  desk.must(Close{stored::RESOLVED, "", 0});
  EXPECT_EQ(desk.clock(stored::NEXT_UPDATE).status(), stored::MET) << "closing starts none";
}

TEST(Clocks, EndingACaseEndsItsClocks) {
  for (const Action& end :
       {Action(Withdraw{"撤回"}), Action(Merge{0, CaseId::make(31, 1150202, 9)})}) {
    CaseOnDesk desk = CaseOnDesk::lodged("lease");
    desk.must(RequestDocuments{{"申請書"}, ""});
    desk.must(end);
    for (const stored::ClockState& clock : desk.state.clocks())
      EXPECT_EQ(clock.status(), stored::CANCELLED);
    EXPECT_EQ(next_look(desk.state, desk.rules()), kNever);
    desk.now += 100 * kDayMs;
    EXPECT_TRUE(desk.look().empty());
    EXPECT_EQ(desk.state.closed_ms(), kStart);
  }
}

}  // namespace
}  // namespace casewheel::domain
