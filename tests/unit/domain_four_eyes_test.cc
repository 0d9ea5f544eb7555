// Four eyes: whoever had a case in hand while a clock ran does not decide on its date, what a handler's act
// moves is told, and requests for extension follow the case.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain_working_fixture.h"
#include "engine/domain/hands.h"

namespace casewheel::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FourEyes : public WorkingTest {
 protected:
  static Result<Events> by(CaseOnDesk& desk, const std::string& who, Action action) {
    Command command = desk.command(std::move(action));
    command.who = {stored::SUPERVISOR, who, kEveryRole};
    return desk.give(command);
  }
  static ExtendClock later(const CaseOnDesk& desk, stored::ClockKind kind) {
    return {desk.clock(kind).clock(), desk.due(kind) + 3 * kDayMs, "待會勘"};
  }
  static const stored::ExtensionRequest& ask(CaseOnDesk& desk, const std::string& who,
                                             stored::ClockKind kind) {
    const ExtendClock wish = later(desk, kind);
    EXPECT_TRUE(by(desk, who, RequestExtension{wish.clock, wish.due_ms, "待會勘"}));
    return *desk.state.extension_requests().rbegin();
  }
};

TEST_F(FourEyes, WhoHandledTheCaseWhileTheClockRanDoesNotDecide) {
  CaseOnDesk lease = desk("lease");
  lease.must(Assign{"nina"});
  lease.now += kHourMs;
  lease.must(Assign{"hans"});
  EXPECT_EQ(by(lease, "nina", later(lease, stored::RESOLVE)).error().code,
            RejectionCode::kNotPermitted);
  const stored::ExtensionRequest request = ask(lease, "hans", stored::RESOLVE);
  EXPECT_THAT(request.recipients(), ElementsAre("boss"));
  EXPECT_EQ(by(lease, "nina", DecideExtension{request.request(), true, ""}).error().code,
            RejectionCode::kNotPermitted);
  EXPECT_TRUE(by(lease, "boss", DecideExtension{request.request(), true, ""}));
  // Transferred away, it stays so.
  lease.must(Transfer{"north", "", "移轉"});
  EXPECT_EQ(by(lease, "hans", later(lease, stored::RESOLVE)).error().code,
            RejectionCode::kNotPermitted);
}

TEST_F(FourEyes, AClockThatBeganLaterIsNobodysFromBefore) {
  CaseOnDesk lease = desk("lease");
  lease.must(Assign{"nina"});
  lease.must(Assign{"hans"});
  lease.now += kDayMs;
  lease.must(AgreeDate{lease.now + 2 * kDayMs, ""});
  EXPECT_TRUE(by(lease, "nina", later(lease, stored::AGREED_DATE)));
  EXPECT_FALSE(by(lease, "nina", later(lease, stored::RESOLVE)));
  EXPECT_FALSE(by(lease, "hans", later(lease, stored::AGREED_DATE)));
}

TEST_F(FourEyes, WhoHandledItTakesNoBreachBackAfterAssigningItAway) {
  CaseOnDesk lease = desk("lease");
  lease.pass_to(taipei("2026-02-12T09:00"));
  ASSERT_TRUE(lease.clock(stored::RESOLVE).breached());
  lease.must(Assign{"nina"});
  const Suspend back_dated{stored::AWAITING_OTHER_AGENCY, "等環保局", taipei("2026-02-03T09:00")};
  EXPECT_EQ(by(lease, "hans", back_dated).error().code, RejectionCode::kNotPermitted);
  EXPECT_TRUE(by(lease, "boss", back_dated));
}

TEST_F(FourEyes, WhoHandledItApprovesNoOtherAgreedDate) {
  CaseOnDesk lease = desk("lease");
  lease.must(AgreeDate{lease.now + 2 * kDayMs, ""});
  lease.must(Assign{"nina"});
  lease.must(Assign{"hans"});
  const TimeMs other = lease.now + 3 * kDayMs;
  EXPECT_EQ(lease.act(AgreeDate{other, "出國", "nina"}).error().fields.at(0).field, "approver");
  EXPECT_TRUE(lease.act(AgreeDate{other, "出國", "boss"}));
}

