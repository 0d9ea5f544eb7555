// What the exchange tells of a call, in order and out of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/domain/call.h"
#include "engine/domain/call_answers.h"

namespace casewheel::domain {
namespace {

constexpr TimeMs kRang = 1'770'000'000'000;
using What = CallNews::What;

class CallTest : public testing::Test {
 protected:
  CallNews news(What what, DurationMs after_ms, const std::string& agent = "",
                const std::string& cause = "") {
    CallNews told;
    told.what = what;
    told.at_ms = kRang + after_ms;
    told.dated = true;
    told.direction = stored::INBOUND;
    told.exchange_call = "x1";
    told.line = "1911";
    told.party.set_number("0912345678");
    told.party.set_dialled_number("+886912345678");
    told.agent = agent;
    told.cause = cause;
    return told;
  }
  // Whether it changed anything.
  bool tell(CallAction action, TimeMs now = kRang + kHourMs) {
    const Result<std::optional<stored::Event>> event =
        decide_call(call_, identity_, {std::move(action), {stored::INTEGRATOR_ROLE, "pbx"}}, now);
    EXPECT_TRUE(event.has_value());
    if (!event || !*event) return false;
    apply_call(call_, **event, now);
    return true;
  }

  CallIdentity identity_{std::string(16, 'c'), "taipower", 11, 20 * kSecondMs, true};
  stored::Call call_;
};

TEST_F(CallTest, AnsweredAndWrappedUp) {
  CallNews ring = news(What::kRing, 0);
  ring.ringing = {"anna", "berta"};
  EXPECT_TRUE(tell(ring));
  EXPECT_EQ(call_.ringing_size(), 2);
  EXPECT_TRUE(tell(news(What::kAnswer, 8000, "anna")));
  EXPECT_TRUE(call_.ringing().empty());
  EXPECT_TRUE(tell(news(What::kHangup, 68000, "", "normalClearing")));
  EXPECT_TRUE(tell(news(What::kWrapUp, 90000)));
  EXPECT_EQ(call_.rang_ms(), kRang);
  EXPECT_EQ(call_.answered_ms(), kRang + 8000);
  EXPECT_EQ(call_.ended_ms(), kRang + 68000);
  EXPECT_EQ(call_.wrapped_ms(), kRang + 90000);
  EXPECT_EQ(call_.agent(), "anna");
  EXPECT_EQ(call_.end(), stored::CALL_ANSWERED);
  EXPECT_EQ(call_.promised_ms(), 20000u);
  EXPECT_FALSE(call_.callback_owed());
  EXPECT_FALSE(is_unsettled(call_));
}

TEST_F(CallTest, ToldAgainNothingChanges) {
  const std::vector<CallNews> story = {
      news(What::kRing, 0), news(What::kQueue, 1000), news(What::kAnswer, 8000, "anna"),
      news(What::kHangup, 9000, "", "normalClearing"), news(What::kWrapUp, 9500)};
  for (const CallNews& one : story) EXPECT_TRUE(tell(one));
  for (const CallNews& one : story) EXPECT_FALSE(tell(one));
}

TEST_F(CallTest, AnyOrderAddsUpToTheSame) {
  std::vector<CallNews> story = {news(What::kRing, 0),
                                 news(What::kQueue, 500),
                                 news(What::kAnswer, 8000, "anna"),
                                 news(What::kAnswer, 20000, "berta"),
                                 news(What::kHangup, 60000, "", "normalClearing"),
                                 news(What::kWrapUp, 70000)};
  for (const CallNews& one : story) tell(one);
  stored::Call expected = call_;
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    call_.Clear();
    std::shuffle(story.begin(), story.end(), random);
    for (const CallNews& one : story) {
      tell(one);
      if (round % 3 == 0) tell(one);
    }
    // What was made of a hangup that overtook the answer is withdrawn.
    if (call_.callback_unfounded()) tell(CallBackWithdrawn{});
    // An agent who is done before it is known that she answered is told again by nobody.
    if (call_.wrapped_ms() == 0) tell(news(What::kWrapUp, 70000));
    expected.set_version(call_.version());
    EXPECT_EQ(call_.DebugString(), expected.DebugString()) << "round " << round;
  }
}

// The one who calls back, as api::CallBacks does it: lodges a case, puts it on the call's record, and
// withdraws it when it turns out to be owed to nobody. Ends of the process lie between its steps.
struct CallsBack {
  bool made = false;
  bool withdrawn = false;
  bool stands() const { return made && !withdrawn; }
};

// In every order of an exchange's events, with each of them told once or twice, and with the call back at
// work (or stopped between two steps) after any of them.
TEST_F(CallTest, InEveryOrderACallBackStandsIfAndOnlyIfNobodyAnswered) {
  for (const bool answered : {true, false}) {
    std::vector<CallNews> story = {news(What::kRing, 0), news(What::kQueue, 500),
                                   news(What::kHangup, 60000, "", "normalClearing")};
    if (answered) {
      story.push_back(news(What::kAnswer, 8000, "anna"));
      story.push_back(news(What::kWrapUp, 70000));
    }
    std::vector<std::size_t> order(story.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::mt19937 random(11);
    do {
      for (int round = 0; round < 12; ++round) {
        call_.Clear();
        CallsBack back;
        const auto work = [&](bool to_the_end) {
          if (call_.callback_owed()) {
            back.made = true;  // the same request id gives the same case
            if (to_the_end || random() % 2 == 0) tell(CallBackBy{{2, CaseId{77}}});
          }
          if (call_.callback_unfounded()) {
            back.withdrawn = back.made;
            if (to_the_end || random() % 2 == 0) tell(CallBackWithdrawn{});
          }
        };
        for (const std::size_t which : order) {
          tell(story[which]);
          if (random() % 3 == 0) tell(story[which]);
          if (round > 0 && random() % 2 == 0) work(round == 1);
        }
        work(true);
        work(true);
        EXPECT_EQ(back.stands(), !answered);
        EXPECT_EQ(call_.has_callback(), !answered);
        EXPECT_FALSE(call_.callback_owed() || call_.callback_unfounded());
        EXPECT_FALSE(is_unsettled(call_));
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_F(CallTest, AnEndThatWasOnlySupposedTakesItsCallBackWithIt) {
  tell(news(What::kRing, 0));
  tell(EndUnended{}, kRang + kHourMs + kCallEndsWithinMs);
  ASSERT_TRUE(call_.callback_owed());
  tell(CallBackBy{{2, CaseId{77}}});
  tell(news(What::kHangup, 30000, "", "forwarded"));
  EXPECT_EQ(call_.end(), stored::CALL_FORWARDED);
  EXPECT_TRUE(call_.callback_unfounded());
  tell(CallBackWithdrawn{});
  EXPECT_FALSE(is_unsettled(call_));
}

TEST_F(CallTest, WhoGivesUpIsOwedACallBack) {
  tell(news(What::kRing, 0));
  tell(news(What::kHangup, 30000, "", "cancel"));
  EXPECT_EQ(call_.end(), stored::CALL_ABANDONED);
  EXPECT_TRUE(call_.callback_owed());
  EXPECT_TRUE(tell(CallBackBy{{2, CaseId{77}}}));
  EXPECT_FALSE(tell(CallBackBy{{2, CaseId{77}}}));
  EXPECT_FALSE(call_.callback_owed());
  EXPECT_EQ(call_.callback().case_id(), 77u);
}

TEST_F(CallTest, EndsByTheirCause) {
  const std::vector<std::pair<std::string, stored::CallEnd>> ends = {
      {"cancel", stored::CALL_ABANDONED},
      {"normalClearing", stored::CALL_ABANDONED},
      {"", stored::CALL_ABANDONED},
      {"busy", stored::CALL_MISSED},
      {"noAnswer", stored::CALL_MISSED},
      {"congestion", stored::CALL_MISSED},
      {"notFound", stored::CALL_MISSED},
      {"forwarded", stored::CALL_FORWARDED},
      {"somethingNew", stored::CALL_ABANDONED}};
  for (const auto& [cause, end] : ends) {
    call_.Clear();
    tell(news(What::kHangup, 1000, "", cause));
    EXPECT_EQ(call_.end(), end) << cause;
    EXPECT_EQ(call_.callback_owed(), end != stored::CALL_FORWARDED) << cause;
  }
}

TEST_F(CallTest, NobodyIsCalledBackWhoCannotBe) {
  CallNews withheld = news(What::kHangup, 1000, "", "cancel");
  withheld.party.Clear();
  tell(withheld);
  EXPECT_FALSE(call_.callback_owed());
  call_.Clear();
  CallNews outbound = news(What::kHangup, 1000, "", "busy");
  outbound.direction = stored::OUTBOUND;
  tell(outbound);
  EXPECT_EQ(call_.end(), stored::CALL_MISSED);
  EXPECT_FALSE(call_.callback_owed());
}

TEST_F(CallTest, VoicemailIsNobody) {
  CallNews voicemail = news(What::kAnswer, 5000);
  voicemail.seat = kVoicemail;
  tell(news(What::kRing, 0));
  tell(voicemail);
  EXPECT_EQ(call_.answered_ms(), 0);
  tell(news(What::kHangup, 30000, "", "normalClearing"));
  EXPECT_EQ(call_.end(), stored::CALL_VOICEMAIL);
  EXPECT_TRUE(call_.callback_owed());
}

TEST_F(CallTest, AnAnswerThatNamesNobodyIsNoAnswer) {
  CallNews nobody = news(What::kAnswer, 5000);
  nobody.seat = kNobody;
  const CallNews ring = news(What::kRing, 0);
  const CallNews hangup = news(What::kHangup, 90000, "", "normalClearing");
  for (const std::vector<CallNews>& story :
       {std::vector{ring, nobody, hangup}, std::vector{hangup, nobody, ring}}) {
    call_.Clear();
    for (const CallNews& one : story) EXPECT_TRUE(tell(one));
    EXPECT_EQ(call_.answered_ms(), 0);
    EXPECT_EQ(call_.seat(), kNobody);
    EXPECT_EQ(call_.end(), stored::CALL_ABANDONED);
    EXPECT_TRUE(call_.callback_owed());
    EXPECT_FALSE(tell(nobody));
  }
  // Whoever answers behind the machine is the first to do so.
  call_.Clear();
  for (const CallNews& one : {ring, nobody, news(What::kAnswer, 50000, "anna"), nobody, hangup})
    tell(one);
  EXPECT_EQ(call_.answered_ms(), kRang + 50000);
  EXPECT_EQ(call_.agent(), "anna");
  EXPECT_EQ(call_.seat(), "");
  EXPECT_EQ(call_.transfers_size(), 0);
  EXPECT_EQ(call_.end(), stored::CALL_ANSWERED);
  EXPECT_FALSE(call_.callback_owed());
}

TEST_F(CallTest, WhoIsReachedNeedNotBeNamed) {
  CallNews ring = news(What::kRing, 0);
  ring.direction = stored::OUTBOUND;
  tell(ring);
  CallNews reached = news(What::kAnswer, 5000);
  reached.direction = stored::CALL_DIRECTION_UNSPECIFIED;
  reached.seat = kNobody;
  tell(reached);
  EXPECT_EQ(call_.answered_ms(), kRang + 5000);
  EXPECT_EQ(call_.seat(), "");
}

TEST_F(CallTest, OfAnErasedCallAnAnswerIsKeptAsOne) {
  tell(news(What::kRing, 0));
  tell(EraseCall{stored::AT_PERSONS_WISH});
  CallNews seat = news(What::kAnswer, 5000);
  seat.seat = "800";
  tell(seat);
  EXPECT_EQ(call_.answered_ms(), kRang + 5000);
  EXPECT_EQ(call_.seat(), "");
}

TEST_F(CallTest, MoreAnswersThanACallTakesAreRefused) {
  CallNews answer = news(What::kAnswer, 0);
  const auto told = [&](int i) {
    answer.at_ms = kRang + 1000 * i;
    answer.seat = "seat " + std::to_string(i);
    return decide_call(call_, identity_, {answer, {}}, kRang + kHourMs);
  };
  for (int i = 0; i < kCallAnswersMax; ++i) {
    const auto event = told(i);
    ASSERT_TRUE(event && *event);
    apply_call(call_, **event, kRang + kHourMs);
  }
  EXPECT_EQ(call_.transfers_size(), kCallAnswersMax);
  EXPECT_EQ(told(kCallAnswersMax).error().code, RejectionCode::kOverloaded);
  // What is known already is nothing new, and the call goes on to its end.
  EXPECT_FALSE(*told(3));
  EXPECT_TRUE(tell(news(What::kHangup, 900'000, "", "normalClearing")));
  EXPECT_EQ(call_.seat(), "seat 63");
  EXPECT_EQ(call_.end(), stored::CALL_ANSWERED);
}

TEST_F(CallTest, RingingAtMorePeopleThanACallTakesIsRefused) {
  CallNews ring = news(What::kRing, 0);
  for (int i = 0; i < kCallRingingMax; ++i) ring.ringing.push_back("s" + std::to_string(i));
  EXPECT_TRUE(tell(ring));
  EXPECT_FALSE(tell(ring));
  ring.ringing = {"one more"};
  EXPECT_EQ(decide_call(call_, identity_, {ring, {}}, kRang).error().code,
            RejectionCode::kOverloaded);
  EXPECT_TRUE(tell(news(What::kAnswer, 1000, "anna")));
}

TEST_F(CallTest, AnswerThatComesAfterTheEndTakesTheCallBackAway) {
  tell(news(What::kRing, 0));
  tell(news(What::kHangup, 30000, "", "normalClearing"));
  EXPECT_TRUE(call_.callback_owed());
  tell(news(What::kAnswer, 10000, "anna"));
  EXPECT_EQ(call_.end(), stored::CALL_ANSWERED);
  EXPECT_FALSE(call_.callback_owed());
}

TEST_F(CallTest, AnAnswerToldAgainWithoutItsTimeIsNoTransferBack) {
  tell(news(What::kAnswer, 1000, "anna"));
  tell(news(What::kAnswer, 5000, "berta"));
  CallNews again = news(What::kAnswer, 6000, "anna");
  again.dated = false;
  EXPECT_FALSE(tell(again));
  again.dated = true;
  EXPECT_TRUE(tell(again));
  EXPECT_EQ(call_.agent(), "anna");
  EXPECT_EQ(call_.transfers_size(), 3);
}

TEST_F(CallTest, OneThatNeverEndsIsEnded) {
  tell(news(What::kRing, 0), kRang);
  EXPECT_FALSE(tell(EndUnended{}, kRang + kCallEndsWithinMs - 1));
  EXPECT_TRUE(tell(EndUnended{}, kRang + kCallEndsWithinMs));
  EXPECT_EQ(call_.cause(), kUnendedCause);
  EXPECT_TRUE(call_.callback_owed());
  // What it really was, told at last.
  EXPECT_TRUE(tell(news(What::kHangup, 4000, "", "cancel"), kRang + kCallEndsWithinMs + 1));
  EXPECT_EQ(call_.ended_ms(), kRang + 4000);
  EXPECT_EQ(call_.end(), stored::CALL_ABANDONED);
}

TEST_F(CallTest, ErasedItTakesInNobodyAnyMore) {
  tell(news(What::kRing, 0));
  EXPECT_TRUE(tell(EraseCall{stored::AT_PERSONS_WISH}));
  EXPECT_FALSE(tell(EraseCall{stored::AT_PERSONS_WISH}));
  EXPECT_TRUE(tell(news(What::kHangup, 9000, "", "cancel")));
  EXPECT_TRUE(call_.party().number().empty());
  EXPECT_FALSE(call_.callback_owed());
}

TEST_F(CallTest, WhoIsReachedIsNoSeat) {
  for (const char* reached : {"0912345678", "+886912345678", "886 912-345-678"}) {
    call_ = {};
    CallNews ring = news(What::kRing, 0);
    ring.direction = stored::OUTBOUND;
    tell(ring);
    CallNews answer = news(What::kAnswer, 5000);
    answer.direction = stored::CALL_DIRECTION_UNSPECIFIED;
    answer.party.Clear();
    answer.seat = reached;
    EXPECT_TRUE(tell(answer));
    EXPECT_EQ(call_.answered_ms(), kRang + 5000);
    EXPECT_EQ(call_.seat(), "") << reached;
  }
  call_ = {};
  tell(news(What::kRing, 0));
  CallNews answer = news(What::kAnswer, 5000);
  answer.seat = "02-2345-6789";
  tell(answer);
  EXPECT_EQ(call_.seat(), answer.seat);
}

TEST_F(CallTest, OnlyNewsMakeACallAndTheyNameItsDirection) {
  const CallCommand link{LinkCase{{0, CaseId{1}}}, {}};
  EXPECT_EQ(decide_call({}, identity_, link, kRang).error().code, RejectionCode::kNotFound);
  CallNews vague = news(What::kHangup, 0);
  vague.direction = stored::CALL_DIRECTION_UNSPECIFIED;
  EXPECT_EQ(decide_call({}, identity_, {vague, {}}, kRang).error().fields.at(0).field, "direction");
}

}  // namespace
}  // namespace casewheel::domain