TEST_F(FourEyes, ADateThatTheHandlerMovesIsToldToWhoMayDecide) {
  CaseOnDesk lease = desk("lease", "臺北市");
  office_.close("花蓮縣", 20260204);
  relay(lease);
  const TimeMs before = lease.due(stored::RESOLVE);
  Correct correct;
  correct.fields = {stored::CORRECTED_COUNTY};
  correct.county = "花蓮縣";
  correct.reason = "轄區更正";
  ASSERT_TRUE(by(lease, "hans", correct));
  const TimeMs after = lease.due(stored::RESOLVE);
  ASSERT_GT(after, before);
  const stored::DatesMoved& told = lease.last(stored::Event::kDatesMoved).dates_moved();
  ASSERT_EQ(told.moves_size(), 1);
  EXPECT_EQ(told.moves(0).kind(), stored::RESOLVE);
  EXPECT_EQ(told.moves(0).due_before_ms(), before);
  EXPECT_EQ(told.moves(0).due_after_ms(), after);
  EXPECT_THAT(told.recipients(), ElementsAre("nina"));
  ASSERT_EQ(lease.state.escalations_size(), 1);
  const stored::EscalationState& notice = lease.state.escalations(0);
  EXPECT_EQ(notice.moved_by(), "hans");
  EXPECT_EQ(notice.due_ms(), before);
  EXPECT_EQ(notice.moved_to_ms(), after);
  EXPECT_THAT(notice.recipients(), ElementsAre("nina"));
  EXPECT_EQ(clock_row(lease.state, lease.rules()).unacknowledged(), 1u);
  // Neither she who moved it says that it was seen, nor by saying so of all.
  EXPECT_EQ(by(lease, "hans", AcknowledgeEscalation{notice.escalation(), ""}).error().code,
            RejectionCode::kNotPermitted);
  EXPECT_FALSE(by(lease, "hans", AcknowledgeEscalation{0, ""}));
  lease.must(Assign{"nina"});
  EXPECT_FALSE(by(lease, "hans", AcknowledgeEscalation{0, ""}));
  EXPECT_FALSE(by(lease, "nina", AcknowledgeEscalation{0, ""})) << "it is in her hands now";
  EXPECT_TRUE(by(lease, "boss", AcknowledgeEscalation{0, "知悉"}));
  EXPECT_EQ(clock_row(lease.state, lease.rules()).unacknowledged(), 0u);
}

TEST_F(FourEyes, AClockThatTheHandlersActLeavesOwedNoLongerIsTold) {
  CaseOnDesk lease = desk("lease");
  const TimeMs before = lease.due(stored::FIRST_RESPONSE);
  ASSERT_TRUE(by(lease, "hans",
                 Reclassify{stored::PRIORITY_UNSPECIFIED, "lamp", stored::KIND_UNSPECIFIED, "r"}));
  const stored::DatesMoved& told = lease.last(stored::Event::kDatesMoved).dates_moved();
  EXPECT_THAT(told.moves(), testing::SizeIs(2));  // the first response and the resolving
  for (const stored::MovedDate& move : told.moves()) {
    EXPECT_EQ(move.due_after_ms(), 0);
    if (move.kind() == stored::FIRST_RESPONSE) {
      EXPECT_EQ(move.due_before_ms(), before);
    }
  }
}

TEST_F(FourEyes, AnAgreedDateThatTheHandlerPutsOffIsTold) {
  CaseOnDesk lease = desk("lease");
  const TimeMs first = taipei("2026-02-05T12:00");
  ASSERT_TRUE(by(lease, "hans", AgreeDate{first, ""}));
  EXPECT_EQ(lease.count(stored::Event::kDatesMoved), 0) << "a first date moves none";
  ASSERT_TRUE(by(lease, "hans", AgreeDate{taipei("2026-02-04T12:00"), "提前"}));
  EXPECT_EQ(lease.count(stored::Event::kDatesMoved), 0) << "an earlier one takes nothing away";
  ASSERT_TRUE(by(lease, "hans", AgreeDate{taipei("2026-02-06T12:00"), "延後"}));
  ASSERT_EQ(lease.count(stored::Event::kDatesMoved), 1);
  // Again: the same notice, with the date it has come to.
  ASSERT_TRUE(by(lease, "hans", AgreeDate{taipei("2026-02-09T12:00"), "再延後"}));
  ASSERT_EQ(lease.state.escalations_size(), 1);
  EXPECT_EQ(taipei(lease.state.escalations(0).due_ms()), "2026-02-04T12:00");
  EXPECT_EQ(taipei(lease.state.escalations(0).moved_to_ms()), "2026-02-09T12:00");
  EXPECT_EQ(lease.state.escalations(0).firings(), 2u);
}

TEST_F(FourEyes, WhatSomebodyElseMovesIsNotTold) {
  CaseOnDesk lease = desk("lease");
  const Reclassify to_lamp{stored::PRIORITY_UNSPECIFIED, "lamp", stored::KIND_UNSPECIFIED, "r"};
  ASSERT_TRUE(by(lease, "nina", to_lamp));
  EXPECT_EQ(lease.count(stored::Event::kDatesMoved), 0);
  // Nor what comes earlier.
  CaseOnDesk urgent = desk("lease");
  ASSERT_TRUE(by(urgent, "hans", Reclassify{stored::URGENT, "", stored::KIND_UNSPECIFIED, "r"}));
  for (const stored::Event& event : urgent.history) {
    for (const stored::MovedDate& move : event.dates_moved().moves())
      EXPECT_NE(move.kind(), stored::RESOLVE);
  }
}

TEST_F(FourEyes, ARequestEndsWithItsClockAndNotWithACaseThatGoesOn) {
  CaseOnDesk lease = desk("lease");
  const std::uint32_t request = ask(lease, "hans", stored::RESOLVE).request();
  ASSERT_TRUE(by(lease, "nina",
                 Reclassify{stored::PRIORITY_UNSPECIFIED, "lamp", stored::KIND_UNSPECIFIED, "r"}));
  EXPECT_THAT(lease.state.extension_requests(), IsEmpty());
  const stored::Event& dropped = lease.last(stored::Event::kExtensionDropped);
  EXPECT_EQ(dropped.extension_dropped().request(), request);
  EXPECT_EQ(dropped.actor().role(), stored::ENGINE);
  EXPECT_EQ(clock_row(lease.state, lease.rules()).extension_requests(), 0u);

  CaseOnDesk gripe = desk("gripe");
  ask(gripe, "hans", stored::REPLY);
  gripe.must(Reply{stored::BY_PHONE, "已回復", 0});
  EXPECT_THAT(gripe.state.extension_requests(), IsEmpty()) << "what was asked for is done";

  CaseOnDesk ended = desk("gripe");
  ask(ended, "hans", stored::REPLY);
  ended.must(Withdraw{"自撤"});
  ended.must(Reopen{"選錯案件", true});
  EXPECT_THAT(ended.state.extension_requests(), testing::SizeIs(1)) << "the end was a mistake";
}

TEST_F(FourEyes, WhoDecidesFollowsFromUnitHandlerAndCatalogue) {
  const auto deciders = [&](const CaseOnDesk& lease) {
    const stored::ExtensionRequest& request = lease.state.extension_requests(0);
    return lease.rules().deciders(lease.state.unit(),
                                  barred_from(lease.state, request.clock(), request.requested_by()),
                                  lease.now);
  };
  CaseOnDesk lease = desk("lease");
  ask(lease, "hans", stored::RESOLVE);
  EXPECT_THAT(deciders(lease), ElementsAre("nina"));
  lease.must(Transfer{"hq", "", "移轉"});
  EXPECT_THAT(deciders(lease), ElementsAre("boss"));
  lease.must(Transfer{"line", "nina", "移轉"});
  EXPECT_THAT(deciders(lease), ElementsAre("boss"));
  CaseOnDesk other = desk("lease");
  ask(other, "hans", stored::RESOLVE);
  office_.tenant().mutable_units(1)->set_head("boss");
  office_.tenant().mutable_staff(1)->clear_roles();
  office_.change_policies(false);
  EXPECT_THAT(deciders(other), ElementsAre("boss"));
}

TEST_F(FourEyes, APromisedReplyIsNotLeftOutInSilenceLateOrNot) {
  CaseOnDesk lamp = desk("lamp");
  EXPECT_FALSE(lamp.act(Close{stored::RESOLVED, "", 0})) << "in time";
  lamp.pass_to(taipei("2026-02-12T09:00"));
  ASSERT_TRUE(lamp.clock(stored::REPLY).breached());
  const auto late = lamp.act(Close{stored::RESOLVED, "", 0});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().fields.at(0).field, "text");
  EXPECT_TRUE(lamp.act(Close{stored::RESOLVED, "電話無人接聽", 0}));
  CaseOnDesk answered = desk("lamp");
  answered.must(Reply{stored::BY_PHONE, "已修復", 0});
  EXPECT_TRUE(answered.act(Close{stored::RESOLVED, "", 0}));
}

}  // namespace
}  // namespace casewheel::domain
